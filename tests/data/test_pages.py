import numpy as np
import pytest

from lenet_tf1.data import datasets
from lenet_tf1.data.pages import page as pages
from lenet_tf1.data.pages import things
from lenet_tf1.data.pages.contrast import local_contrast
from lenet_tf1.data.pages.glyphs import Glyphs
from lenet_tf1.data.pages.lettering import CAPITAL
from lenet_tf1.data.pages.pieces import encircle
from lenet_tf1.data.pages.writing import Mark, Sheet, a_hand


@pytest.fixture(scope="module")
def glyphs():
    split = datasets.load("mnist").validation
    return Glyphs(split.images, split.labels, 0, scale=0.01)


def a_sheet(glyphs, seed=0, angle=0.0):
    rng = np.random.default_rng(seed)
    return Sheet(glyphs, rng, a_hand(rng), 160, angle)


def ink_rows(sheet):
    return np.flatnonzero(sheet.ink.max(axis=1) > 100)


def test_a_page_is_a_function_of_its_numbers(glyphs):
    first = [pages.page(glyphs, 3, i) for i in range(30)]
    again = [pages.page(glyphs, 3, i) for i in reversed(range(30))][::-1]
    for one, other in zip(first, again, strict=True):
        assert one.marks == other.marks
        assert np.array_equal(one.grey, other.grey)
    assert not np.array_equal(first[0].grey, pages.page(glyphs, 4, 0).grey)


def test_batches_are_the_pages_of_their_step(glyphs):
    seen, wanted = pages.batch(glyphs, 3, step=2, size=4)
    assert seen.shape == (4, 160, 160, 1) and wanted.shape == (4, 40, 40, 8)
    assert np.array_equal(seen[1, ..., 0], local_contrast(pages.page(glyphs, 3, 9).grey))


def test_digits_of_every_class_and_pages_with_nothing(glyphs):
    made = [pages.page(glyphs, 0, i) for i in range(200)]
    assert {mark.label for one in made for mark in one.marks} >= set(range(10))
    assert any(not one.marks for one in made)
    assert all(one.grey.dtype == np.uint8 and one.grey.shape == (160, 160) for one in made)


def test_a_page_without_words_has_none(glyphs, monkeypatch):
    written = []
    monkeypatch.setattr(Sheet, "word", lambda sheet, x, y, height: written.append("word") or x + 40)
    letter = Sheet.letter

    def noted(sheet, x, y, height, *, in_word=False):
        written.extend(["word"] * in_word)
        return letter(sheet, x, y, height, in_word=in_word)

    monkeypatch.setattr(Sheet, "letter", noted)
    for number in range(60):
        pages.page(glyphs, 0, number, words=False)
    assert not written
    for number in range(60):
        pages.page(glyphs, 0, number)
    assert written


def test_targets_lead_back_to_the_digit():
    answer = pages.targets([Mark(7, (50, 60, 70, 90))])
    row, column = np.argwhere(answer[..., pages.HEAT] == 1)[0]
    dx, dy, log_width, log_height = answer[row, column, pages.BOX]
    assert (column + 0.5 + dx) * pages.STRIDE == pytest.approx(60)
    assert (row + 0.5 + dy) * pages.STRIDE == pytest.approx(75)
    assert np.exp([log_width, log_height]) * pages.STRIDE == pytest.approx([20, 30])
    assert answer[row, column, pages.LABEL] == 7


@pytest.mark.parametrize("box", [(50, 60, 54, 66), (20, 20, 100, 140), (158, 20, 178, 50)])
def test_what_is_too_small_too_large_or_outside_is_not_to_be_found(box):
    answer = pages.targets([Mark(7, box)])
    assert not answer[..., pages.HEAT].any() and answer[..., pages.WEIGHT].all()


def test_either_answer_is_right_for_what_is_unclear():
    answer = pages.targets([Mark(pages.UNCLEAR, (50, 60, 70, 90))])
    assert not answer[..., pages.HEAT].any() and answer[18, 15, pages.WEIGHT] == 0


def test_flat_paper_has_no_contrast_and_slow_light_little():
    assert not local_contrast(np.full([60, 80], 200, np.uint8)).any()
    slope = np.tile(np.linspace(100, 200, 400).astype(np.uint8), [200, 1])
    assert np.abs(local_contrast(slope)[60:-60, 60:-60]).max() < 0.5


def test_what_looks_like_a_digit_alone_is_a_letter_in_a_word(glyphs):
    labels = set()
    for seed in range(20):
        alone, words = a_sheet(glyphs, seed), a_sheet(glyphs, seed)
        for x in range(20, 150, 30):
            alone.letter(x, 80, 20)
            words.letter(x, 80, 20, in_word=True)
        assert np.array_equal(alone.ink, words.ink) and not words.marks
        labels |= {mark.label for mark in alone.marks}
    assert labels == {pages.UNCLEAR}


def test_printed_words_stand_on_their_line_and_are_no_digits(glyphs):
    sheet = a_sheet(glyphs)
    end = sheet.word(20, 80, 22)
    assert end > 20 and not sheet.marks
    columns = np.flatnonzero(sheet.ink.max(axis=0) > 100)
    assert columns[0] >= 18 and columns[-1] <= end + 1
    assert ink_rows(sheet)[0] > 80 - 1.2 * 22 and ink_rows(sheet)[-1] < 80 + 1.2 * 22
    askew = a_sheet(glyphs, angle=np.pi / 2)
    askew.word(20, 80, 22)
    assert abs(np.ptp(np.flatnonzero(askew.ink.max(axis=1) > 100)) - np.ptp(columns)) <= 2


def test_printed_words_are_as_high_as_said(glyphs):
    assert len(glyphs.words) >= 20
    for word in glyphs.words:
        assert word.dtype == np.uint8 and len(word) == 2 * CAPITAL and word.any()


def test_tails_hang_below_the_line(glyphs):
    own = glyphs.own
    (tailed,) = np.nonzero(own.tails > 0)
    assert set(own.labels[tailed]) == {7, 9}
    for i in tailed:
        sheet = a_sheet(glyphs)
        sheet.hand.slant = sheet.hand.unsteady = 0
        glyphs_of_one = type(own)(own.maps[[i]], own.labels[[i]], own.sizes[[i]], own.tails[[i]])
        sheet._write(glyphs_of_one, 0, 80, 60, 40, grey=False)
        rows = ink_rows(sheet)
        assert rows[0] == pytest.approx(40, abs=4)
        assert np.ptp(rows) > 44


def test_a_hollow_hand_draws_outlines(glyphs):
    filled, outlined = a_sheet(glyphs), a_sheet(glyphs)
    filled.hand.kind = outlined.hand.kind = "printed"  # which no other kind is mixed with
    filled.hand.pen = outlined.hand.pen = 0.25
    outlined.hand.hollow = True
    for sheet in (filled, outlined):
        sheet.digit(1, 80, 80, 100)
    assert filled.marks == outlined.marks
    left, top, right, bottom = outlined.marks[0].box
    assert filled.ink[(top + bottom) // 2, left:right].max() == 255
    assert np.count_nonzero(outlined.ink > 100) < 0.7 * np.count_nonzero(filled.ink > 100)
    assert not np.any(outlined.ink & ~filled.ink)


def test_digits_of_a_fading_hand_differ_in_strength(glyphs):
    strengths = []
    for fading in (0.0, 0.6):
        sheet = a_sheet(glyphs)
        sheet.hand.kind, sheet.hand.pen, sheet.hand.fading = "printed", 0.1, fading
        for x in range(20, 160, 30):
            sheet.digit(None, x, 80, 24)
        boxes = [mark.box for mark in sheet.marks]
        strengths.append([int(sheet.ink[top:bottom, left:right].max()) for left, top, right, bottom in boxes])
    even, uneven = strengths
    assert np.ptp(even) == 0
    assert np.ptp(uneven) > 20 and 0.35 * even[0] < min(uneven)


def test_a_ring_is_drawn_around_its_digit(glyphs):
    for seed in range(20):
        sheet = a_sheet(glyphs, seed)
        sheet.hand.kind = "printed"  # no tails that reach out of it
        width = sheet.digit(None, 80, 80, 40)
        digit = sheet.ink.copy()
        encircle(sheet, 80, 80, width, 40)
        assert len(sheet.marks) == 1
        left, top, right, bottom = sheet.marks[0].box
        rows, columns = np.nonzero(sheet.ink > digit)
        assert columns.min() < left and columns.max() > right and rows.min() < top and rows.max() > bottom


@pytest.mark.parametrize("thing", [things.pen, things.finger])
def test_a_thing_covers_some_of_a_page_and_hides_no_digit(thing):
    middle = [Mark(3, (60, 60, 100, 100))]
    lies, refused = 0, 0
    for seed in range(60):
        cover, level = thing(np.random.default_rng(seed))
        assert cover.shape == level.shape == (160, 160) and cover.dtype == level.dtype == np.float32
        assert cover.min() >= 0 and cover.max() <= 1 and level.min() >= 0 and level.max() <= 255
        alone, beside = np.full([2, 160, 160], 120, np.float32)
        pages._lay_on(alone, (cover, level), [])
        pages._lay_on(beside, (cover, level), middle)
        lies += np.abs(alone - 120).max() > 5
        assert np.abs(beside - 120)[60:100, 60:100].max() <= 0.1 * 255  # a shadow's edge
        refused += not np.array_equal(alone, beside)
        assert np.array_equal(beside, alone) or np.all(beside == 120)
    assert lies >= 50
    assert 0 < refused < lies if thing is things.pen else not refused
