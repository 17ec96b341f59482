"""The vocabulary of the course's mechanism figures.

A figure is a page, 900 pixels wide as displayed; whatever is on it is placed by one
call. Two kinds of axes take every part alike: the *page* (x and y in displayed pixels,
y downwards from the top left corner) and a *panel* (data coordinates, y upwards).

    fig, page = frame("The finding", "How to read it,\nin two grey lines", height=420)
    ax = panel(fig, 60, 110, 380, 260, x=(0, 3), y=(0, 2), title="nats", axes="xy")
    curve(ax, x, y, "evidence", BLUE)          # the label stands at the curve
    hatch(ax, x, low, y, RED, "gap .18")       # what is overpaid, or falls short
    return fig                                 # the lesson calls show(fig, alt)

Conventions
- The title states the finding; `how` says in at most two lines how to read the figure;
  the footer says how the numbers were made. A figure is done when a stranger says in
  ten seconds what it found.
- Four sizes of text: title, head, body, small (9 pt, nothing smaller). Bold for what
  the eye should find first, grey for what explains.
- Labels stand at the thing, in its colour; no legends. Name a colour of the palette:
  text in it is darkened and areas in it are lightened by themselves.
- Blue is data and truth, orange the model; red hatching what is overpaid or missing,
  green hatching what is saved. A sum is written out beneath, each number in the colour
  of its area (`equation`).
- The tests' `crowded(fig)` finds words that overlap or leave the page.
- Digits are ink on paper, at least 40 pixels wide, in thin grey frames.
- A figure is a pure function of numbers. It checks their shapes once and returns a
  Figure that pyplot does not know. The lesson gives the alternative text.
"""

# The vocabulary is read most often for its signatures: they stay compact.
# fmt: off

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.offsetbox import AnnotationBbox, OffsetImage
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.patheffects import withStroke as Stroke
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from course_utils.plotting import Kind, grey_levels

Style = dict[str, Any]
WIDTH, DPI, MARGIN = 900, 100, 30
POINTS = 72 / DPI  # of a displayed pixel
INK, GREY, RULE = "#222222", "#666666", "#BDBDBD"
SIZES = {"title": 15, "head": 11.5, "body": 10, "small": 9}
OVER, SAVED = "////", "\\\\\\\\"  # hatching: overpaid or missing, and saved


def dark(colour: str) -> str:
    """The colour, darkened until text in it is easy to read on white."""
    linear = np.array(to_rgb(colour)) ** 2.2
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    scaled = linear * min(1, 0.12 / max(luminance, 1e-9))
    return to_hex(tuple(scaled ** (1 / 2.2)))


def pale(colour: str, share: float = 0.3) -> str:
    """The colour mixed with white, for areas: `share` of it is left."""
    return to_hex(tuple(1 - share * (1 - np.array(to_rgb(colour)))))


def number(value: float, digits: int = 3, *, sign: bool = False) -> str:
    """A number as figures print it: .661, -1.50 (with a true minus), or +.661."""
    words = f"{abs(value):.{digits}f}"
    words = words[1:] if words.startswith("0.") else words
    return ("−" if value < 0 else "+" if sign else "") + words


def frame(
    title: str, how: str = "", footer: str = "", *, height: float, width: float = WIDTH
) -> tuple[Figure, Axes]:
    """A figure and its page: title, grey lines on how to read it, and a footer.

    The body begins at y = 70 + 22 for each line of `how`, and ends above the footer.
    """
    fig = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    fig.set_layout_engine("none")  # whatever rcParams say
    fig.set_facecolor("white")
    page = fig.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0), zorder=2)
    page.axis("off")
    say(page, MARGIN, 34, title, size="title", bold=True)
    say(page, MARGIN, 56, how, GREY, at="top left")
    say(page, MARGIN, height - 14, footer, GREY, size="small", at="bottom left")
    return fig, page


def panel(
    fig: Figure, left: float, top: float, width: float, height: float, *,
    x: tuple[float, float], y: tuple[float, float], title: str = "", colour: str = INK,
    axes: str = "",
) -> Axes:
    """Axes at a place of the page (pixels); `axes` are the scales drawn: "x", "xy"."""
    across, down = fig.get_size_inches() * DPI
    place = (left / across, 1 - (top + height) / down, width / across, height / down)
    ax = fig.add_axes(place, xlim=x, ylim=y)
    ax.grid(False)
    ax.patch.set_visible(False)
    ax.spines[:].set_visible(False)
    ax.tick_params(colors=GREY, labelsize=SIZES["small"], length=3)
    for name, side, axis in (("x", "bottom", ax.xaxis), ("y", "left", ax.yaxis)):
        ax.spines[side].set(visible=name in axes, color=GREY)
        axis.set_visible(name in axes)
    style: Style = {"size": SIZES["head"], "weight": "bold", "color": dark(colour)}
    ax.set_title(title, loc="left", pad=9, **style)
    return ax


def row(
    fig: Figure, titles: Sequence[str], left: float, top: float, width: float,
    height: float, *, gap: float = 24, axes: str = "x", **scales: Any,
) -> list[Axes]:
    """Small multiples: a panel for each title, at one scale; y ticks at the first."""
    each = (width - gap * (len(titles) - 1)) / len(titles)
    panels = []
    for i, title in enumerate(titles):
        drawn = axes if i == 0 else axes.replace("y", "")
        place = left + i * (each + gap), top, each, height
        panels.append(panel(fig, *place, title=title, axes=drawn, **scales))
    return panels


def say(
    ax: Axes, x: float, y: float, words: str, colour: str = INK, *, size: str = "body",
    bold: bool = False, at: str = "", away: tuple[float, float] = (0, 0),
    halo: bool = False,
) -> Annotation:
    """Words at a point, moved `away` by pixels (right, up).

    `at` says where the point is in them ("left", "top center" ...); without it they
    stand on the side to which they are moved.
    """
    if not at:
        at = "right" if away[0] < 0 else "center" if away[1] and not away[0] else "left"
        at += " bottom" if at == "center" and away[1] > 0 else ""
        at += " top" if at == "center" and away[1] < 0 else ""
    across = next((side for side in ("center", "right") if side in at), "left")
    upright = next(
        (side for side in ("top", "bottom", "baseline") if side in at), "center"
    )
    return ax.annotate(
        words, (x, y), (away[0] * POINTS, away[1] * POINTS), textcoords="offset points",
        color=colour if colour in (INK, GREY, "white") else dark(colour),
        size=SIZES[size], weight="bold" if bold else "normal", ha=across, va=upright,
        path_effects=[Stroke(linewidth=3, foreground="white")] if halo else None,
        linespacing=1.35, annotation_clip=False, zorder=6,
    )


def rule(page: Axes, y: float, title: str = "", note: str = "") -> None:
    """A thin grey line over the whole page; beneath it a heading and a grey line."""
    right = page.get_xlim()[1] - MARGIN
    page.plot([MARGIN, right], [y, y], color="#DDDDDD", lw=1.2)
    say(page, MARGIN, y + 24, title, size="head", bold=True)
    say(page, MARGIN, y + 46, note, GREY)


def equation(
    page: Axes, x: float, y: float, terms: Sequence[str | tuple[str, str, str]]
) -> None:
    """A sum written out from `x` on the page: signs, and (number, name, colour)."""
    for term in terms:
        number, name, colour = (term, "", INK) if isinstance(term, str) else term
        wide = 24 if isinstance(term, str) else 90
        middle = x + wide / 2
        say(page, middle, y, number, colour, size="title", bold=True, at="center")
        say(page, middle, y + 26, name, colour, size="small", at="center")
        x += wide


def column(
    ax: Axes, left: float, right: float, bottom: float, top: float, colour: str,
    label: str = "", *, lid: str = "", share: float = 0.3,
) -> None:
    """A column with its label inside; `share` of its colour is left in the area.

    `lid`: the colour of a bold line along its top.
    """
    sides = (left, bottom), right - left, top - bottom
    ends = ax.transData.transform([(left, 0), (right, 0)])[:, 0]
    edge = "white" if abs(ends[1] - ends[0]) > 6 else colour  # a thin one stays visible
    ax.add_patch(Rectangle(*sides, fc=pale(colour, share), ec=edge, lw=1.5))
    if lid:
        level(ax, left, right, top, lid)
    say(ax, (left + right) / 2, (bottom + top) / 2, label, at="center")


def level(
    ax: Axes, left: float, right: float, y: float, colour: str = INK, label: str = "",
    *, dashed: bool = False, side: str = "right", lw: float = 3,
) -> None:
    """A horizontal line, such as a ceiling or a lid, with its label at one end."""
    ends: Style = {"solid_capstyle": "butt", "ls": (0, (4, 2)) if dashed else "-"}
    ax.plot([left, right], [y, y], color=colour, lw=lw, zorder=4, clip_on=False, **ends)
    x, gap = (right, 6) if side == "right" else (left, -6)
    say(ax, x, y, label, colour, bold=True, away=(gap, 0))


def hatch(
    ax: Axes, x: ArrayLike, low: ArrayLike, high: ArrayLike, colour: str,
    label: str = "", *, pattern: str = OVER, size: str = "body",
) -> None:
    """A hatched area between two heights or curves; `x` may be just (left, right)."""
    xs, lows, highs = np.broadcast_arrays(*map(np.atleast_1d, (x, low, high)))
    style: Style = {"fc": pale(colour, 0.25), "ec": colour, "hatch": pattern, "lw": 0}
    ax.fill_between(xs, lows, highs, zorder=3, **style)
    middle = len(xs) // 2 if len(xs) > 2 else slice(None)
    across, up = np.mean(xs[middle]), np.mean((lows + highs)[middle]) / 2
    say(
        ax, float(across), float(up), label, colour, size=size, bold=True, at="center",
        halo=True,
    )


def curve(
    ax: Axes, x: ArrayLike, y: ArrayLike, label: str, colour: str, *,
    at: float | None = None, away: tuple[float, float] = (6, 0), fill: bool = False,
    **line: Any,
) -> None:
    """A curve with its label at x = `at` (or its end), moved `away` by pixels."""
    xs, ys = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if xs.ndim != 1 or xs.shape != ys.shape:
        raise ValueError(f"x and y must be two rows of n, got {xs.shape}, {ys.shape}")
    ax.plot(xs, ys, color=colour, **{"lw": 2.5, "zorder": 4, **line})
    if fill:
        ax.fill_between(xs, ys, color=pale(colour), lw=0, zorder=1)
    where = -1 if at is None else int(np.abs(xs - at).argmin())
    say(ax, xs[where], ys[where], label, colour, bold=True, away=away)


def tiles(
    ax: Axes, images: ArrayLike, places: ArrayLike, *, size: float = 56,
    kind: Kind = "ink", colours: str | Sequence[str] = RULE, labels: Sequence[str] = (),
    away: tuple[float, float] = (0, 0),
) -> None:
    """Pictures (N, H, W), or in colour (N, H, W, 3), centred at `places` (N, 2).

    `size` is the displayed width in pixels; `colours` those of the frames, one or N;
    labels stand beneath. `away` moves the pictures by pixels (right, up) and draws a
    thin line back to their places.
    """
    pictures, points = np.asarray(images, dtype=float), np.asarray(places, dtype=float)
    colourful = pictures.ndim == 4 and pictures.shape[3] == 3
    if (pictures.ndim != 3 and not colourful) or points.shape != (len(pictures), 2):
        raise ValueError(
            "images must have shape (N, H, W) or (N, H, W, 3) and places (N, 2), "
            f"got {pictures.shape} and {points.shape}"
        )
    number, high, wide = pictures.shape[:3]
    greys = pictures if colourful else grey_levels(pictures, kind)
    edges = [colours] * number if isinstance(colours, str) else colours
    line: Style | None = {"arrowstyle": "-", "color": GREY} if any(away) else None
    for picture, point, edge in zip(greys, points, edges, strict=True):
        levels = picture if colourful else np.repeat(picture[..., None], 3, 2)
        image = OffsetImage(levels, zoom=size / wide * POINTS, interpolation="nearest")
        frame_style = {"ec": edge, "lw": 1 if edge == RULE else 2}
        box = AnnotationBbox(
            image, tuple(point), (away[0] * POINTS, away[1] * POINTS),
            boxcoords="offset points", pad=0, bboxprops=frame_style,
            annotation_clip=False, arrowprops=line,
        )
        ax.add_artist(box)
    down = away[0], away[1] - size / 2 * high / wide - 4
    for label, (x, y), edge in zip(labels, points, edges, strict=bool(labels)):
        say(ax, x, y, label, INK if edge == RULE else edge, at="top center", away=down)


def ruler(
    page: Axes, left: float, right: float, y: float, marks: Mapping[float, str], *,
    start: float = 0, colours: Sequence[str] = (),
) -> Callable[[float], float]:
    """A number line on the page from `start`, with marks {value: label} under it.

    Returns the function that gives the x of a value: `tiles` can stand at theirs.
    """
    scale = (right - left) / (max(marks) - start)
    page.plot([left, right], [y, y], color=GREY, lw=1.5, zorder=3)
    for i, (value, label) in enumerate(marks.items()):
        x, colour = left + (value - start) * scale, colours[i] if colours else INK
        page.plot([x], [y], "o", color=colour, ms=6, zorder=4)
        say(page, x, y, label, colour, bold=True, away=(0, -7))
    return lambda value: left + (value - start) * scale


def arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], label: str = "",
    colour: str = GREY, *, head: str = "-|>", lw: float = 1.8, bend: float = 0,
    away: tuple[float, float] = (0, 0),
) -> None:
    """An arrow of true length with its number on it, or moved `away` by pixels.

    `head`: "-|>", "<|-|>", or "-" for a plain link; `bend` curves it.
    """
    style: Style = {"arrowstyle": head, "mutation_scale": 6 + 4 * lw, "color": colour}
    bow = f"arc3,rad={bend}"
    ends: Style = {"shrinkA": 0, "shrinkB": 0, "connectionstyle": bow, "clip_on": False}
    ax.add_patch(FancyArrowPatch(start, end, lw=lw, zorder=4, **style, **ends))
    x, y = np.add(start, end) / 2
    at = "" if any(away) else "center"
    say(ax, x, y, label, colour, bold=True, at=at, away=away, halo=not any(away))


def arrows(ax: Axes, starts: ArrayLike, steps: ArrayLike, colour: str) -> None:
    """A field of arrows from `starts` (N, 2), each `steps` (N, 2) long: true length."""
    true: Style = {"angles": "xy", "scale_units": "xy", "scale": 1, "color": colour}
    places = *np.asarray(starts).T, *np.asarray(steps).T
    ax.quiver(*places, units="inches", width=0.02, **true)


def node(
    ax: Axes, x: float, y: float, words: str, colour: str, *, shape: str = "circle",
    dashed: bool = False, share: float = 0.3,
) -> None:
    """Words in a "circle", "square" or "round" box: a neuron, a step of a graph."""
    text = say(ax, x, y, words, colour, size="head", bold=True, at="center")
    style: Style = {"fc": pale(colour, share), "ec": colour, "lw": 2}
    text.set_bbox(
        {"boxstyle": f"{shape},pad=0.5", "ls": "--" if dashed else "-", **style}
    )
