"""The claimed σ of lesson 04 in a real browser: mouse, keyboard, and σ ≤ 0."""

import pytest
from test_browser import RUN_ALL, SHOTS, TOKEN, changes
from test_browser import browser as browser  # its fixtures
from test_browser import server as server


@pytest.fixture
def lesson(server, browser):
    """The page of the lesson, after all cells have run."""
    page = browser.new_context(viewport={"width": 1300, "height": 1600}).new_page()
    page.set_default_timeout(120_000)
    path = "notebooks/04_losses_and_likelihood.ipynb"
    page.goto(f"{server}/lab/tree/{path}?reset&token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.evaluate(RUN_ALL)
    yield page
    page.close()


def settled(page, picture):
    """What is shown once no further redraw arrives: a drag sends several."""
    while changes(page, picture, shown := picture.get_attribute("src"), seconds=1):
        pass
    return shown


def test_claim_and_slide(lesson):
    boxes = lesson.locator(".jupyter-widgets.widget-vbox:has(img.widget-image)")
    slide, claim = boxes.nth(0), boxes.nth(1)
    picture, handle = claim.locator("img.widget-image"), claim.locator(".noUi-handle")
    claim.scroll_into_view_if_needed()
    before = picture.get_attribute("src")
    at = handle.bounding_box()
    x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
    lesson.mouse.move(x, y)
    lesson.mouse.down()
    lesson.mouse.move(x + 60, y, steps=6)
    lesson.mouse.up()
    assert changes(lesson, picture, before), "a drag with the mouse changes nothing"
    before = settled(lesson, picture)
    handle.focus()
    handle.press("Home")  # below 0
    claim.get_by_text("above 0").wait_for()
    assert picture.get_attribute("src") == before, "the last good picture stays"
    handle.press("End")
    claim.get_by_text("above 0").wait_for(state="detached")  # it works again
    assert changes(lesson, picture, before)
    SHOTS.mkdir(parents=True, exist_ok=True)
    claim.screenshot(path=str(SHOTS / "04_losses-claim.png"))
    picture, slope = slide.locator("img.widget-image"), slide.locator(".noUi-handle")
    before = picture.get_attribute("src")
    slope.first.focus()
    slope.first.press("ArrowRight")
    assert changes(lesson, picture, before), "the line does not slide"
    slide.screenshot(path=str(SHOTS / "04_losses-slide.png"))
