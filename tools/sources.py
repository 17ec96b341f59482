"""Write docs/sources.md from docs/sources.json: where the course covers each item."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

HEAD = """\
# Where each item is covered

Made from `docs/sources.json` by `make sources`; change that file, not this one.
The course covers five texts; each row names whose it is.

| short | author, title |
|---|---|
| Sim | Min Kyu Sim, *Introduction to Variational AutoEncoder (VAE)*, lecture slides |
| Liang | Shangsong Liang, *Variational Autoencoders*, slides, after Alon Oring |
| DSL | Data Science Lab, *Auto-Encoder & Variational Auto-Encoder*, 2023, after \
Hwalsuk Lee's *Autoencoders* |
| Cai | Kaiwen Cai, *Understanding Variational Auto Encoder* |
| Blog | *[Deep Learning] Variational Autoencoder*, a blog post of 2021-10-03 |

*Met by* says how: **assert** (the named cell checks it), or text, table, figure.
"""

GROUPS = {
    "IT": "Information theory",
    "LB": "Losses and back-propagation",
    "ML": "Maximum likelihood",
    "AE": "Autoencoders and manifolds",
    "US": "Uses of autoencoders",
    "DN": "Denoising autoencoders",
    "CA": "Contractive autoencoders",
    "GM": "Generative and latent-variable models",
    "IN": "Intractability",
    "VI": "Variational inference",
    "EL": "Routes to the ELBO",
    "OP": "Optimisation",
    "AR": "Architectures",
    "AP": "Applications",
    "EX": "Announced in the sources, but missing there",
    "BI": "Bibliography",
    "B": "Worked numbers",
    "C": "Errors in the sources that the course corrects",
}


def read() -> list[dict]:
    """The rows of docs/sources.json."""
    return json.loads((ROOT / "docs" / "sources.json").read_text(encoding="utf-8"))


def where(row: dict) -> str:
    """The place, with a link once the row is done."""
    place = row["notebook"]
    if row["status"] == "later":
        return f"{place}, later"
    if place.startswith("docs/"):
        return f"[{row['section']}]({place.removeprefix('docs/')})"
    link = f"[{place}](../notebooks/{place}.ipynb)"
    return f"{link}, {row['section']} (cell `{row['cell']}`)"


def table(group: str, rows: list[dict]) -> list[str]:
    """One group as a Markdown table."""
    chosen = [r for r in rows if re.fullmatch(rf"{group}-\d+", r["id"])]
    done = sum(r["status"] == "done" for r in chosen)
    lines = [f"## {GROUPS[group]} ({done} of {len(chosen)} done)", ""]
    lines += ["| ID | item | source | where | met by |", "|---|---|---|---|---|"]
    for r in chosen:
        cells = [r["id"], r["title"], r["source"], where(r), r.get("met_by", "")]
        lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
    return [*lines, ""]


def render() -> str:
    """The whole page."""
    rows = read()
    done = sum(r["status"] == "done" for r in rows)
    lines = [HEAD, f"{done} of {len(rows)} rows are done.", ""]
    for group in GROUPS:
        lines += table(group, rows)
    return "\n".join(lines)


def main() -> None:
    page = ROOT / "docs" / "sources.md"
    page.write_text(render(), encoding="utf-8")
    print(f"wrote {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
