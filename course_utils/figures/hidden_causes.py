"""Hidden causes: bells that add up, a shifted and a broken digit, useful guesses."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike
from scipy.stats import norm

from course_utils.figures.parts import (
    GREY,
    INK,
    RULE,
    Style,
    arrow,
    column,
    curve,
    frame,
    number,
    pale,
    panel,
    row,
    ruler,
    say,
    tiles,
)
from course_utils.plotting import BLUE, ORANGE, RED

SHADES = (pale(ORANGE, 0.5), ORANGE, "#A65F00")
WORDS = (ORANGE, ORANGE, "#A65F00")  # a pale colour is no colour for words
BURNT = LinearSegmentedColormap.from_list("burnt", ["white", ORANGE, "#6B3A00"])
REDS = LinearSegmentedColormap.from_list("reds", ["white", RED, "#5A1E00"])
PAPER = "#F7F7F7"
STEPS = "1  Draw a cause", "2  Take its bell", "3  Draw x from it"
LEFTS = (30, 248, 466, 684)  # of the four steps, each 186 wide


def few_causes(
    names: Sequence[str],
    story: tuple[ArrayLike, ArrayLike, ArrayLike],
    pictures: ArrayLike,
    drawn: tuple[ArrayLike, ArrayLike],
    data: ArrayLike,
) -> Figure:
    """Three causes with `story` = (p, means, sds), one picture each; draws; real data.

    `drawn` is (causes, x): whole numbers 0 to 2, and x, the ink in percent, like data.
    """
    p, means, sds = (np.asarray(part, dtype=float) for part in story)
    causes, x = np.asarray(drawn[0]), np.asarray(drawn[1], dtype=float)
    if not (p.shape == means.shape == sds.shape == (len(names),) == (3,)):
        shapes = f"{p.shape}, {means.shape}, {sds.shape}"
        raise ValueError(f"p, means and sds must each have shape (3,), got {shapes}")
    fig, page = frame(
        "What we see is a sum over causes that we do not see",
        "Draw a hidden cause; take the bell of this cause; draw x from that bell."
        "\np(x) adds all the bells up, each with the weight of its cause.",
        height=428,
    )
    end = float(np.ceil((means + 3 * sds).max() / 5) * 5)
    prior, each, draws, total = _steps(fig, page, 150, (0, end), "x")
    prior.set(xlim=(-0.5, 2.5), ylim=(0, 1.6 * p.max()), xticks=[])
    grid = np.linspace(0, end, 400)
    bells = norm.pdf(grid[:, None], means, sds)
    for k, (bell, shade) in enumerate(zip(bells.T, SHADES, strict=True)):
        column(prior, k - 0.4, k + 0.4, 0, p[k], shade, share=1)
        say(prior, k, p[k], number(p[k], 2), WORDS[k], bold=True, away=(0, 3))
        each.fill_between(grid, bell, color=shade, alpha=0.85, lw=0)
        top: Style = {"size": "head", "bold": True, "away": (8, 6)}
        say(each, grid[bell.argmax()], bell.max(), names[k], WORDS[k], **top)
        curve(total, grid, p[k] * bell, "", shade)
    each.set_ylim(0, 1.15 * bells.max())
    order = np.lexsort((causes, np.floor(x)))
    bins, shades = np.floor(x)[order], np.array(SHADES)[causes[order]]
    heights = np.arange(len(x)) - np.searchsorted(bins, bins)  # in the stack of its bin
    draws.scatter(bins + 0.5, heights + 0.5, s=13, c=shades, lw=0)
    draws.set_ylim(0, 1.35 * (heights.max() + 1))
    corner: Style = {"at": "right top"}
    say(draws, end, draws.get_ylim()[1], "we never see\nthe colour", GREY, **corner)
    seen, sum_of_bells = np.asarray(data), bells @ p
    total.hist(seen, range(int(end) + 1), density=True, color=pale(BLUE, 0.35))
    curve(total, grid, sum_of_bells, "", INK, lw=3)
    total.set_ylim(0, 1.5 * sum_of_bells.max())
    say(total, end, total.get_ylim()[1], "the sum, p(x)", bold=True, **corner)
    words = f"{_count(len(seen))} digits"
    below: Style = {**corner, "bold": True, "away": (0, -19)}
    say(total, end, total.get_ylim()[1], words, BLUE, **below)
    tiles(page, pictures, [(LEFTS[0] + 31 + 62 * k, 340) for k in range(3)], size=48)
    formulas = ("$p(z)$", "$p(x|z)$", "", "$p(x)=\\sum_z p(z)\\,p(x|z)$")
    unit = "ink, % of the picture"
    _captions(page, 352, ("", unit, unit, unit), GREY, "small")
    _captions(page, 394, formulas, INK, "head")
    return fig


def continuum(
    z: ArrayLike, centres: ArrayLike, x: ArrayLike, density: ArrayLike, *, sigma: float
) -> Figure:
    """Causes z (N, 2), the centres of their bells, draws x, and p(x) on a square.

    The first six causes are numbered; `density` (M, M) covers -1.7 to 1.7 both ways.
    """
    points = [np.asarray(a, dtype=float) for a in (z, centres, x)]
    if any(a.ndim != 2 or a.shape != (len(points[0]), 2) for a in points):
        shapes = ", ".join(str(a.shape) for a in points)
        raise ValueError(f"z, centres and x must have one shape (N, 2), got {shapes}")
    fig, page = frame(
        "A continuum of causes: the sum becomes an integral",
        "A cause is a point z of the plane, and we only see where x lands on the ring."
        "\nFollow the causes 1 to 6 from left to right; each panel has its own scale.",
        height=415,
    )
    axs = _steps(fig, page, 186, (0, 1), "")
    for ax, wide in zip(axs, (3.5, 2.6, 1.7, 1.7), strict=True):
        ax.set(xlim=(-wide, wide), ylim=(-wide, wide), facecolor=PAPER)
        ax.patch.set_visible(True)
    dots: Style = {"s": 9, "color": ORANGE, "alpha": 0.6, "lw": 0, "zorder": 3}
    for ax, places in zip(axs, points, strict=False):
        ax.scatter(*places.T, **dots)
    for start, end in zip(*points[:2], strict=True):
        axs[1].plot(*np.stack([start, end]).T, color=pale(ORANGE, 0.45), lw=0.7)
    box = (-1.7, 1.7, -1.7, 1.7)
    axs[3].imshow(density, extent=box, origin="lower", cmap=BURNT, aspect="auto")
    for k in range(6):
        start, end, landed = (tuple(a[k]) for a in points)
        arrow(axs[1], start, end, "", SHADES[2])
        for ax, edge in ((axs[2], SHADES[2]), (axs[3], "white")):
            ax.add_patch(Circle(end, 2 * sigma, fill=False, ec=edge, lw=1.5, zorder=4))
        for ax, (left, up) in zip(axs, (start, start, landed), strict=False):
            ax.plot(left, up, "o", ms=13, color=ORANGE, mec="white", zorder=5)
            say(ax, left, up, str(k + 1), size="small", bold=True, at="center")
    first, centre = "$z\\sim N(0, I)$", "centre  $g(z)=z/10+z/\\|z\\|$"
    bell, p = f"N(g(z),\\,{sigma**2:.2g}\\,I)$", "$p(x)=\\int p(z)\\,p(x|z)\\,dz$"
    _captions(page, 370, (first, centre, f"$x\\sim {bell}", p), INK, "body")
    notes = "six are numbered", "pulls the plane onto a ring", "circles: the six bells"
    _captions(page, 392, (*notes, "endlessly many bells"), GREY, "small")
    return fig


def knobs(original: ArrayLike, made: ArrayLike) -> Figure:
    """A picture (H, W), the one that the knobs made of it, and where the two differ."""
    x, other = np.asarray(original, dtype=float), np.asarray(made, dtype=float)
    if x.shape != other.shape or x.ndim != 2:
        raise ValueError(f"need two pictures (H, W), got {x.shape} and {other.shape}")
    title = "Turn the knobs: each setting is a cause, and makes a picture"
    fig, page = frame(title, height=305)
    heads = ("a 3", BLUE), ("what the knobs make of it", ORANGE)
    for k, (words, colour) in enumerate([*heads, ("where they differ", RED)]):
        say(page, 122 + 240 * k, 84, words, colour, bold=True, at="center baseline")
    tiles(page, [x, other], [(122, 190), (362, 190)], size=184, colours=[BLUE, ORANGE])
    squares = (x - other) ** 2
    _difference(fig, 602, 190, 184, squares, 1)
    say(page, 715, 175, f"{squares.sum():.1f}", RED, size="title", bold=True)
    say(page, 715, 210, "squared distance,\npixel by pixel", RED)
    return fig


def shifted_and_broken(
    x: ArrayLike, broken: ArrayLike, shifted: ArrayLike, sigmas: Sequence[float]
) -> Figure:
    """Three pictures (H, W) over a ruler of pixel distance; the log-ratio per sigma."""
    pictures = np.stack([np.asarray(a, dtype=float) for a in (x, broken, shifted)])
    maps = (pictures[1:] - pictures[0]) ** 2
    near, far = maps.sum((1, 2))
    if near >= far:
        raise ValueError(f"the broken one must be nearer, got {near:.2f} and {far:.2f}")
    fig, page = frame(
        "Pixels call the broken 3 nearer than the shifted one",
        "Squared distance ‖x − x′‖² adds up what differs, pixel by pixel. A gap costs"
        "\nonly what it covers; half a pixel right and down touches every edge.",
        height=740,
    )
    colours = [BLUE, ORANGE, ORANGE]
    marks = {0: "0", near: f"{near:.2f}", far: f"{far:.2f}"}
    x_of = ruler(page, 115, 785, 312, marks, colours=colours)
    say(page, 450, 306, "squared distance ‖x − x′‖²", GREY, at="bottom center")
    heads: Style = {"size": "head", "bold": True, "at": "center baseline"}
    named = zip(("a digit x", "broken", "shifted"), marks, colours, strict=True)
    for words, value, colour in named:
        say(page, x_of(value), 148, words, colour, **heads)
    tiles(page, pictures, [(x_of(value), 226) for value in marks], size=132)
    for value, squares in zip((near, far), maps, strict=True):
        _difference(fig, x_of(value), 414, 132, squares, maps.max())
    words = "where they differ\n(x − x′)² per pixel,\none scale for both;"
    say(page, 30, 414, words + "\nall of it together\nis the distance", RED)
    _second(page, 515, "No σ changes that verdict; a small one makes it more extreme")
    words = "log of p(x|broken) / p(x|shifted) if p(x|x′) = N(x′, σ²I), on a log scale"
    say(page, 30, 566, words, GREY)
    s = np.asarray(sigmas, dtype=float)
    ratio, ends = (far - near) / (2 * s**2), (-np.log(1.3 * s[0]), -np.log(0.8 * s[-1]))
    ax = panel(fig, 130, 590, 560, 110, x=ends, y=(-0.5, 1.3), axes="x")
    height = np.log(ratio) / np.log(ratio.max())
    curve(ax, -np.log(s), height, "", ORANGE, marker="o", ms=8, mec="white")
    for left, y, value in zip(-np.log(s), height, ratio, strict=True):
        say(ax, left, y, _count(value), ORANGE, size="head", bold=True, away=(0, 6))
    ax.set_xticks(-np.log(s), [f"σ = {v:g}" for v in s])
    return fig


def guess_plane(
    z: ArrayLike, weights: ArrayLike, x: float, noise: float, *, useful: float
) -> Figure:
    """Guesses z (K, J) in their first two dimensions, and how many are useful."""
    codes = np.asarray(z, dtype=float)
    K, J = codes.shape
    fig, page = frame(
        f"{_count(K)} guesses, J = {J}: {_count(useful)} useful",
        "The larger a dot, the more of the estimate of p(x) rests on that guess."
        "\nThe square beside it holds all the guesses; the orange share is of use.",
        height=456,
    )
    flat = np.column_stack([codes, np.zeros(K)])[:, :2]
    ax = panel(fig, 60, 128, 290, 290, x=(-3.6, 3.6), y=(-3.6, 3.6))
    _guesses(ax, flat, np.asarray(weights), (x, x * (J > 1)), noise)
    _share(panel(fig, 480, 128, 290, 290, x=(0, 1), y=(0, 1)), useful, K)
    say(page, 60, 434, "the first two numbers of a code" if J > 1 else "the code", GREY)
    say(page, 480, 434, "useful guesses: the effective sample size", GREY)
    return fig


def useful_guesses(
    planes: Sequence[tuple[ArrayLike, ArrayLike, float]],
    prior: dict[int, float],
    near: dict[int, float],
    *,
    total: int,
    x: float,
    noise: float,
) -> Figure:
    """Two planes (guesses (K, 2), weights, useful share); useful guesses for each J."""
    fig, page = frame(
        f"With J = {max(prior)}, {_count(total)} guesses come down to one",
        "To find p(x), guess codes z and see how well each explains x."
        f"\nHere x|z ~ N(z, {noise:g}) for all J numbers, and x = ({x:g}, {x:g}, …).",
        height=885,
    )
    sides = (
        (30, "Guessed from the prior", 310, "left", "← are of use"),
        (600, "Guessed near x", 590, "right", "are of use →"),
    )
    for (left, title, edge, at, arrows), (z, w, share) in zip(
        sides, planes, strict=True
    ):
        ax = panel(fig, left, 160, 270, 270, x=(-3.3, 3.3), y=(-3.3, 3.3), title=title)
        _guesses(ax, np.asarray(z), np.asarray(w), (x, x), noise)
        big: Style = {"size": "title", "bold": True, "at": at}
        say(page, edge, 385, f"{100 * share:.0f} in 100", ORANGE, **big)
        say(page, edge, 411, arrows, GREY, at=at)
    words = f"J = 2, {np.size(planes[0][1])} guesses each.\nThe larger a dot, the more"
    words += "\nof the estimate rests on it."
    say(page, 450, 210, words, at="center")
    title = f"A square is {_count(total)} guesses; the orange ones are of use"
    _second(page, 455, title)
    sizes = [f"J = {j}" for j in prior]
    for top, how, counts in ((545, "from the\nprior", prior), (722, "near x", near)):
        heads = sizes if counts is prior else [""] * len(sizes)
        axs = row(fig, heads, 110, top, 760, 133, axes="", x=(0, 1), y=(0, 1))
        say(page, 30, top + 66, how, bold=True)
        for ax, useful in zip(axs, counts.values(), strict=True):
            _share(ax, useful, total)
    words = "Even that is too kind: the best guess always counts as one."
    say(page, 870, 692, words, GREY, size="small", at="right")
    return fig


def _count(value: float) -> str:
    """3.6, 147 or 27 022."""
    words = f"{value:,.0f}" if value >= 99.95 or value == int(value) else f"{value:.1f}"
    return words.replace(",", " ")


def _steps(
    fig: Figure, page: Axes, height: float, x: tuple[float, float], axes: str
) -> list[Axes]:
    """Four panels under the names of the four steps of a story."""
    head: Style = {"size": "head", "bold": True, "at": "left baseline"}
    for left, words in zip(LEFTS, STEPS, strict=False):
        say(page, left, 146, words, **head)
    say(page, LEFTS[3], 146, "=  Add up all bells", BLUE, **head)
    scales: Style = {"x": x, "y": (0, 1), "axes": axes}
    return [panel(fig, left, 162, 186, height, **scales) for left in LEFTS]


def _captions(
    page: Axes, y: float, captions: Sequence[str], colour: str, size: str
) -> None:
    for left, words in zip(LEFTS, captions, strict=True):
        say(page, left + 93, y, words, colour, size=size, at="center")


def _second(page: Axes, y: float, title: str) -> None:
    """A rule across the page, and the title of what stands below it."""
    page.plot([30, 870], [y, y], color=RULE, lw=1.5)
    say(page, 30, y + 25, title, size="title", bold=True)


def _difference(
    fig: Figure, x: float, y: float, size: float, squares: ArrayLike, top: float
) -> None:
    """Squared differences as a map, white to red, centred at a place of the page."""
    left, upper = x - size / 2, y - size / 2
    ax = panel(fig, left, upper, size, size, x=(0, 1), y=(0, 1))
    ax.imshow(squares, extent=(0, 1, 0, 1), cmap=REDS, vmin=0, vmax=top, aspect="auto")
    ax.spines[:].set(visible=True, color=RULE)


def _guesses(
    ax: Axes, z: np.ndarray, w: np.ndarray, x: tuple[float, float], noise: float
) -> None:
    """Guesses (K, 2), each with an area as large as its share of all the weight."""
    ax.patch.set_visible(True)
    ax.set_facecolor(PAPER)
    for r in (2, 1):
        ax.add_patch(Circle(x, r * np.sqrt(noise), color=pale(BLUE, 0.4 / r)))
    (left, up), areas = z.T, 1700 * w / w.sum()
    ax.scatter(left, up, s=4, color="#999999", lw=0)
    ax.scatter(left, up, s=areas, color=ORANGE, alpha=0.8, lw=0, zorder=3)
    ax.plot(*x, "+", ms=10, mew=3, color=BLUE, zorder=5)


def _share(ax: Axes, useful: float, total: int) -> None:
    """A grey square for all guesses, and in it an orange one for the useful ones."""
    side, words = np.sqrt(min(useful / total, 1)), _count(useful)
    low = 0.5 - side / 2
    ax.add_patch(Rectangle((0, 0), 1, 1, fc="#E0E0E0", lw=0))
    ax.add_patch(Rectangle((low, low), side, side, fc=ORANGE, lw=0))
    place = (0.5, "center", INK) if side > 0.5 else (low - 0.04, "top center", ORANGE)
    say(ax, 0.5, place[0], words, place[2], size="head", bold=True, at=place[1])
