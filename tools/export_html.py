"""The lessons as web pages whose pictures carry their alternative text.

python tools/export_html.py [notebooks/01_entropy.ipynb ...]    # writes into html/

nbconvert's own page says "No description has been provided for this image".
"""

import re
import sys
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
# A picture as nbconvert's lab template draws it, with the text stored beside it.
TEMPLATE = """\
{%- extends 'lab/index.html.j2' -%}
{%- block data_png scoped -%}
{%- set about = output.metadata.get('image/png', {}) -%}
<div class="jp-RenderedImage jp-OutputArea-output">
<img src="data:image/png;base64,{{ output.data['image/png'] }}"
 alt="{{ about.get('alt', '') | e }}"
 {% if about.get('width') %}width="{{ about.width }}"{% endif %}>
</div>
{%- endblock data_png -%}
"""


def page(path: Path) -> str:
    """One notebook as HTML, as it is stored."""
    exporter = HTMLExporter(config=Config(), raw_template=TEMPLATE)
    html, _ = exporter.from_notebook_node(nbformat.read(path, as_version=4))
    return re.sub(r'href="([\w]+)\.ipynb"', r'href="\1.html"', str(html))


def main(names: list[str]) -> None:
    paths = [Path(n) for n in names] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    out = ROOT / "html"
    out.mkdir(exist_ok=True)
    for path in paths:
        (out / f"{path.stem}.html").write_text(page(path), encoding="utf-8")
        print(f"html/{path.stem}.html")


if __name__ == "__main__":
    main(sys.argv[1:])
