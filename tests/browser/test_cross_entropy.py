"""Lesson 02's widgets in JupyterLab: dragged, clicked, and moved by keyboard."""

from lab import SHOTS, changes, drag, opened, widgets


def test_forecast_and_humps(server, browser):
    page = opened(server, browser, "02_cross_entropy_and_kl")
    boxes = widgets(page)
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
