"""A figure as a PNG: twice the displayed pixels, few colours, the same each time."""

import io
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

DPI = 100  # pixels an inch, as displayed; a stored picture has twice as many


def png(fig: Figure, *, quick: bool = False) -> bytes:
    """The figure as a PNG, twice as wide and high as it is displayed; it is closed.

    `quick`: in all its colours, for a picture that a slider is about to replace.
    """
    before, canvas = (fig.dpi, fig.canvas), FigureCanvasAgg(fig)
    fig.set_dpi(2 * DPI)
    try:
        canvas.draw()  # savefig would go through the figure twice
        image = Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")
    finally:
        fig.set_dpi(before[0])
        fig.set_canvas(before[1])
        plt.close(fig)
    buffer = io.BytesIO()
    if quick:
        image.save(buffer, format="png", compress_level=1)
    else:
        _few_colours(image).save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def png_size(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels at which a picture of `png` is displayed."""
    width, height = Image.open(io.BytesIO(picture)).size
    return width // 2, height // 2


def png_metadata(picture: bytes, alt: str) -> dict[str, Any]:
    """Output metadata for a picture of `png`: its alternative text and size."""
    width, height = png_size(picture)
    return {"image/png": {"alt": alt, "width": width, "height": height}}


def _few_colours(image: Image.Image) -> Image.Image:
    """An image in one byte a pixel: exact for greys, else with a palette.

    Line art gets 128 colours, a picture with many shades 256.
    """
    red, green, blue = np.moveaxis(np.asarray(image, dtype=np.uint32), 2, 0)
    if (red == green).all() and (green == blue).all():
        return image.convert("L")
    counted: Any = sorted(image.getcolors(red.size) or [], reverse=True)
    colours = np.array([colour for _, colour in counted], dtype=np.int64)
    # The colours of areas stay exact; those of soft edges, a few pixels each, share.
    line_art = sum(count for count, _ in counted[:32]) > 0.9 * red.size
    exact, grouped = (96, 32) if line_art else (128, 128)
    palette = colours[:exact]
    if len(colours) > exact:
        rest = Image.fromarray(colours[None, exact:].astype(np.uint8))
        shared: Any = rest.quantize(grouped, Image.Quantize.MEDIANCUT).getpalette()
        palette = np.concatenate([palette, np.reshape(shared, (-1, 3))])
    nearest = np.concatenate(
        [
            ((some[:, None] - palette) ** 2).sum(2).argmin(1)
            for some in np.array_split(colours, len(colours) // 4096 + 1)
        ]
    )
    index = np.empty(2**24, dtype=np.uint8)  # pages that are never touched cost nothing
    index[colours @ (1 << 16, 1 << 8, 1)] = nearest
    small = Image.fromarray(index[red << 16 | green << 8 | blue])
    small.putpalette(palette.astype(np.uint8).tobytes())
    return small
