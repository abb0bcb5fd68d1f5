"""The page in headless Chromium, used as people use it."""

import math
import re
import shutil
import subprocess
import sys
import time

import pytest
from PIL import Image

playwright = pytest.importorskip("playwright.sync_api", reason="pip install '.[test]' brings Playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
if CHROMIUM is None:
    pytest.skip("no Chromium is installed; apt-get install chromium would bring one", allow_module_level=True)

ZERO = [(5 + 4 * math.sin(t / 8), 7 - 7 * math.cos(t / 8)) for t in range(52)]
SEVEN = [(0, 0), (9, 0), (4, 14)]


@pytest.fixture(scope="module")
def address(page_run):
    command = [sys.executable, "-m", "lenet_tf1.app", "--run-dir", str(page_run), "--port", "0", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        line = server.stdout.readline()
        yield line.split()[4].rstrip(".")
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def browser():
    playwright.expect.set_options(timeout=30_000)  # a busy machine may take its time
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=options)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser, address):
    """Open the page with such settings of the browser; at the end nothing has left the machine, or gone wrong."""
    requests, errors, contexts = [], [], []

    def open_with(**settings):
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        page.locator("#about:not(:empty)").wait_for()
        return page

    yield open_with
    for context in contexts:
        context.close()
    assert errors == []
    assert all(url.startswith((address, "data:", f"blob:{address}")) for url in requests), requests


def draw(page, points, left, top=60, scale=14):
    box = page.locator("#canvas").bounding_box()
    x, y = box["x"] + left, box["y"] + top
    page.mouse.move(x + points[0][0] * scale, y + points[0][1] * scale)
    page.mouse.down()
    for a, b in points[1:]:
        page.mouse.move(x + a * scale, y + b * scale, steps=3)
    page.mouse.up()


def reads(page, text):
    playwright.expect(page.locator("#text")).to_have_text(text)


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
