import cv2
import numpy as np
import pytest

from lenet_tf1.data.hands import drawing
from lenet_tf1.data.preparation import DARK_ON_LIGHT, HANDWRITING, LIGHT_ON_DARK, as_one, as_whole, preparation_of


def garments(n=300):
    """Light shapes that fill the frame from top to bottom."""
    images = np.zeros([n, 28, 28], np.uint8)
    images[:, :, 6:22] = np.random.default_rng(0).integers(90, 256, [n, 28, 16])
    return images


def test_mnist_and_our_hands_are_handwriting(mnist):
    assert preparation_of(mnist.train.images) == HANDWRITING
    images, _ = drawing.drawn(300, 0, processes=1)
    assert preparation_of(images) == HANDWRITING


def test_what_fills_its_frame_is_taken_whole():
    assert preparation_of(garments()) == LIGHT_ON_DARK


def test_the_other_polarity_is_noticed(mnist):
    assert preparation_of(255 - mnist.train.images[:500]) == DARK_ON_LIGHT
    assert preparation_of(255 - garments()) == DARK_ON_LIGHT


@pytest.mark.parametrize("preparation", [LIGHT_ON_DARK, DARK_ON_LIGHT])
def test_a_picture_as_it_was_trained_stays_as_it_is(mnist, preparation):
    image = mnist.test.images[0] if preparation == LIGHT_ON_DARK else 255 - mnist.test.images[0]
    assert np.array_equal(as_whole(image, preparation), image)
    assert np.array_equal(as_whole(255 - image, preparation), image)  # and of the other polarity it is turned


def test_others_are_made_square_and_small():
    grey = np.full([300, 100], 250, np.uint8)
    grey[100:200, 40:60] = 20
    image = as_whole(grey, LIGHT_ON_DARK)
    assert image.shape == (28, 28)
    assert np.abs(image[:, 0].astype(int) - 5).max() <= 1  # its paper goes on beside it
    assert image[14, 14] > 200
    assert as_whole(np.full([1, 1], 7, np.uint8), LIGHT_ON_DARK).shape == (28, 28)


def test_a_picture_of_one_digit_becomes_what_it_was_made_of(mnist):
    image = mnist.test.images[0]
    paper = np.full([900, 700], 230, np.uint8)
    paper[100:660, 100:660] -= cv2.resize(image, (560, 560), interpolation=cv2.INTER_CUBIC) // 2
    found = as_one(paper, HANDWRITING)
    assert np.corrcoef(found.ravel(), image.ravel())[0, 1] > 0.85
    assert np.array_equal(as_one(image, LIGHT_ON_DARK), image)
