"""What the tests of pages in a browser share."""

import math
import time

import pytest

ZERO = [(5 + 4 * math.sin(t / 4), 7 - 7 * math.cos(t / 4)) for t in range(27)]
SEVEN = [(0, 0), (9, 0), (4, 14)]
# As who has been there before: the tour is over.
BEEN_HERE = "try { localStorage.setItem('lenet_tf1.tour', 'seen'); } catch { }"


class Opened:
    """Pages of one address, at the end of which nothing has left the machine, or gone wrong.

    The first with the usual settings is in `tab`, which others have used before: a new one takes longer.
    """

    def __init__(self, browser, address, tab=None):
        self.browser, self.address, self.tab = browser, address, tab
        self.requests, self.errors, self.opened = [], [], []
        self.heard = {
            "request": lambda request: self.requests.append(request.url),
            "console": lambda message: self.errors.append(message.text) if message.type == "error" else None,
            "pageerror": lambda error: self.errors.append(str(error)),
        }

    def __call__(self, *, tour=False, **settings):
        usual = self.tab and not tour and not settings and self.tab not in self.opened
        page = self.tab if usual else self.browser.new_context(**settings).new_page()
        self.opened.append(page)
        if not usual and not tour:
            page.add_init_script(BEEN_HERE)
        for event, listener in self.heard.items():
            page.on(event, listener)
        page.goto(self.address)
        page.locator("#about:not(:empty)").wait_for()
        return page

    def close(self):
        for page in self.opened:
            if page == self.tab:
                for event, listener in self.heard.items():
                    page.remove_listener(event, listener)
                page.goto("about:blank")
            else:
                page.context.close()
        assert self.errors == []
        ours = (self.address, "data:", f"blob:{self.address}")
        assert all(url.startswith(ours) for url in self.requests), self.requests


def draw(page, points, left, top=60, scale=14):
    page.evaluate("window.scrollTo(0, 0)")
    box = page.locator("#canvas").bounding_box()
    x, y = box["x"] + left, box["y"] + top
    page.mouse.move(x + points[0][0] * scale, y + points[0][1] * scale)
    page.mouse.down()
    for a, b in points[1:]:
        page.mouse.move(x + a * scale, y + b * scale)
    page.mouse.up()


def reads(page, text):
    from playwright.sync_api import expect

    expect(page.locator("#text")).to_have_text(text)


def settle(page):
    """Wait until what is shown is of the whole drawing."""
    deadline = time.monotonic() + 60
    while not page.evaluate(
        """async () => {
            if (busy || again || timer !== null || seen === null || !outputs.length) return false;
            const last = await source.look(seen.image);
            return last.at(-1).values.join() === outputs.at(-1).values.join();
        }"""
    ):
        assert time.monotonic() < deadline
        time.sleep(0.1)


# The number of the map that is open, and the drawer's rows.
LEDGER = """[outputs[opened.index].values[opened.cell],
    [...document.querySelectorAll('#cell tr')].map(row => [row.className, Number(row.cells[1].dataset.value)])]"""


def check_ledger(page):
    """What the drawer adds up, with its rows' own numbers, is the number of the map that is open; returns it."""
    return adds_up(*page.evaluate(LEDGER))


def adds_up(value, rows):
    assert rows[-1][1] == pytest.approx(value, abs=1e-4)
    sums = [i for i, (name, _) in enumerate(rows) if "sum" in name]
    if sums:
        assert sum(amount for _, amount in rows[: sums[0]]) == pytest.approx(rows[sums[0]][1], abs=1e-4)
    return value
