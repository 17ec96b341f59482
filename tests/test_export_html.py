"""The pages of `make html` carry the alternative text of their pictures."""

from html.parser import HTMLParser

import export_html
import nbformat
from notebook_cells import NOTEBOOKS


class Pictures(HTMLParser):
    """The `alt` of each picture that stands in the page itself."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        words = dict(attrs)
        if tag == "img" and words.get("src", "").startswith("data:image/png"):
            self.found.append(words.get("alt"))


def test_every_figure_has_its_text():
    path = NOTEBOOKS / "05_autoencoders.ipynb"
    outputs = [
        output
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    wanted = [output.metadata["image/png"]["alt"] for output in outputs]
    page = export_html.page(path)
    assert len(wanted) > 3 and Pictures(page).found == wanted
    assert 'href="06_denoising_autoencoders.html"' in page or "06_" not in page
    assert "notebooks/05_autoencoders.ipynb" in page  # Colab's address stays
