import numpy as np
import pytest

from lenet_tf1.data import datasets
from lenet_tf1.data.pages import page as pages
from lenet_tf1.data.pages.contrast import local_contrast
from lenet_tf1.data.pages.glyphs import Glyphs
from lenet_tf1.data.pages.lettering import CAPITAL
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
    for seed in range(20):
        alone, words = a_sheet(glyphs, seed), a_sheet(glyphs, seed)
        for x in range(20, 150, 30):
            alone.letter(x, 80, 20)
            words.letter(x, 80, 20, in_word=True)
        assert np.array_equal(alone.ink, words.ink) and not words.marks
        assert {mark.label for mark in alone.marks} <= {pages.UNCLEAR}


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
    assert set(own.labels[tailed]) <= {7, 9}
    for i in tailed:
        sheet = a_sheet(glyphs)
        sheet.hand.slant = sheet.hand.unsteady = 0
        glyphs_of_one = type(own)(own.maps[[i]], own.labels[[i]], own.sizes[[i]], own.tails[[i]])
        sheet._write(glyphs_of_one, 0, 80, 60, 40, grey=False)
        rows = ink_rows(sheet)
        assert rows[0] == pytest.approx(40, abs=4)
        assert np.ptp(rows) > 44
