"""The pocket of lesson 01 in a real browser: mouse, keyboard, and an empty pocket."""

import pytest
from test_browser import RUN_ALL, SHOTS, TOKEN, changes
from test_browser import browser as browser  # its fixtures
from test_browser import server as server


@pytest.fixture
def pocket(server, browser):
    """The widget of the lesson, after all cells have run."""
    page = browser.new_context(viewport={"width": 1300, "height": 1600}).new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{server}/lab/tree/notebooks/01_entropy.ipynb?reset&token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.evaluate(RUN_ALL)
    box = page.locator(".jupyter-widgets.widget-vbox:has(img.widget-image)").first
    box.scroll_into_view_if_needed()
    yield page, box
    page.close()


def settled(page, picture):
    """What is shown once no further redraw arrives: a drag sends several."""
    while changes(page, picture, shown := picture.get_attribute("src"), seconds=1):
        pass
    return shown


def test_mouse_keyboard_and_an_empty_pocket(pocket):
    page, box = pocket
    picture, handles = box.locator("img.widget-image"), box.locator(".noUi-handle")
    before = picture.get_attribute("src")
    at = handles.nth(0).bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=6)
    page.mouse.up()
    assert changes(page, picture, before), "a drag with the mouse changes nothing"
    for k in range(3):  # empty the pocket by keyboard
        before = settled(page, picture)
        handles.nth(k).focus()
        handles.nth(k).press("Home")
        assert k == 2 or changes(page, picture, before)
    box.get_by_text("empty").wait_for()
    assert picture.get_attribute("src") == before, "the last good picture stays"
    handles.nth(2).press("ArrowRight")
    box.get_by_text("empty").wait_for(state="detached")  # it works again
    SHOTS.mkdir(parents=True, exist_ok=True)
    box.screenshot(path=str(SHOTS / "01_entropy-pocket.png"))
