"""What a reader would trip over in a figure: words that overlap or leave the page."""

import itertools

from matplotlib.figure import Figure
from matplotlib.text import Text


def crowded(fig: Figure, slack: float = 1.0) -> list[str]:
    """Complaints about words of `fig`; overlaps of up to `slack` pixels pass."""
    fig.draw_without_rendering()
    page = fig.bbox
    boxes = []
    for text in fig.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            boxes.append((text.get_text(), Text.get_window_extent(text)))
    complaints = [
        f"{words!r} leaves the page"
        for words, box in boxes
        if box.x0 < 0 or box.y0 < 0 or box.x1 > page.x1 or box.y1 > page.y1
    ]
    for (first, a), (second, b) in itertools.combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        down = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > slack and down > slack:
            complaints.append(f"{first!r} overlaps {second!r}")
    return complaints
