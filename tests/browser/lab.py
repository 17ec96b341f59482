"""What the browser tests share: an opened lesson, its widgets, and moves on them."""

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / ".cache" / "browser"
TOKEN = "browser-test"
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # all cells in the page
    "apputils-extension/notification": {"fetchNews": "false"},
}
OFF = ["gpu", "quic", "sync", "background-networking", "component-update"]
FLAGS = ["--headless", "--no-sandbox", "--no-first-run"]
FLAGS += [f"--disable-{name}" for name in OFF]
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


def opened(server, browser, name, height=2200):
    """The page of a lesson after Run All."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = browser.new_context(viewport={"width": 1300, "height": height}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{server}/lab/tree/notebooks/{name}.ipynb?reset&token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.evaluate(RUN_ALL)
    assert page.evaluate(ERRORS) == []
    return page


def widgets(page):
    """The boxes of sliders with a picture."""
    return page.locator(".jupyter-widgets.widget-vbox:has(img.widget-image)")


def drag(page, handle, right):
    """Take the handle of a slider and pull it by `right` pixels."""
    handle.evaluate("e => e.scrollIntoView({block: 'center'})")
    at = handle.bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y, steps=6)
    page.mouse.up()


def changes(page, picture, before, seconds=8):
    """Whether the picture is redrawn; a busy machine may take its time."""
    for _ in range(4 * seconds):
        page.wait_for_timeout(250)
        if picture.get_attribute("src") != before:
            return True
    return False


def settled(page, picture):
    """What is shown once no further redraw arrives: a drag sends several."""
    while changes(page, picture, shown := picture.get_attribute("src"), seconds=1):
        pass
    return shown
