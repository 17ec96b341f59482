"""The latent space: alarms, codes and prior, samples judged, paths, single latents."""
# fmt: off

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import ArrayLike
from scipy.stats import chi, norm

from course_utils.figures import parts
from course_utils.figures.parts import GREY, INK, column, curve, dark, panel, say, tiles
from course_utils.plotting import BLUE, ORANGE, PURPLE, RED

WAYS = {"pixels": BLUE, "straight": ORANGE, "spherical": PURPLE}
MODELS = {"VAE": ORANGE, "AE": GREY}


def alarms(shares: Mapping[str, ArrayLike], drawings: Sequence[str]) -> Figure:
    """{alarm: for each drawing, % of real digits that raise this alarm less}."""
    fig, page = parts.frame(
        "The cost lets the empty sheet pass",
        "For two alarms and two models: % of real digits that raise the alarm less than"
        " the drawing does.\nIn the strip, at least 95 %.", height=324,
    )
    place, y = (100, 152, 760, 136), (len(drawings) - 0.5, -0.5)
    panels = parts.row(fig, [*shares], *place, gap=40, x=(0, 100), y=y)
    for ax, values in zip(panels, shares.values(), strict=True):
        ax.set_xticks([0, 50, 95])
        ax.axvspan(95, 100, color=parts.pale(RED), lw=0)
        for k, share in enumerate(np.asarray(values)):
            ax.plot(share, k, "o", color=BLUE, ms=8, clip_on=False)
            say(ax, share, k, f"{share:.0f}", BLUE, away=(-10 if share > 50 else 10, 0))
    for k, name in enumerate(drawings):
        say(panels[0], 0, k, name, bold=True, away=(-14, 0))
    return fig


def codes_and_prior(
    codes: ArrayLike, plane: ArrayLike, labels: ArrayLike, kls: Mapping[str, float]
) -> Figure:
    """Codes (N, J), a plane (N, 2) of them with N labels, and bounds of the KL."""
    z, flat, digits = np.asarray(codes), np.asarray(plane), np.asarray(labels)
    if z.ndim != 2 or flat.shape != (len(z), 2) or digits.shape != (len(z),):
        shapes = f"{z.shape}, {flat.shape}, {digits.shape}"
        raise ValueError(f"need codes (N, J), a plane (N, 2), N labels, got {shapes}")
    fig, page = parts.frame(
        "Latent by latent the codes nearly fit the prior; together they do not",
        "Codes drawn from the encoder in blue, the prior in orange. One latent shows"
        " little, the norm more.\nRight: one plane of 20 dimensions, where the digits"
        " differ most; the ring holds 90 % of the prior.", height=430,
    )
    off, size, count = np.abs(z.std(0) - 1), np.linalg.norm(z, axis=1), z.shape[1]
    low, high = chi.ppf([1e-4, 1 - 1e-5], count)
    for left, name, values, true, ends in (
        (40, f"best fit of {count}", z[:, off.argmin()], norm(), (-4.0, 4.0)),
        (196, "worst fit", z[:, off.argmax()], norm(), (-4.0, 4.0)),
        (352, "norm of z; means:", size, chi(count), (low, high)),
    ):
        line = np.linspace(ends[0], ends[1], 201)
        top = 1.6 * true.pdf(line).max()
        ax = panel(fig, left, 152, 110, 100, x=ends, y=(0, top), axes="x")
        ax.set_xticks([4, 6] if ends[0] > 0 else [-2, 0, 2])
        say(page, left, 140, name, GREY)
        ax.hist(values, line[::5].tolist(), density=True, color=parts.pale(BLUE, 0.4))
        curve(ax, line, true.pdf(line), "", ORANGE)
    say(page, 460, 180, f"codes {size.mean():.1f}", BLUE, bold=True)
    say(page, 460, 200, f"prior {chi.mean(count):.1f}", ORANGE, bold=True)
    noise = np.random.default_rng(0).standard_normal((2500, 2))
    for left, name, colour, points in (
        (548, "the prior", ORANGE, noise), (718, "the codes", BLUE, flat[:2500])
    ):
        ax = panel(fig, left, 152, 160, 218, x=(-3.6, 3.6), y=(-4.8, 4.8))
        say(page, left, 140, name, colour, bold=True)
        ax.spines[:].set(visible=True, color="#CCCCCC")
        ax.scatter(points[:, 0], points[:, 1], s=2, color=colour, alpha=0.5, lw=0)
        ax.add_patch(Circle((0, 0), chi.ppf(0.9, 2), fc="none", ec=dark(ORANGE), lw=2))
    placed: list[np.ndarray] = []
    for k in np.unique(digits):
        x, y = place = np.median(flat[digits == k], axis=0)
        if all(np.hypot(*(place - other)) > 0.7 for other in placed):
            placed.append(place)
            say(ax, x, y, str(k), size="head", bold=True, at="center", halo=True)
    say(page, 548, 388, "labels that would overlap are left out", GREY)
    say(page, 40, 300, "KL from the codes to the prior: at least …", bold=True)
    for i, (name, nats) in enumerate(kls.items()):
        y, end = 330 + 28 * i, 200 + 220 * nats / max(kls.values())
        say(page, 190, y, name, at="right")
        column(page, 200, end, y + 8, y - 8, PURPLE, share=0.6)
        words = f"{parts.number(nats, 1)} nats"
        say(page, end, y, words, PURPLE, bold=True, away=(8, 0))
    return fig


def judged(
    samples: Mapping[str, ArrayLike], sure: Mapping[str, ArrayLike],
    distances: Mapping[str, float],
) -> Figure:
    """For each kind of sample: pictures (N, H, W), their N confidences, a distance."""
    fig, page = parts.frame(
        "A better sampler helps the plain autoencoder as much as the VAE",
        "Decoded codes, ten of each kind; last, test digits. Right: how sure"
        " the reader is, the share\nover .9 in bold, and the mean distance to the"
        " nearest training digit.",
        height=156 + 62 * len(samples),
    )
    say(page, 760, 132, "over .9 sure", GREY, at="center")
    say(page, 872, 132, "distance", GREY, at="right")
    for i, (name, pictures) in enumerate(samples.items()):
        y, values = 172 + 62 * i, np.asarray(sure[name])
        colour = MODELS.get(name.split(",")[0], BLUE)
        say(page, 30, y, name, colour, size="head", bold=True)
        places = [(188 + 52 * j, y) for j in range(10)]
        tiles(page, np.asarray(pictures)[:10], places, size=49)
        ax = panel(fig, 696, y - 24, 50, 48, x=(0.1, 1), y=(0, 1))
        for share, left in zip(*np.histogram(values, 9, (0.1, 1)), strict=False):
            shade = colour if left > 0.89 else "#CCCCCC"
            column(ax, left, left + 0.1, 0, share / len(values), shade, share=1)
        words = f"{100 * (values > 0.9).mean():.0f} %"
        say(page, 758, y, words, colour, size="title", bold=True)
        say(page, 872, y, f"{distances[name]:.1f}", at="right")
    return fig


Steps = Sequence[Mapping[str, ArrayLike]]  # nine dictionaries, with a value each way


def paths(pictures: Steps, chances: Steps, norms: Steps, sure: Steps) -> Figure:
    """Three ways in nine steps: a picture (1, H, W) and its ten chances; then curves.

    `norms` (of straight, spherical) and `sure`: values of many pairs, to be averaged.
    """
    fig, page = parts.frame(
        "The straight path leaves the prior's shell, and loses a little halfway",
        "From one digit to another in 20 latents, three ways. Under each picture: what"
        " the reader sees, how surely.\nBelow, in step with the pictures: means over"
        " many pairs of different digits; the numbers are those halfway.", height=712,
    )
    for i, (name, colour) in enumerate(WAYS.items()):
        seen = [np.ravel(step[name]) for step in chances]
        words = [f"{c.argmax()}  {parts.number(c.max(), 2)}" for c in seen]
        say(page, 30, 156 + 100 * i, name, colour, size="head", bold=True)
        strip = np.concatenate([step[name] for step in pictures])
        places = [(180 + 83 * j, 156 + 100 * i) for j in range(9)]
        tiles(page, strip, places, size=72, labels=words)
    say(page, 30, 500, "norm of z", size="head", bold=True)
    say(page, 30, 630, "confidence", size="head", bold=True)
    shell, t = chi.ppf([0.05, 0.95], 20), np.linspace(0, 1, 9)
    top = panel(fig, 180, 440, 664, 112, x=(0, 1), y=(2.4, 6), axes="y")
    low = panel(fig, 180, 576, 664, 104, x=(0, 1), y=(0.55, 1), axes="xy")
    low.set_yticks([0.6, 0.8, 1], [".6", ".8", "1"])
    low.set_xticks([0, 0.5, 1], ["0", "halfway", "1"])
    top.axhspan(*shell, color=parts.pale(BLUE, 0.2), lw=0)
    say(top, 0, shell[1], "90 % of draws from the prior", BLUE, away=(8, -10))
    for name in norms[0]:
        curve(top, t, _means(norms, name), name, WAYS[name], at=0.5, away=(0, 4))
    for (name, colour), up in zip(WAYS.items(), (-4, 6, 9), strict=True):
        means, at = _means(sure, name), 0.25 if name == "straight" else 0.5
        label = f"{name} {parts.number(means[4], 2)}"
        curve(low, t, means, label, colour, at=at, away=(0, up))
    return fig


def single_latents(
    rows: Mapping[str, tuple[float, ArrayLike, ArrayLike, float]],
    properties: Sequence[str],
) -> Figure:
    """Rows {name: (KL, pictures (2, 7, H, W), changes (N, 3), share)}."""
    fig, page = parts.frame(
        "No latent is a slider for just one thing",
        "Left: in two test digits, one latent goes from −2 to 2. Right: what that"
        " changes in 500 test digits, in units\nof the property's own spread. Dot: the"
        " mean; bar: ± one standard deviation from digit to digit.",
        height=178 + 112 * len(rows),
    )
    for x, words in ((130, "−2"), (430, "+2"), (665, "change (spreads)")):
        say(page, x, 134, words, GREY, at="center")
    say(page, 870, 134, "other digit", RED, bold=True, at="right")
    for i, (name, (kl, pictures, changes, share)) in enumerate(rows.items()):
        y, digits, last = 200 + 112 * i, np.asarray(pictures), i == len(rows) - 1
        say(page, 30, y - 12, name, bold=True)
        say(page, 30, y + 10, f"{parts.number(kl, 1)} nats", PURPLE)
        places = [(130 + 50 * j, y + s * 25) for s in (-1, 1) for j in range(7)]
        tiles(page, digits.reshape(-1, *digits.shape[2:]), places, size=47)
        ax = panel(fig, 570, y - 46, 190, 92, x=(-2.7, 2.7), y=(2.6, -0.6), axes="x")
        ax.set_xticks([-2, 0, 2], ["−2", "0", "2"] if last else [""] * 3)
        ax.axvline(0, color="#999999", lw=1)
        means, spreads = np.asarray(changes).mean(0), np.asarray(changes).std(0)
        most = -1 if last else np.abs(means).argmax()
        for k, (mean, spread) in enumerate(zip(means, spreads, strict=True)):
            shade, words = (ORANGE, INK) if k == most else (GREY, GREY)
            ax.barh(k, 2 * spread, 0.25, mean - spread, color=parts.pale(shade, 0.6))
            ax.plot(mean, k, "o", color=dark(shade), ms=7)
            say(ax, -2.7, k, properties[k], words, at="right", away=(-8, 0))
        words, shade = f"{100 * share:.0f} %", RED if share > 0.2 else GREY
        say(page, 870, y, words, shade, size="title", bold=True, at="right")
    return fig


def _means(steps: Steps, name: str) -> list[float]:
    return [float(np.asarray(step[name]).mean()) for step in steps]
