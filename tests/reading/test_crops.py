import cv2
import numpy as np
import pytest

from lenet_tf1.reading.crops import cut_out


def on_paper(image, side, paper, pen):
    ink = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    page = np.full([3 * side, 3 * side], paper, np.float32)
    page[side : 2 * side, side : 2 * side] += (pen - paper) * ink
    return page.astype(np.uint8)


@pytest.mark.parametrize(("paper", "pen"), [(230, 40), (40, 230)], ids=["dark on light", "light on dark"])
@pytest.mark.parametrize("side", [28, 112, 560])
def test_it_is_mnists_digit_again(mnist, side, paper, pen):
    alike = []
    for image in mnist.test.images[:30]:
        left, top, width, height = cv2.boundingRect(image)
        center, size = np.array([left + width / 2, top + height / 2]), np.array([width, height])
        cut, strength = cut_out(on_paper(image, side, paper, pen), side + center * side / 28, size * side / 28)
        assert cut.shape == (28, 28) and cut.dtype == np.uint8
        assert 0.5 < strength / (190 / paper) < 1.2
        moved = (np.roll(cut, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1))
        alike.append(max(np.corrcoef(one.ravel(), image.ravel())[0, 1] for one in moved))
    assert np.mean(alike) > 0.95


def test_what_reaches_in_from_the_side_is_left_out(mnist):
    image = mnist.test.images[1]
    page = on_paper(image, 112, 230, 40)
    alone, _ = cut_out(page, np.array([168.0, 168.0]), np.array([70.0, 84.0]))
    page[:, 212:224] = 40  # a cell's side
    beside, _ = cut_out(page, np.array([168.0, 168.0]), np.array([70.0, 84.0]))
    assert np.abs(alone.astype(int) - beside).max() < 10
