"""The pocket of lesson 01 in a real browser: mouse, keyboard, and an empty pocket."""

from lab import SHOTS, changes, drag, opened, settled, widgets


def test_mouse_keyboard_and_an_empty_pocket(server, browser):
    page = opened(server, browser, "01_entropy")
    box = widgets(page).first
    picture, handles = box.locator("img.widget-image"), box.locator(".noUi-handle")
    before = picture.get_attribute("src")
    drag(page, handles.nth(0), 60)
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
    box.screenshot(path=str(SHOTS / "01_entropy-pocket.png"))
