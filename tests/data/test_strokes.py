import itertools

import numpy as np

from lenet_tf1.data import strokes


def test_the_same_numbers_draw_the_same_ink():
    first, second = (strokes.draw(strokes.DIGITS["5"][0], np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)


def test_every_template_leaves_ink_where_mnist_has_it():
    rng = np.random.default_rng(0)
    for template in itertools.chain(*strokes.DIGITS.values(), strokes.OTHERS):
        ink = strokes.draw(template, rng, height=60)
        assert ink.max() == 255
        assert not ink[0].any()
        assert not ink[:, -1].any()
