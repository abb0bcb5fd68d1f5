import numpy as np
import pytest

from lenet_tf1.data import datasets
from lenet_tf1.data.pages import page as pages
from lenet_tf1.data.pages.contrast import local_contrast
from lenet_tf1.data.pages.glyphs import Glyphs
from lenet_tf1.data.pages.writing import Mark


@pytest.fixture(scope="module")
def glyphs():
    split = datasets.load("mnist").validation
    return Glyphs(split.images, split.labels, 0, scale=0.01)


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
