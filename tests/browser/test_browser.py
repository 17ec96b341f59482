"""JupyterLab in a real browser: Run All shows no error, and sliders change pictures.

Needs Chromium; BROWSER_PATH says where it is, if not in a usual place. The notebooks
are copied first, so the checkout stays as it is. Screenshots go to .cache/browser.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
SHOTS = ROOT / ".cache" / "browser"
TOKEN = "browser-test"
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells in the page
    "apputils-extension/notification": {"fetchNews": "false"},
}
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Runs every cell and resolves when the last one is done.
RUN_ALL = """async () => {
  const panel = window.jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session.kernel;
  while (kernel.status !== 'idle') await new Promise(r => setTimeout(r, 100));
  await window.jupyterapp.commands.execute('notebook:run-all-cells');
}"""
ERRORS = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const found = [];
  for (const cell of cells) {
    if (cell.model.type !== 'code') continue;
    for (const output of cell.model.outputs.toJSON())
      if (output.output_type === 'error' || output.name === 'stderr')
        found.push(cell.model.id + ': ' + (output.evalue || output.text));
    if (cell.model.executionCount === null) found.push(cell.model.id + ': not run');
  }
  return found;
}"""


def chromium():
    """Where Chromium is; the test fails, and does not skip, without one."""
    names = ["chromium", "chromium-browser", "google-chrome"]
    found = os.environ.get("BROWSER_PATH") or next(
        filter(None, map(shutil.which, names))
    )
    assert found, f"no Chromium found under {names}; set BROWSER_PATH"
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A JupyterLab on localhost with a token and a configuration of its own."""
    home = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    for name, values in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {
        "JUPYTER_CONFIG_DIR": home / "config",
        "JUPYTER_DATA_DIR": home / "data",
        "JUPYTER_RUNTIME_DIR": home / "runtime",
        "JUPYTERLAB_SETTINGS_DIR": home / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
    }
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser"]
    command += ["--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}", "--expose-app-in-browser"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    log = open(home / "log", "w")  # noqa: SIM115  (closed below, after the server)
    process = subprocess.Popen(
        command,
        cwd=home,
        stdout=log,
        stderr=log,
        env={
            **os.environ,
            "OMP_NUM_THREADS": "1",
            **{k: str(v) for k, v in folders.items()},
        },
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/api/status?token={TOKEN}", process)
        yield url
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def wait_for(url, process, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "JupyterLab ended"
        try:
            return urllib.request.urlopen(url, timeout=2).read()
        except OSError:
            time.sleep(0.3)
    raise TimeoutError(f"no answer from {url}")


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


def test_token_is_kept(server):
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"{server}/api/contents", timeout=5)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_run_all(server, browser, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = browser.new_context(viewport={"width": 1300, "height": 2200}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{server}/lab/tree/notebooks/{name}?reset&token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.evaluate(RUN_ALL)
    assert page.evaluate(ERRORS) == []
    check_formulas(page, name)
    boxes = page.locator(".jupyter-widgets.widget-vbox:has(img.widget-image)")
    sliders = check_sliders(page, boxes, Path(name).stem)
    stored = json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))
    shown = sum("show_widget(" in "".join(c["source"]) for c in stored["cells"])
    assert sliders >= shown, f"{shown} widgets are shown, {sliders} sliders answered"
    page.screenshot(path=str(SHOTS / f"{Path(name).stem}.png"))
    page.close()


def check_formulas(page, name):
    """Formulas are typeset, and none of them has an error in it."""
    cells = json.loads((ROOT / "notebooks" / name).read_text(encoding="utf-8"))["cells"]
    text = "".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    if "$" in text:
        page.wait_for_selector("mjx-container", state="attached")
    wrong = page.locator("mjx-merror, [data-mjx-error]")
    assert [wrong.nth(i).inner_text() for i in range(wrong.count())] == []


def changes(page, picture, before, seconds=8):
    """Whether the picture is redrawn; a busy machine may take its time."""
    for _ in range(4 * seconds):
        page.wait_for_timeout(250)
        if picture.get_attribute("src") != before:
            return True
    return False


def check_sliders(page, boxes, stem):
    """Move each slider of each widget by keyboard: the picture must change."""
    moved = 0
    for i in range(boxes.count()):
        box = boxes.nth(i)
        picture = box.locator("img.widget-image")
        handles = box.locator(".noUi-handle")
        for j in range(handles.count()):
            before = picture.get_attribute("src")
            handles.nth(j).focus()
            for key in ("ArrowRight", "ArrowLeft"):  # at its end it moves one way only
                handles.nth(j).press(key)
                if changes(page, picture, before):
                    moved += 1
                    break
            else:
                raise AssertionError(
                    f"{stem}: slider {j} of widget {i} changes nothing"
                )
        box.screenshot(path=str(SHOTS / f"{stem}-widget-{i}.png"))
    return moved


def test_marble_by_mouse_and_keyboard(server, browser):
    """Lesson 03: a drag and a key redraw the marble; a rate of 0 is refused."""
    page = browser.new_context(viewport={"width": 1300, "height": 2200}).new_page()
    page.set_default_timeout(120_000)
    name = "03_descent_and_backpropagation.ipynb"
    page.goto(f"{server}/lab/tree/notebooks/{name}?reset&token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.evaluate(RUN_ALL)
    box = page.locator(".jupyter-widgets.widget-vbox:has(img.widget-image)").first
    picture, rate = box.locator("img.widget-image"), box.locator(".noUi-handle").first
    note = box.locator(".widget-html-content").first
    rate.scroll_into_view_if_needed()
    before, place = picture.get_attribute("src"), rate.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 120, y, steps=6)
    page.mouse.up()
    assert changes(page, picture, before)
    before = picture.get_attribute("src")
    rate.press("Home")  # to the left end, a rate of 0
    words = note.element_handle()
    refused = "node => node.innerText.includes('must be above 0')"
    page.wait_for_function(refused, arg=words)
    rate.press("ArrowRight")
    assert changes(page, picture, before)
    page.wait_for_function("node => !node.innerText.trim()", arg=words)
    box.screenshot(path=str(SHOTS / "marble.png"))
    page.close()
