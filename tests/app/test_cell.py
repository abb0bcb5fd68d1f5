"""One number taken apart on the page, in headless Chromium."""

import dataclasses
from importlib import resources

import numpy as np
import pytest
from browsing import LEDGER, SEVEN, ZERO, adds_up, check_ledger, draw, reads, settle
from conftest import networks

from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.model import variable_shapes
from lenet_tf1.inference.anatomy import take_apart
from lenet_tf1.inference.frozen import FrozenNetwork, HeldWeights
from lenet_tf1.inference.parts import packed
from lenet_tf1.recipes import find_recipe

playwright = pytest.importorskip("playwright.sync_api", reason="pip install '.[test]' brings Playwright")

SCOPES = ["input1", "conv2", "pool3", "conv4", "pool5", "fc6", "fc7"]


def drawn(open_page, **settings):
    page = open_page(**settings)
    draw(page, ZERO, 60)
    reads(page, "0")
    settle(page)
    return page


def test_numbers_add_up(open_page):
    """Those of random cells of each layer, and of the drawer's own table, to what the Session has."""
    page = drawn(open_page)
    page.evaluate("openCell(1, 0)")
    page.locator("#cell table").wait_for()
    for index, scope in enumerate(SCOPES):
        size = page.evaluate(f"outputs[{index}].values.length")
        told = page.evaluate(
            """async ([index, cells]) => {
                const told = [];
                for (const cell of cells) {
                    await openCell(index, cell);
                    told.push([document.querySelector("#cellName b").innerText, LEDGER]);
                }
                return told;
            }""".replace("LEDGER", LEDGER),
            [index, np.random.default_rng(index).integers(0, size, 20).tolist()],
        )
        for name, ledger in told:
            assert name == scope
            adds_up(*ledger)


def test_a_click_opens_a_number_and_from_there_it_goes_down_to_the_pixels(open_page):
    page = drawn(open_page)
    page.locator("#scopes canvas").nth(5).click(position={"x": 10, "y": 10})
    playwright.expect(page.locator("#cellName")).to_have_text("fc7 for 0")
    check_ledger(page)
    assert 5 <= page.locator(".inputs b").count() <= 10  # as many as five that raised it, and five that lowered it
    for scope in ("fc6", "pool5"):
        page.locator(".inputs button").first.click()
        playwright.expect(page.locator("#cellName b")).to_have_text(scope)
    for scope in ("conv4", "pool3", "conv2", "input1"):
        page.locator(".numbers button").last.click()
        playwright.expect(page.locator("#cellName b")).to_have_text(scope)
    for scope in ("conv2", "pool3", "conv4"):
        page.click("#cellBack")
        playwright.expect(page.locator("#cellName b")).to_have_text(scope)
    page.click("#cellClose")
    playwright.expect(page.locator("#cell")).to_be_hidden()


def test_every_map_below_can_be_looked_at(open_page):
    page = drawn(open_page)
    page.evaluate("openCell(3, 4711)")
    playwright.expect(page.locator(".strip button")).to_have_count(20)
    page.locator(".strip button").nth(7).click()
    playwright.expect(page.locator("#cell th").first).to_have_text("map 8: 25 products")
    check_ledger(page)
    kernel = page.locator(".grids .numbers").nth(1).inner_text().replace("−", "-").split()
    weights = page.evaluate("[...layers[3].weights].filter((_, i) => i % 50 === 11 && Math.floor(i / 50) % 20 === 7)")
    assert np.allclose([float(text) for text in kernel], weights, atol=0.0051)


def test_it_follows_the_drawing_and_the_chosen_digit(open_page):
    page = drawn(open_page)
    page.evaluate("openCell(6, 7)")
    page.locator("#cell table").wait_for()
    before = check_ledger(page)
    draw(page, SEVEN, 260)
    reads(page, "07")
    settle(page)
    assert check_ledger(page) > before
    page.locator("#digits button").first.click()
    settle(page)
    assert check_ledger(page) == before
    page.keyboard.press("Escape")  # closes the drawer, and then clears
    playwright.expect(page.locator("#cell")).to_be_hidden()
    reads(page, "07")
    page.keyboard.press("Escape")
    reads(page, "")


def test_by_keyboard(open_page):
    page = drawn(open_page)
    page.locator("#scopes canvas").nth(0).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    playwright.expect(page.locator("#cellName")).to_have_text("conv2 map 2, row 2, column 3")
    page.keyboard.press("ArrowDown")
    playwright.expect(page.locator("#cellName")).to_have_text("conv2 map 2, row 3, column 3")
    page.locator(".numbers button").first.focus()
    page.keyboard.press("Enter")
    playwright.expect(page.locator("#cellName")).to_have_text("input1 row 1, column 1")


def test_at_a_phones_width_and_in_chinese(open_page):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = drawn(open_page, locale="zh-CN", **phone)
    page.locator("#scopes canvas").nth(2).tap(position={"x": 60, "y": 40})
    playwright.expect(page.locator("#cellName")).to_contain_text("特征图")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("#cell").bounding_box()["y"] > 844 / 2  # the drawing area is free
    assert page.locator("#cellBody").evaluate("body => body.scrollWidth <= body.clientWidth")


def test_the_tour_comes_once_and_can_be_skipped(open_page):
    page = open_page(tour=True)
    playwright.expect(page.locator("#tour")).to_be_visible()
    draw(page, ZERO, 60)
    playwright.expect(page.locator("#tourCount")).to_have_text("2 / 3")
    page.click("#tourNext")
    playwright.expect(page.locator("#tourText")).to_contain_text("Click any number")
    page.click("#tourNext")
    playwright.expect(page.locator("#tour")).to_be_hidden()
    page.reload()
    page.locator("#about:not(:empty)").wait_for()
    playwright.expect(page.locator("#tour")).to_be_hidden()
    other = open_page(tour=True)
    other.click("#tourSkip")
    playwright.expect(other.locator("#tour")).to_be_hidden()


def test_the_tour_stays_away_where_nothing_can_be_kept(open_page, browser, address):
    page = open_page(locale="en")  # not the one that others use
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })")
    page.reload()
    page.locator("#about:not(:empty)").wait_for()
    playwright.expect(page.locator("#tour")).to_be_hidden()


def test_what_speaks_for_the_answer(open_page):
    page = drawn(open_page)
    pixels = "[...document.querySelector('#seen').getContext('2d').getImageData(0, 0, 28, 28).data].join()"
    looks = {page.evaluate(pixels)}
    for method in ("gradient", "integrated gradients", "Grad-CAM", "occlusion"):
        page.locator("#why label", has_text=method).first.click()
        playwright.expect(page.locator("#whyAbout")).to_contain_text("Blue speaks for 0, orange against it.")
        looks.add(page.evaluate(pixels))
    assert len(looks) == 5
    page.locator("#why label", has_text="off").click()
    playwright.expect(page.locator("#whyAbout")).to_be_empty()
    assert page.evaluate(pixels) in looks


@pytest.mark.parametrize("name", networks())
def test_numbers_of_every_network_add_up_to_the_sessions(browser, mnist, name):
    """Those of random cells of each layer, from the same weights, in fp32."""
    chance = np.random.default_rng(0)
    weights = {n: chance.normal(0, 0.1, s).astype(np.float32) for n, s in variable_shapes(name, 10).items()}
    recipe = dataclasses.replace(find_recipe("lenet"), network=name)
    with FrozenNetwork(HeldWeights(recipe, weights), extend=lambda model: None) as network:
        outputs = [output.ravel() for output in network.run_layers(mnist.test.images[0])[0].values()]
        layers = packed(take_apart(network), np.float32)
    cells = [chance.integers(0, output.size, 30).tolist() for output in outputs]
    page = browser.new_page()
    page.add_script_tag(content=resources.files("lenet_tf1").joinpath("static", "layers.js").read_text())
    told = page.evaluate(
        """([layers, outputs, pixels, cells]) => {
            const known = unpackLayers(layers);
            return cells.map((some, i) => some.map(cell => {
                const it = takeApart(known, outputs, pixels, i, cell);
                return [it.value, it.steps.length ? it.steps.at(-1).value : it.sum];
            }));
        }""",
        [layers, [o.tolist() for o in outputs], as_input(mnist.test.images[:1])[0].tolist(), cells],
    )
    page.close()
    for values, output, some in zip(told, outputs, cells, strict=True):
        value, added = np.array(values).T
        assert np.array_equal(value, output[some])
        assert np.allclose(added, value, rtol=1e-6, atol=1e-4)
