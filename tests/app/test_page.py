"""The page in headless Chromium, used as people use it."""

import re
import time

import pytest
from browsing import SEVEN, ZERO, draw, reads
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api", reason="pip install '.[test]' brings Playwright")


def test_draw_one_then_two_undo_and_clear(open_page):
    page = open_page()
    playwright.expect(page.locator("#hint")).to_be_visible()
    draw(page, ZERO, 60)
    reads(page, "0")
    playwright.expect(page.locator("#hint")).to_be_hidden()
    draw(page, SEVEN, 300)
    reads(page, "07")
    assert page.locator("#boxes span").count() == 2
    page.click("#undo")
    reads(page, "0")
    page.click("#clear")
    reads(page, "")
    playwright.expect(page.locator("#hint")).to_be_visible()
    playwright.expect(page.locator("#undo")).to_be_disabled()


def test_it_is_recognised_while_the_pen_is_down(open_page):
    page = open_page()
    box = page.locator("#canvas").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 60)
    page.mouse.down()
    for y in range(60, 260, 5):
        page.mouse.move(box["x"] + 300, box["y"] + y)
        time.sleep(0.01)
    reads(page, "1")
    page.mouse.up()


def test_the_network_at_work(open_page):
    page = open_page()
    draw(page, ZERO, 60)
    reads(page, "0")
    captions = page.locator("#scopes figcaption")
    playwright.expect(captions).to_have_count(6)
    assert [text.split()[0] for text in captions.all_inner_texts()] == [
        "conv2",
        "pool3",
        "conv4",
        "pool5",
        "fc6",
        "fc7",
    ]
    bars = page.locator(".bar")
    assert bars.count() == 10
    assert bars.nth(0).inner_text().split()[0] == "0"
    draw(page, SEVEN, 300)
    reads(page, "07")
    page.locator("#digits button").nth(0).click()
    playwright.expect(page.locator("#digits button").nth(0)).to_have_attribute("aria-selected", "true")


def test_a_picture_that_has_to_wait_is_sent_again(browser, address, tmp_path, mnist):
    path = tmp_path / "seven.png"
    Image.fromarray(255 - mnist.test.images[0]).resize([280, 280]).save(path)
    page, refused = browser.new_page(locale="en"), []

    def refuse_once(route):
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        return route.fulfill(status=503, headers={"Retry-After": "1"}, json={"error": "others are being read"})

    page.route("**/recognize-with-heat", refuse_once)
    page.goto(address)
    page.locator("#about:not(:empty)").wait_for()
    page.set_input_files("#file", str(path))
    playwright.expect(page.locator("#message")).to_contain_text("in a moment")
    reads(page, "7")
    assert refused
    page.close()


def test_a_picture_from_a_file_dropped_and_pasted(open_page, tmp_path, mnist):
    path = tmp_path / "seven.png"
    Image.fromarray(255 - mnist.test.images[0]).resize([280, 280]).save(path)
    page = open_page()
    page.set_input_files("#file", str(path))
    reads(page, "7")
    playwright.expect(page.locator("#picture")).to_be_visible()
    playwright.expect(page.locator("#heat figcaption").first).to_have_text("× 1  70 × 70 × 1")
    for kind in ("drop", "paste"):
        page.click("#clear")
        reads(page, "")
        give = """([bytes, kind]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "seven.png", {type: "image/png"}));
            const options = {bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data};
            const event = kind === "drop" ? new DragEvent("drop", options) : new ClipboardEvent("paste", options);
            document.body.dispatchEvent(event);
        }"""
        page.evaluate(give, [list(path.read_bytes()), kind])
        reads(page, "7")
    draw(page, ZERO, 60)  # a stroke takes the picture's place
    reads(page, "0")
    playwright.expect(page.locator("#picture")).to_be_hidden()
    playwright.expect(page.locator("#finding")).to_be_hidden()


def test_a_finger_on_a_phone(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator("#canvas").bounding_box()
    session = page.context.new_cdp_session(page)
    points = [(box["x"] + 100 + 12 * a, box["y"] + 50 + 12 * b) for a, b in [(0, 0), (4, 0), (9, 0), (6, 7), (4, 14)]]
    for i, (x, y) in enumerate(points):
        kind = "touchMove" if i else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    reads(page, "7")
    assert page.evaluate("window.scrollY") == 0  # the finger drew, and didn't scroll


def test_the_keyboard_alone(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    playwright.expect(page.locator("#canvas")).to_be_focused()
    for _ in range(6):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    reads(page, "1")
    page.keyboard.press("Control+z")
    reads(page, "")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    reads(page, "")


def test_chinese_and_english(open_page):
    assert open_page(locale="zh-CN").locator("#clear").inner_text() == "清空"
    assert open_page(locale="de-DE").locator("#clear").inner_text() == "Clear"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ink_is_seen_in_light_and_dark(open_page, scheme):
    page = open_page(color_scheme=scheme)
    draw(page, ZERO, 60)
    reads(page, "0")
    style = "getComputedStyle(document.querySelector('{}')).{}"
    colors = [page.evaluate(style.format(*what)) for what in (("body", "color"), ("#paper", "backgroundColor"))]
    ink, paper = (sum(int(part) for part in re.findall(r"\d+", color)[:3]) for color in colors)
    assert abs(ink - paper) > 400


def test_what_is_undone_while_it_is_drawn_is_gone(open_page):
    page = open_page()
    draw(page, ZERO, 60)
    reads(page, "0")
    box = page.locator("#canvas").bounding_box()
    for key in ("Control+z", "Escape"):
        page.mouse.move(box["x"] + 400, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 400, box["y"] + 120)
        page.keyboard.press(key)
        page.mouse.move(box["x"] + 400, box["y"] + 280, steps=4)
        page.mouse.up()
        reads(page, "0" if key == "Control+z" else "")
    page.focus("#canvas")
    for key in ("Space", "ArrowDown", "Control+z", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    reads(page, "")
    draw(page, SEVEN, 100)
    reads(page, "7")
