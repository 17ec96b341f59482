"""The claimed σ of lesson 04 in a real browser: mouse, keyboard, and σ ≤ 0."""

from lab import SHOTS, changes, drag, opened, settled, widgets


def test_claim_and_slide(server, browser):
    page = opened(server, browser, "04_losses_and_likelihood")
    boxes = widgets(page)
    slide, claim = boxes.nth(0), boxes.nth(1)
    picture, handle = claim.locator("img.widget-image"), claim.locator(".noUi-handle")
    before = picture.get_attribute("src")
    drag(page, handle, 60)
    assert changes(page, picture, before), "a drag with the mouse changes nothing"
    before = settled(page, picture)
    handle.focus()
    handle.press("Home")  # below 0
    claim.get_by_text("above 0").wait_for()
    assert picture.get_attribute("src") == before, "the last good picture stays"
    handle.press("End")
    claim.get_by_text("above 0").wait_for(state="detached")  # it works again
    assert changes(page, picture, before)
    claim.screenshot(path=str(SHOTS / "04_losses-claim.png"))
    picture, slope = slide.locator("img.widget-image"), slide.locator(".noUi-handle")
    before = picture.get_attribute("src")
    slope.first.focus()
    slope.first.press("ArrowRight")
    assert changes(page, picture, before), "the line does not slide"
    slide.screenshot(path=str(SHOTS / "04_losses-slide.png"))
