import numpy as np
import pytest

from lenet_tf1.reading import rows


def places(lines, *, angle=0.0, step=20.0, spacing=40.0, height=24.0):
    """Middles and sizes of digits in lines, a blank for a gap: the sheet is turned by `angle`."""
    at = [(x * step, y * spacing) for y, line in enumerate(lines) for x, c in enumerate(line) if c != " "]
    c, s = np.cos(angle), np.sin(angle)
    centers = np.array(at) @ np.array([[c, s], [-s, c]])
    return centers, np.full([len(at), 2], (14.0, height))


def read(lines, **options):
    """What is read of the lines, whose digits have to be in order: as lines of words."""
    centers, sizes = places(lines, **options)
    characters = "".join(lines).replace(" ", "")
    order = np.random.default_rng(0).permutation(len(centers))
    found = rows.lines(centers[order], sizes[order])
    return [" ".join("".join(characters[order[i]] for i in word) for word in line) for line in found]


@pytest.mark.parametrize("angle", [0.0, 0.2, -0.3, 0.65, -0.65])
def test_rows_of_a_turned_sheet(angle):
    assert read(["12345", "678", "90123"], angle=angle) == ["12345", "678", "90123"]


def test_words_are_told_by_their_gaps():
    assert read(["12  345", "67  8"]) == ["12 345", "67 8"]


def test_a_column_is_read_downwards():
    assert read(["1", "2", "3", "4"]) == ["1", "2", "3", "4"]


def test_a_grid_is_read_by_rows():
    assert read(["1 2 3", "4 5 6", "7 8 9"], spacing=44) == ["123", "456", "789"]


def test_nothing():
    assert rows.lines(np.zeros([0, 2]), np.zeros([0, 2])) == []
