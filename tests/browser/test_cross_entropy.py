"""Lesson 02's widgets in JupyterLab: dragged, clicked, and moved by keyboard."""

import pytest
from test_browser import ERRORS, RUN_ALL, SHOTS, TOKEN, changes
from test_browser import browser as browser  # its fixtures
from test_browser import server as server


@pytest.fixture
def boxes(server, browser):
    """The lesson's widgets, after Run All."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page = browser.new_context(viewport={"width": 1300, "height": 2200}).new_page()
    page.set_default_timeout(120_000)
    name = "02_cross_entropy_and_kl.ipynb"
    page.goto(f"{server}/lab/tree/notebooks/{name}?reset&token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.evaluate(RUN_ALL)
    assert page.evaluate(ERRORS) == []
    yield page.locator(".jupyter-widgets.widget-vbox:has(img.widget-image)")
    page.close()


def drag(page, handle, right):
    """Take the handle of a slider and pull it by `right` pixels."""
    handle.scroll_into_view_if_needed()
    at = handle.bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right, y, steps=5)
    page.mouse.up()


def test_forecast_and_humps(boxes):
    page = boxes.page
    forecast, humps = boxes.nth(0), boxes.nth(1)
    picture = forecast.locator("img.widget-image")
    sun, rain = (forecast.locator(".noUi-handle").nth(i) for i in (0, 1))

    before = picture.get_attribute("src")
    drag(page, sun, 40)
    assert changes(page, picture, before), "dragging the belief in sun"

    for _ in range(16):  # too much rain: a sentence, and the last good picture
        rain.press("ArrowRight")
    forecast.get_by_text("lower one").wait_for()
    page.wait_for_timeout(1000)
    before = picture.get_attribute("src")
    forecast.screenshot(path=str(SHOTS / "02-refused.png"))
    for _ in range(16):
        rain.press("ArrowLeft")
    assert changes(page, picture, before), "back to a belief that has a meaning"
    forecast.get_by_text("lower one").wait_for(state="detached")

    picture = humps.locator("img.widget-image")
    before = picture.get_attribute("src")
    humps.get_by_role("button", name="reverse").click()
    assert changes(page, picture, before), "clicking reverse"
    page.wait_for_timeout(1000)
    before = picture.get_attribute("src")
    humps.get_by_role("button", name="forward").press("Enter")
    assert changes(page, picture, before), "choosing forward by keyboard"
    for i in range(3):
        page.wait_for_timeout(1000)
        before = picture.get_attribute("src")
        drag(page, humps.locator(".noUi-handle").nth(i), -30)
        assert changes(page, picture, before), f"dragging slider {i}"
    humps.screenshot(path=str(SHOTS / "02-humps.png"))
