import numpy as np

from lenet_tf1.reading.decoder import Found, decode, distinct, evidence, mixed, strong
from lenet_tf1.reading.detector import Candidates, detect, scales


def candidates(*places):
    """Candidates of (x, y, size, label, heat, level), half as wide as high."""
    x, y, size, label, heat, level = (np.array(column) for column in zip(*places, strict=True))
    digits = np.full([len(places), 10], 0.01)
    digits[np.arange(len(places)), label] = 0.91
    sizes = np.column_stack([size / 2, size])
    return Candidates(np.column_stack([x, y]).astype(float), sizes, heat, digits, level, 1 / 1.4 ** np.arange(8))


def three(x, y, size, label, heat):
    """One digit, as three sizes of the picture show it."""
    first = int(np.ceil(np.log(size / 44) / np.log(1.4)))
    return [(x + k, y - k, size + k, label, heat - 0.05 * k, max(first, 0) + k) for k in range(3)]


def test_what_several_sizes_of_the_picture_show_is_one_digit():
    found = decode(candidates(*three(50, 60, 40, 7, 0.9)))
    assert len(found) == 1
    assert found.digits.argmax() == 7 and found.scores[0] > 0.8
    assert np.abs(found.centers[0] - (50, 60)).max() < 2


def test_a_loop_within_a_digit_is_no_digit():
    found = decode(candidates(*three(50, 60, 80, 8, 0.85), *three(50, 40, 34, 0, 0.9)))
    assert found.digits.argmax(axis=1).tolist() == [8]


def test_a_ring_around_a_clear_digit_is_no_0():
    ring = three(50, 60, 90, 0, 0.9)
    for x, y, label, wanted in ((52, 62, 7, 7), (52, 62, 0, 0), (50, 85, 7, 0)):
        found = decode(candidates(*ring, *three(x, y, 45, label, 0.4)))
        assert found.digits.argmax(axis=1).tolist() == [wanted]
        assert found.scores[0] > 0.8


def test_what_is_much_smaller_than_the_pages_digits_is_none():
    row = [place for k in range(4) for place in three(30 + 40 * k, 60, 40, k, 0.9)]
    found = decode(candidates(*row, *three(100, 120, 14, 1, 0.95)))
    assert sorted(found.digits.argmax(axis=1)) == [0, 1, 2, 3]


def test_a_clear_digit_may_be_almost_half_as_large_as_the_others():
    row = [place for k in range(4) for place in three(30 + 50 * k, 60, 44, 7, 0.9)]
    for heat, wanted in ((0.97, 5), (0.75, 4)):
        assert len(decode(candidates(*row, *three(230, 66, 23.5, 0, heat)))) == wanted


def test_a_faint_digit_counts_in_the_row_of_sure_ones_but_no_faint_one():
    row = [place for k in range(3) for place in three(30 + 50 * k, 60, 40, 4, 0.9)]
    for label, y, wanted in ((7, 62, 4), (1, 62, 3), (7, 90, 3)):
        assert len(decode(candidates(*row, *three(205, y, 42, label, 0.46)))) == wanted


def test_a_doubtful_digit_counts_beside_a_sure_one():
    alone = candidates(*three(30, 60, 40, 3, 0.55))
    beside = candidates(*three(30, 60, 40, 3, 0.55), *three(65, 60, 40, 4, 0.95))
    assert len(decode(alone)) == 0
    assert len(decode(beside)) == 2


def test_two_ones_side_by_side_stay_two():
    found = decode(candidates(*three(50, 60, 40, 1, 0.9), *three(66, 60, 40, 1, 0.9)))
    assert len(found) == 2


def test_nothing_in_nothing():
    def ask(x):
        places = (1, x.shape[1] // 4, x.shape[2] // 4)
        return np.full([*places, 1], -9.0), np.zeros([*places, 10]), np.zeros([*places, 4])

    for shape in ((1, 1), (28, 28), (3, 900), (700, 500)):
        assert len(decode(detect(np.full(shape, 200, np.uint8), ask))) == 0


def test_large_pictures_are_made_smaller_and_small_ones_larger():
    assert scales((3000, 4000))[0] < 0.5
    assert scales((28, 28))[0] == 2
    assert scales((480, 640))[0] == 1


def test_an_opinion_is_mixed_in():
    found = decode(candidates(*three(50, 60, 40, 7, 0.9)))
    other = np.zeros([1, 10])
    other[0, 1] = 1
    assert mixed(found, other, 0.9).digits.argmax() == 1


def test_what_shines_through_is_left_out_even_if_it_is_more():
    assert (
        strong(np.array([0.12, 0.6, 0.1, 0.55, 0.09, 0.11, 0.1])).tolist() == [False, True, False, True] + [False] * 3
    )
    assert strong(np.array([0.9, 0.7, 0.5, 0.38, 0.3])).all()  # a pen that runs dry
    assert strong(np.array([0.2])).all()
    assert strong(np.zeros(0)).shape == (0,)


def test_a_smudge_is_doubtful_and_pale():
    probabilities, strengths = np.array([0.99, 0.95, 0.5, 0.5, 0.8]), np.array([0.7, 0.8, 0.4, 0.6, 0.4])
    assert distinct(probabilities, strengths).tolist() == [True, True, False, True, True]
    assert distinct(np.array([0.5, 0.3, 0.9]), np.array([0.9, 0.9, 0.9])).all()  # beside a certain one
    assert distinct(np.array([0.5, 0.7]), np.array([0.1, 0.9])).all()  # nothing tells how strong digits are here
    assert not distinct(np.array([0.3, 0.6]), np.array([0.1, 0.03])).any()  # grain
    assert distinct(np.zeros(0), np.zeros(0)).shape == (0,)


def test_a_digit_that_is_sure_is_more_evidence_than_several_that_are_doubtful():
    def read(*probabilities):
        n = len(probabilities)
        digits = np.array([[p, *[(1 - p) / 9] * 9] for p in probabilities])
        return evidence(Found(np.zeros([n, 2]), np.ones([n, 2]), np.full(n, 0.8), digits))

    assert read(0.95) > read(0.6, 0.7, 0.6)
    assert read(0.95, 0.95) > read(0.95)
