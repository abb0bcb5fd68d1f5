import numpy as np
import pytest
from PIL import Image
from test_images import encoded

from lenet_tf1.data.images import decode
from lenet_tf1.data.ink import find_ink
from lenet_tf1.data.normalize import as_mnist


def test_nothing():
    assert not find_ink(np.full([50, 50], 77, np.uint8)).any()
    assert not find_ink(np.zeros([1, 1], np.uint8)).any()


@pytest.mark.parametrize("paper", [255, 200, 30, 0])
def test_dark_on_light_or_light_on_dark(paper):
    grey = np.full([100, 100], paper, np.uint8)
    grey[20:80, 45:55] = 255 - paper if paper in (0, 255) else paper - 150 if paper > 100 else paper + 150
    ink = find_ink(grey)
    assert (ink[22:78, 47:53] == 255).all()
    assert not ink[:15].any()
    assert not ink[:, :35].any()


def test_white_ink_on_nothing_is_seen(mnist):
    seven = Image.fromarray(mnist.test.images[0]).resize([112, 112])
    for color in ("white", "black", "#c02020"):
        picture = Image.new("RGBA", seven.size, color)
        picture.putalpha(seven)
        fitted = as_mnist(find_ink(decode(encoded(picture))))
        assert np.corrcoef(fitted.ravel(), mnist.test.images[0].ravel())[0, 1] > 0.8, color


def test_a_shadow_is_paper():
    grey = np.tile(np.linspace(240, 90, 300), [200, 1])
    grey[50:150, 80:92] *= 0.4
    ink = find_ink(grey.astype(np.uint8)) > 0
    assert ink[55:145, 82:90].all()
    assert not ink[:, :70].any()
    assert not ink[:, 105:].any()


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("pen", [30, 160])
def test_rules_are_paper_and_what_they_cross_stays_whole(turned, pen):
    plain = np.full([300, 300], 245, np.uint8)
    plain[60:240, 145:157] = pen
    ruled = plain.copy()
    for row in range(30, 300, 60):
        ruled[row : row + 2] = np.minimum(ruled[row : row + 2], 160)
    alone, found = (find_ink(grey.T.copy() if turned else grey) for grey in (plain, ruled))
    assert (found[alone > 200] > 200).all()
    assert np.count_nonzero(found[alone == 0]) < 0.002 * found.size


def test_a_pens_level_stroke_is_no_rule():
    grey = np.full([300, 300], 245, np.uint8)
    grey[145:155, 90:210] = 30
    assert (find_ink(grey)[147:153, 95:205] == 255).all()
