"""docs/pad.html in a real browser, opened from disk with the network off.

Needs Chromium; BROWSER_PATH says where it is, if not in a usual place. What was
measured is printed (`pytest -s`); screenshots go to .cache/browser.
"""

import base64
import json
import re
import statistics
import urllib.request

import nbformat
import numpy as np
import pytest
import torch
from lab import ERRORS, ROOT, RUN_ALL, SHOTS, TOKEN

from course_utils import weights
from course_utils.models import VAE, Autoencoder
from course_utils.pad.drawing import EXAMPLES, prepare
from course_utils.pad.pack import FILES, STATIC, costs

PAGE = ROOT / "docs" / "pad.html"
# Milliseconds from an event to the moment after the frame that answers it.
WATCH = """([part, type]) => {
  window.times = [];
  document.querySelector(`[data-part=${part}]`).addEventListener(type, (e) =>
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => times.push(performance.now() - e.timeStamp);
      channel.port2.postMessage(0);
    }));
}"""
INK = """(canvas) => {
  const data = canvas.getContext("2d").getImageData(0, 0, 28, 28).data;
  return Array.from({ length: 784 }, (_, i) => 1 - data[4 * i] / 255);
}"""


@pytest.fixture
def open_page(browser):
    """Open the page; at the end nothing went wrong, nor was the network asked."""
    wrong, contexts = [], []

    def open_page(width=1280, height=800, **settings):
        context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True, **settings
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("console", lambda m: m.type == "error" and wrong.append(m.text))
        page.on("pageerror", lambda e: wrong.append(str(e)))
        page.on("request", lambda r: "http" in r.url[:5] and wrong.append(r.url))
        page.goto(PAGE.as_uri())
        page.wait_for_selector("[data-layout] [data-part=z1]")
        settle(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture(scope="module")
def models():
    return tuple(weights.load(FILES[kind])[0] for kind in (VAE, Autoencoder))


def part(page, name):
    return page.locator(f"[data-part={name}]")


def settle(page):
    """Wait until the next frame is painted."""
    page.evaluate("new Promise((r) => requestAnimationFrame(() => setTimeout(r)))")


def point(page):
    return [float(part(page, name).input_value()) for name in ("z1", "z2")]


def text(page, name):
    return part(page, name).inner_text()


def place(page, name, x, y):
    """A place inside a canvas, in shares of its side, as the mouse needs it."""
    box = part(page, name).bounding_box()
    return box["x"] + 2 + x * (box["width"] - 4), box["y"] + 2 + y * (box["height"] - 4)


def drag(page, name, places):
    page.mouse.move(*place(page, name, *places[0]))
    page.mouse.down()
    for one in places[1:]:
        page.mouse.move(*place(page, name, *one))
        settle(page)
    page.mouse.up()
    settle(page)


def report(what, times):
    """Print times in ms; only something quite else than a frame or two fails."""
    middle = statistics.median(times)
    print(f"\n{what}: median {middle:.1f} ms of {len(times)}, at most {max(times):.1f}")
    assert middle < 200


def small_seven(page):
    part(page, "sheet").scroll_into_view_if_needed()
    across = [(0.1 + 0.01 * i, 0.1) for i in range(28)]
    down = [(0.38 - 0.005 * i, 0.1 + 0.011 * i) for i in range(24)]
    drag(page, "sheet", [*across, *down])


@pytest.mark.parametrize("name", ["vae", "autoencoder"])
def test_dragging_moves_one_point_on_both_maps(open_page, models, name):
    page = open_page()
    circle = np.linspace(0, 2 * np.pi, 60)
    path = [(0.5 + 0.25 * np.sin(a), 0.5 - 0.25 * np.cos(a)) for a in circle]
    page.evaluate(WATCH, [f"{name}-map", "pointermove"])
    drag(page, f"{name}-map", path)
    times = page.evaluate("times")
    report("pointer move to paint", times)
    z = point(page)
    assert z == pytest.approx([0, 1.7], abs=0.05)
    vae, autoencoder = models
    own = [
        float(v.replace("−", "-"))
        for v in re.findall(r"[−\d.]+", text(page, "own").strip("()"))
    ]
    for part_name, model, code in [
        ("vae-digit", vae, z),
        ("autoencoder-digit", autoencoder, own),
    ]:
        with torch.no_grad():
            expected = model.decode(torch.tensor([code])).sigmoid().numpy()[0]
        shown = np.array(part(page, part_name).evaluate(INK)) * 255 / (255 - 17)
        assert np.abs(shown - expected).max() < 0.06  # the fields are rounded
    page.screenshot(path=str(SHOTS / f"pad-drag-{name}.png"))


def test_arrow_keys_fields_and_trail(open_page):
    page = open_page()
    part(page, "vae-map").focus()
    for key in ("Home", "ArrowRight", "Shift+ArrowUp", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    settle(page)
    assert point(page) == pytest.approx([0, 0.4])
    assert "92 in 100" in text(page, "farther")
    part(page, "z1").fill("-1.25")
    settle(page)
    assert point(page) == pytest.approx([-1.25, 0.4])
    part(page, "z1").fill("")  # nothing typed yet: the point stays
    settle(page)
    part(page, "z2").focus()
    settle(page)
    assert point(page) == pytest.approx([-1.25, 0.4])
    part(page, "scrub").focus()
    page.keyboard.press("Home")
    settle(page)
    assert point(page) == pytest.approx([0, 0])
    part(page, "play").click()
    page.wait_for_function(
        "document.querySelector('[data-part=z1]').value === '-1.25'", timeout=10_000
    )
    part(page, "forget").click()
    settle(page)
    assert part(page, "play").is_disabled()


@torch.no_grad()
def test_drawing_with_the_mouse(open_page, models):
    page = open_page()
    page.evaluate(WATCH, ["sheet", "pointermove"])
    small_seven(page)
    times = page.evaluate("times")
    report("drawing to code and cost on screen", times)
    picture = np.array(part(page, "prepared").evaluate(INK)) * 255 / (255 - 17)
    x = torch.tensor(picture, dtype=torch.float32).clamp(0, 1)[None]
    vae = models[0]
    mu, _ = vae.encode(x)
    assert point(page) == pytest.approx(mu[0].tolist(), abs=0.05)
    reconstruction, kl = costs(vae, x)
    shown = float(text(page, "total"))
    assert shown == pytest.approx((reconstruction + kl).item(), abs=2)
    assert "7" in text(page, "vae-near")
    part(page, "undo").click()
    settle(page)
    assert text(page, "alarm")  # nothing is left
    part(page, "examples").get_by_text("7", exact=True).click()
    settle(page)
    assert not text(page, "alarm")


def test_pass_is_arithmetic_and_draws_again(open_page):
    page = open_page()
    part(page, "open").click()
    seen = set()
    for _ in range(5):
        rows = part(page, "numbers").locator("tr")
        for i in range(2):
            cells = rows.nth(i).locator("td").all_inner_texts()
            log_var, _, sigma, _, eps, _, mu, _, z = cells
            log_var, sigma, eps, mu, z = (
                float(v.replace("−", "-")) for v in (log_var, sigma, eps, mu, z)
            )
            assert sigma == pytest.approx(np.exp(log_var / 2), abs=1e-3)
            assert z == pytest.approx(mu + sigma * eps, abs=0.02)
        seen.add(eps)
        part(page, "again").click()
        settle(page)
    assert len(seen) > 1
    page.screenshot(path=str(SHOTS / "pad-pass.png"))
    part(page, "close").click()
    settle(page)
    assert part(page, "open").is_visible()


def test_drawing_with_the_keyboard(open_page):
    page = open_page()
    part(page, "clear").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.dataset.part") == "sheet"
    keys = ["ArrowLeft"] * 5 + ["ArrowUp"] * 7 + [" "] + ["Shift+ArrowRight"] * 4
    keys += ["ArrowLeft", "ArrowDown", "ArrowDown"] * 7 + [" "]
    for key in keys:
        page.keyboard.press(key)
    settle(page)
    assert "7" in text(page, "vae-near")
    page.keyboard.press("Backspace")
    settle(page)
    assert text(page, "alarm")


@pytest.mark.parametrize("name", EXAMPLES)
@torch.no_grad()
def test_examples(open_page, models, name):
    page = open_page()
    part(page, "examples").get_by_text(name, exact=True).click()
    settle(page)
    x = torch.tensor(prepare(EXAMPLES[name]), dtype=torch.float32).reshape(1, -1)
    expected = sum(costs(models[0], x)).item()
    assert float(text(page, "total")) == pytest.approx(expected, abs=0.06)
    assert bool(text(page, "alarm")) == (name == "nothing")


@pytest.mark.parametrize(
    ("name", "width", "settings"),
    [
        ("light", 1280, {}),
        ("dark", 1280, {"color_scheme": "dark"}),
        ("notebook", 960, {}),
        ("tablet", 720, {}),
        ("phone", 390, {"device_scale_factor": 3, "has_touch": True}),
        ("small-phone", 320, {"has_touch": True}),
    ],
)
def test_layouts(open_page, name, width, settings):
    page = open_page(width, 844 if width < 500 else 800, **settings)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width < 500:  # map, digit and the other model's digit, all in one screen
        for one in ("vae-map", "vae-digit", "autoencoder-digit"):
            box = part(page, one).bounding_box()
            assert box["y"] + box["height"] < 844
        x, y = place(page, "vae-map", 0.25, 0.5)
        page.touchscreen.tap(x, y)
        settle(page)
        assert point(page) == pytest.approx([-1.7, 0], abs=0.1)
    part(page, "open").click()
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=str(SHOTS / f"pad-{name}.png"), full_page=True)
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input, canvas')].filter((e) =>"
        " !(e.ariaLabel || e.textContent.trim())).map((e) => e.outerHTML)"
    )
    assert unnamed == []


@torch.no_grad()
def test_script_agrees_with_torch_here_too(open_page, models):
    page = open_page()
    whole = PAGE.read_text(encoding="utf-8")
    data = re.search(r"octet-stream\">([^<]*)<", whole)[1]
    script = base64.b64encode((STATIC / "pad.js").read_bytes()).decode()
    z = [[0.0, 0.0], [1.5, -2.0], [-3.3, 3.3]]
    found = page.evaluate(
        """async ([script, data, places]) => {
          const pad = await import(`data:text/javascript;base64,${script}`);
          const zipped = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
          const stream = new Blob([zipped]).stream()
            .pipeThrough(new DecompressionStream("gzip"));
          const apart = new Uint8Array(await new Response(stream).arrayBuffer());
          const half = Math.ceil(apart.length / 2);
          const bytes = apart.map((_, i) => apart[(i >> 1) + (i % 2 ? half : 0)]);
          const model = pad.load(bytes);
          const box = document.createElement("div");
          pad.mount(box, bytes.slice(0, 9000));
          return [places.map((z) => [...pad.decode(model, "vae", z)]), box.innerText];
        }""",
        [script, data, z],
    )
    expected = models[0].decode(torch.tensor(z)).sigmoid().numpy()
    assert np.abs(np.array(found[0]) - expected).max() < 1e-5
    assert json.dumps(found[1]) != '""', "broken bytes leave no message"


ASK = """async (code) => {
  const panel = window.jupyterapp.shell.currentWidget;
  const future = panel.sessionContext.session.kernel.requestExecute({ code });
  let said = "";
  future.onIOPub = (m) => { said += m.content.text ?? m.content.evalue ?? ""; };
  await future.done;
  return said.trim();
}"""


def test_widget_in_jupyterlab(server, browser):
    cells = [
        "from course_utils.pad import latent_pad\npad = latent_pad()\npad",
        "from course_utils.likelihoods import Bernoulli\n"
        "from course_utils.models import VAE\n"
        "latent_pad(vae=VAE(pixels=784, latents=3, likelihood=Bernoulli()))",
    ]
    kernel = {"name": "python3", "display_name": "Python 3"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code) for code in cells],
        metadata={"kernelspec": kernel},
    )
    request = urllib.request.Request(
        f"{server}/api/contents/notebooks/pad.ipynb?token={TOKEN}",
        json.dumps({"type": "notebook", "content": notebook}).encode(),
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=20)
    page = browser.new_context(viewport={"width": 1300, "height": 1400}).new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server}/lab/tree/notebooks/pad.ipynb?reset&token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.evaluate(RUN_ALL)
    assert page.evaluate(ERRORS) == []
    assert "3" in page.locator(".widget-html").inner_text()  # a message in its place
    part(page, "vae-digit").scroll_into_view_if_needed()
    page.wait_for_selector("[data-layout] [data-part=z1]")
    settle(page)
    before = part(page, "vae-digit").evaluate(INK)
    part(page, "vae-map").focus()
    page.keyboard.press("Home")
    settle(page)
    assert part(page, "vae-digit").evaluate(INK) != before
    drag(page, "vae-map", [(0.5, 0.5), (0.6, 0.5), (0.75, 0.5)])
    z = point(page)
    assert page.evaluate(ASK, "print([round(v, 2) for v in pad.z])") == str(z)
    small_seven(page)
    drawn = page.evaluate(ASK, "print(len(pad.strokes), round(pad.drawing().sum()))")
    strokes, ink = map(int, drawn.split())
    assert strokes == 1 and ink > 40
    assert page.evaluate(ASK, "pad.z = [1.5, -0.5]") == ""
    page.wait_for_function("document.querySelector('[data-part=z1]').value === '1.50'")
    page.screenshot(path=str(SHOTS / "pad-jupyterlab.png"))
    page.close()
