import numpy as np

from lenet_tf1.reading.segmentation import cut, find_lines, join


def ink(*boxes, shape=(300, 800)):
    """Filled rectangles (left, top, width, height), which hang together with nothing."""
    canvas = np.zeros(shape, np.uint8)
    for left, top, width, height in boxes:
        canvas[top : top + height, left : left + width] = 255
    return canvas


def boxes(lines):
    return [[[character.box for character in word] for word in line] for line in lines]


def test_nothing():
    assert find_lines(ink()) == []


def test_left_to_right_and_top_to_bottom():
    a, b, c, d = (50, 20, 40, 80), (110, 25, 40, 80), (60, 180, 40, 80), (120, 170, 40, 80)
    assert boxes(find_lines(ink(d, b, c, a))) == [[[a, b]], [[c, d]]]


def test_a_wide_gap_parts_words():
    row = [(50 + x, 20, 40, 80) for x in (0, 60, 120, 300, 360)]
    assert boxes(find_lines(ink(*row))) == [[row[:3], row[3:]]]


def test_evenly_wide_gaps_part_nothing():
    row = [(20 + 120 * i, 20, 40, 80) for i in range(6)]
    assert boxes(find_lines(ink(*row))) == [[row]]


def test_a_line_may_slope():
    row = [(20 + 70 * i, 20 + 25 * i, 40, 80) for i in range(8)]
    assert boxes(find_lines(ink(*row))) == [[row]]


def test_strokes_over_each_other_are_one_character():
    bar, body, other = (60, 20, 50, 12), (55, 40, 50, 80), (140, 20, 40, 100)
    assert boxes(find_lines(ink(bar, body, other))) == [[[(55, 20, 55, 100), other]]]


def test_two_rounds_that_nearly_touch_are_an_8_and_two_lines_are_none():
    above = (60, 20, 50, 50)
    assert boxes(find_lines(ink(above, (55, 72, 60, 55)))) == [[[(55, 20, 60, 107)]]]
    assert len(find_lines(ink(above, (55, 85, 60, 55)))) == 2


def test_ones_side_by_side_stay_apart():
    row = [(20 + 30 * i, 20, 10, 80) for i in range(6)]
    assert boxes(find_lines(ink(*row))) == [[row]]


def test_specks_are_left_out():
    digit = (50, 20, 40, 80)
    assert boxes(find_lines(ink(digit, (200, 200, 6, 6), (400, 50, 3, 3)))) == [[[digit]]]


def test_another_characters_ink_is_not_taken_along():
    canvas, first, second = (np.zeros([100, 200], np.uint8) for _ in range(3))
    first[10:90, 10:20] = first[80:90, 10:60] = 255  # an L
    second[10:70, 50:60] = second[10:20, 50:120] = 255  # within the L's box below its corner, but apart from its ink
    canvas[:] = np.maximum(first, second)
    ((word,),) = find_lines(canvas)
    assert [character.box for character in word] == [(10, 10, 50, 80), (50, 10, 70, 60)]
    for character, own in zip(word, (first, second), strict=True):
        left, top, width, height = character.box
        assert np.array_equal(character.ink, own[top : top + height, left : left + width])


def test_touching_characters_are_cut_where_there_is_least_ink():
    canvas = ink((50, 20, 40, 80), (95, 20, 40, 80), (90, 60, 5, 6))
    character = find_lines(canvas)[0][0][0]
    assert character.box == (50, 20, 85, 80)
    pieces = cut(character)
    edges = [piece.right for piece in pieces]
    assert any(abs(edge - 92) <= 4 for edge in edges)
    assert join(pieces).box == character.box
    assert np.array_equal(join(pieces).ink, character.ink)


def test_what_is_far_apart_or_too_wide_is_not_one():
    near, far = (find_lines(ink((50, 20, 40, 80), (left, 20, 40, 80)))[0][0] for left in (95, 140))
    assert join(near).box == (50, 20, 85, 80)
    assert join(far) is None
    wide = find_lines(ink((50, 20, 60, 80), (115, 20, 60, 80)))[0][0]
    assert join(wide) is None
