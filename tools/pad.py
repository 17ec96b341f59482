"""Write docs/pad.html: the latent pad as one file, which opens from disk.

python tools/pad.py      # a few seconds, no network

The page holds the same script, markup and bytes as the widget. Bytes of half-precision
numbers are put high and low apart (which packs better), zipped, and written in base64.
"""

import base64
import gzip
import os
from pathlib import Path

# What is stored is made with one thread, everywhere.
os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")

import torch

from course_utils import weights
from course_utils.data import load
from course_utils.files import write_atomically
from course_utils.models import VAE, Autoencoder
from course_utils.pad.pack import FILES, STATIC, pack

PAGE = Path(__file__).resolve().parents[1] / "docs" / "pad.html"
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Drag a point over a variational autoencoder's map
of digits, and draw your own digit on it.">
<link rel="icon" href="data:,">
<title>The latent pad</title>
<style>
{style}
.pad-page {{ margin: 0; padding: 12px 30px; background: #ffffff; color: #222222;
  font: 14px/1.4 system-ui, "DejaVu Sans", sans-serif; }}
.pad-page header, .pad-page footer, .pad-page .pad {{ max-width: 1208px;
  margin: 0 auto; }}
.pad-page header {{ display: flex; flex-wrap: wrap; gap: 0 14px;
  align-items: baseline; margin-bottom: 6px; }}
.pad-page h1 {{ font-size: 24px; margin: 0; }}
.pad-page header p, .pad-page footer {{ color: #595959; }}
.pad-page header p {{ font-size: 15px; margin: 0; }}
.pad-page footer {{ margin-top: 8px; font-size: 13px; }}
@media (max-width: 560px) {{ .pad-page {{ padding: 14px; }} }}
@media (prefers-color-scheme: dark) {{
  .pad-page {{ background: #15171a; color: #ececec; }}
  .pad-page header p, .pad-page footer {{ color: #b3b3b3; }}
}}
</style>
</head>
<body class="pad-page">
<header><h1>The latent pad</h1>
<p>Every digit here is decoded from two numbers.
Drag the point and see which digit lives where.</p></header>
<div id="pad"><noscript>This page works with JavaScript.</noscript></div>
<footer>784-256-128-2 and back, trained on 6 000 digits of MNIST, pixels drawn black or
white afresh in each epoch. Everything is worked out in this page; nothing leaves
it.</footer>
<script id="bytes" type="application/octet-stream">{data}</script>
<script type="module">
"""
TAIL = """
const zipped = Uint8Array.from(atob(document.getElementById("bytes").textContent),
  (letter) => letter.charCodeAt(0));
const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
const apart = new Uint8Array(await new Response(stream).arrayBuffer());
const bytes = new Uint8Array(apart.length), half = Math.ceil(apart.length / 2);
for (let i = 0; i < apart.length; i++)
  bytes[i] = apart[(i >> 1) + (i % 2 ? half : 0)];
document.querySelector("#pad").replaceChildren();
mount(document.querySelector("#pad"), bytes);
</script>
</body>
</html>
"""


def page(content: bytes) -> str:
    """The whole page for the bytes that `pack` gives."""
    apart = content[::2] + content[1::2]
    data = base64.b64encode(gzip.compress(apart, 9, mtime=0)).decode()
    style = (STATIC / "pad.css").read_text(encoding="utf-8")
    script = (STATIC / "pad.js").read_text(encoding="utf-8")
    return HEAD.format(style=style, data=data) + script + TAIL


def main() -> None:
    torch.set_num_threads(1)
    vae, autoencoder = (weights.load(FILES[kind])[0] for kind in (VAE, Autoencoder))
    whole = page(pack(vae, autoencoder, load("mnist_small"))).encode()
    write_atomically(PAGE, whole)
    print(f"{PAGE.name}: {len(whole) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
