"""The draw of a code, outside its node and inside it, and what its slopes cost."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike

from course_utils.figures import parts
from course_utils.figures.parts import GREY, INK, arrow, node, number, say
from course_utils.plotting import BLUE, ORANGE, RED

LEFT, RIGHT = -13, 23  # the gradients shown; how many lie off is said


def draw_graph(
    pictures: ArrayLike, values: Sequence[float], slopes: Sequence[float], loss: float
) -> Figure:
    """One latent of one picture: its values forward, the loss's slopes back.

    `pictures` (2, H, W): x, pixel means. `values`: mu, log_var, eps, z; `slopes`: those
    of the loss in mu, log_var, z.
    """
    mu, log_var, eps, z_value = values
    back = [number(slope, 2, sign=True) for slope in slopes]
    fig, page = parts.frame(
        "Take the draw out of the node, and the gradient gets through",
        "One test digit and one of its latents. Blue numbers run forward; brown ones"
        "\nsay, on the way back, how the reconstruction loss answers to each value.",
        height=462,
    )
    say(page, 30, 138, "The draw from outside:  z = μ + σ ε", size="head", bold=True)
    say(page, 640, 138, "The draw inside the node", size="head", bold=True)
    page.plot([618, 618], [130, 440], color="#DDDDDD", lw=1.5)
    for left, name, a, b in ((124, "encoder", 48, 22), (472, "decoder", 22, 48)):
        right, y = left + 36, 265
        corners = [(left, y - a), (right, y - b), (right, y + b), (left, y + a)]
        page.add_patch(Polygon(corners, fc="#F2F2F2", ec=INK, lw=2, zorder=5))
        say(page, left + 18, 326, name, at="center")
    parts.tiles(page, pictures, [(62, 265), (568, 265)], size=64)
    say(page, 62, 222, "x", BLUE, bold=True, at="center")
    say(page, 568, 222, "pixel means", ORANGE, at="center")
    for x, y, right, down in ((426, 265, 46, 0), (508, 265, 27, 0), (568, 300, 0, 36)):
        _both(page, (x, y), (x + right, y + down))
    node(page, 568, 370, f"loss\n{number(loss, 1)}", BLUE, shape="round")
    node(page, 390, 392, f"ε\n{number(eps, 2)}", GREY, dashed=True)
    arrow(page, (96, 265), (124, 265), colour=BLUE, lw=2.5)
    arrow(page, (390, 350), (390, 300), colour=BLUE, lw=2.5)
    say(page, 432, 398, "pure chance,\nnot learnt", GREY)
    half = number(eps * np.exp(log_var / 2) / 2)
    say(page, 318, 210, "× 1", GREY)
    say(page, 326, 338, f"× εσ/2\n= {half}", GREY, size="small", at="center")
    for left, z, symbol, colour in ((240, 390, "z", BLUE), (684, 828, "z ~ q", GREY)):
        for label, value, slope, y, up in (
            ("μ", mu, back[0], 207, 1),
            ("log σ²", log_var, back[1], 323, -1),
        ):
            words = f"{label}\n{number(value, 2)}"
            node(page, left, y, words, BLUE, shape="round")
            words, edge = ("none", RED) if z > 618 else (slope, ORANGE)
            say(page, left, y - 44 * up, words, edge, bold=True, at="center")
            near = 265 - 14 * up
            _both(page, (left + 42, y + 16 * up), (z - 42, near), open=z < 618)
            _both(page, (164, near), (198, y + 22 * up))
        words = f"{symbol}\n{number(z_value, 2)}"
        node(page, z, 265, words, colour, shape="round", dashed=z > 618)
        say(page, z, 220, back[2], ORANGE, bold=True, at="center")
    words = "The same z; how it moves with\nμ and σ is lost: the way back\n"
    say(page, 640, 412, words + "stops short of the encoder.", GREY)
    return fig


def spread(estimates: Mapping[str, ArrayLike], truth: float) -> Figure:
    """Estimates (N,) of a slope by name: histograms, some draws, their variance."""
    how = "A toy: d/dμ E[z²] at μ = σ = 1, estimated from single draws, 150 as ticks."
    high = 140 + 90 * len(estimates)
    title = "The score function finds the slope too; here it is noisier"
    fig, page = parts.frame(title, how, height=high)
    across, low = (LEFT, RIGHT), 0.62 - len(estimates)
    ax = parts.panel(fig, 220, 96, 520, high - 130, x=across, y=(low, 0.9), axes="x")
    say(page, 870, 98, "variance of one draw", GREY, at="right")
    ax.axvline(truth, color=BLUE, lw=3, zorder=5)
    say(ax, truth, 0.9, f"truth: {truth:g}", BLUE, bold=True, away=(8, -6))
    for i, (name, draws) in enumerate(estimates.items()):
        _spread(ax, -i, name, np.asarray(draws), truth)
    return fig


def _both(page: Axes, start: ArrayLike, end: ArrayLike, open: bool = True) -> None:
    """A blue arrow forward, an orange one back, which ends at a bar unless open."""
    a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    along = (b - a) / np.hypot(*(b - a))
    aside, head = 5 * np.array([along[1], -along[0]]), "-|>" if open else "-"
    stop = a if open else b - 24 * along
    arrow(page, tuple(a + aside), tuple(b + aside), colour=BLUE, lw=2.5)
    arrow(page, tuple(b - aside), tuple(stop - aside), colour=ORANGE, lw=2.5, head=head)
    if not open:
        page.plot(*np.transpose([stop - 3 * aside, stop]), color=RED, lw=5, zorder=6)


def _spread(ax: Axes, y: float, name: str, draws: np.ndarray, truth: float) -> None:
    """A histogram on the line at `y`, single draws under it, and the deviation."""
    heights, edges = np.histogram(draws, np.arange(LEFT, RIGHT + 1))
    tops, deviation = y + 1.6 * heights / len(draws), draws.std()
    ax.stairs(tops, edges, baseline=y, fill=True, color=parts.pale(ORANGE, 0.5))
    parts.level(ax, LEFT, RIGHT, y, GREY, lw=1.5)
    shown = draws[:150][abs(draws[:150] - (LEFT + RIGHT) / 2) < (RIGHT - LEFT) / 2]
    ax.vlines(shown, y - 0.13, y - 0.03, color=ORANGE, lw=1)
    ends = (truth - deviation, y - 0.22), (truth + deviation, y - 0.22)
    arrow(ax, *ends, colour=INK, head="<|-|>")
    say(ax, *ends[1], f"± {deviation:.1f}", away=(8, 0))
    say(ax, LEFT, y + 0.1, name, at="right", away=(-12, 0))
    say(
        ax,
        RIGHT,
        y,
        f"{draws.var():.0f}",
        ORANGE,
        size="title",
        bold=True,
        away=(80, 0),
    )
    beyond = np.mean((draws < LEFT) | (draws > RIGHT))
    words = f"{beyond:.1%} off the axis" if beyond > 0.0005 else ""
    say(ax, RIGHT, y, words, GREY, size="small", at="bottom right", away=(0, 4))
