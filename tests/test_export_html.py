"""The pages of `make html` carry the alternative text of their pictures."""

import export_html
import nbformat
from bs4 import BeautifulSoup  # nbconvert needs it as well
from notebook_cells import NOTEBOOKS


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
    pictures = BeautifulSoup(page, "html.parser").select("img[src^='data:image/png']")
    assert len(wanted) > 3 and [picture["alt"] for picture in pictures] == wanted
    assert 'href="06_denoising_autoencoders.html"' in page or "06_" not in page
    assert "notebooks/05_autoencoders.ipynb" in page  # Colab's address stays
