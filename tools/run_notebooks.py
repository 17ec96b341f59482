"""Execute notebooks and store them so that a second run leaves no difference.

python tools/run_notebooks.py [notebooks/01_entropy.ipynb ...]
"""

import base64
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Trained numbers and pictures depend on the number of threads: one, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", VAE_COURSE_PROGRESS="0")

import nbformat  # noqa: E402
from nbclient import NotebookClient  # noqa: E402

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def clean(notebook: nbformat.NotebookNode) -> None:
    """Keep outputs, counts and ids; drop what differs from run to run."""
    notebook.metadata = nbformat.NotebookNode({"kernelspec": KERNEL})
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.NotebookNode({"tags": tags} if tags else {})
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(WIDGET_VIEW, None)


def run(path: Path) -> None:
    """Execute one notebook in its own folder; it is replaced only if all cells pass."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=180,
        kernel_name="python3",
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,  # print() arrives in pieces that differ from run to run
        resources={"metadata": {"path": str(path.parent)}},
        extra_arguments=["--IPKernelApp.log_level=40"],  # its errors, no warnings
    )
    client.execute()
    clean(notebook)
    nbformat.validate(notebook)
    part = path.with_suffix(".ipynb.part")
    nbformat.write(notebook, part)
    part.replace(path)


def export_picture() -> None:
    """The README's picture is the stored figure of a notebook."""
    notebook = nbformat.read(ROOT / "notebooks" / "13_latent_space.ipynb", as_version=4)
    cell = next(c for c in notebook.cells if c.id == "manifold-figure")
    picture = base64.b64decode(cell.outputs[0].data["image/png"])
    (ROOT / "docs" / "manifold.png").write_bytes(picture)


def main(names: list[str]) -> None:
    paths = [Path(n) for n in names] or sorted((ROOT / "notebooks").glob("*.ipynb"))
    for path in paths:
        print(path.name, flush=True)
        run(path.resolve())
    export_picture()


if __name__ == "__main__":
    main(sys.argv[1:])
