import io

import numpy as np
import pytest
from PIL import Image

from lenet_tf1 import images
from lenet_tf1.errors import InputError


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def test_mnists_own_digits_stay_what_they_are(mnist):
    moved = []
    for image in mnist.train.images[:200]:
        fitted = images.as_mnist(np.kron(image, np.ones([8, 8], np.uint8)))
        moved.append(np.corrcoef(fitted.ravel(), image.ravel())[0, 1])
    assert np.mean(moved) > 0.93


@pytest.mark.parametrize("shape", [(300, 40), (40, 300), (200, 200), (5, 5), (1, 1)])
def test_the_box_is_20_and_keeps_its_shape(shape):
    fitted = images.as_mnist(np.pad(np.full(shape, 255, np.uint8), ((7, 3), (2, 9))))
    assert fitted.shape == (28, 28)
    rows, columns = np.nonzero(fitted)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert max(height, width) == 20
    assert height / width == pytest.approx(shape[0] / shape[1], rel=0.2)


def test_the_centre_of_mass_is_in_the_middle():
    ink = np.zeros([100, 100], np.uint8)
    ink[:, 10:30] = 255
    ink[80:, 10:90] = 255
    fitted = images.as_mnist(ink).astype(float)
    assert (fitted.sum(axis=1) @ np.arange(28)) / fitted.sum() == pytest.approx(14, abs=0.6)
    assert (fitted.sum(axis=0) @ np.arange(28)) / fitted.sum() == pytest.approx(14, abs=0.6)


def test_a_thin_pen_does_not_fade_away():
    ink = np.zeros([400, 400], np.uint8)
    ink[50:350, 200:203] = 255
    ink[50:53, 120:280] = 255
    assert images.as_mnist(ink).max() > 200


def test_nothing_stays_nothing():
    assert not images.as_mnist(np.zeros([50, 50], np.uint8)).any()
    assert not images.find_ink(np.full([50, 50], 77, np.uint8)).any()
    assert not images.find_ink(np.zeros([1, 1], np.uint8)).any()


@pytest.mark.parametrize("paper", [255, 200, 30, 0])
def test_dark_on_light_or_light_on_dark(paper):
    grey = np.full([100, 100], paper, np.uint8)
    grey[20:80, 45:55] = 255 - paper if paper in (0, 255) else paper - 150 if paper > 100 else paper + 150
    ink = images.find_ink(grey)
    assert (ink[22:78, 47:53] == 255).all()
    assert not ink[:15].any()
    assert not ink[:, :35].any()


def test_a_picture_on_its_side_is_turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = Image.new("L", [40, 20], "white")
    assert images.decode(encoded(wide, "JPEG", exif=exif)).shape == (40, 20)


def test_the_colour_that_shows_most_counts():
    yellow = Image.new("RGB", [40, 40], "white")
    yellow.paste((255, 255, 0), [10, 10, 30, 30])
    grey = images.decode(encoded(yellow))
    assert int(grey[0, 0]) - int(grey[20, 20]) > 200


def test_what_is_transparent_is_paper():
    clear = Image.new("RGBA", [40, 40], (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), [10, 10, 30, 30])
    grey = images.decode(encoded(clear))
    assert grey[0, 0] == 255
    assert grey[20, 20] == 0


def test_too_many_pixels_are_not_decoded():
    data = bytearray(encoded(Image.new("1", [100, 100])))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    with pytest.raises(InputError, match=r"has 60000 x 60000 pixels; 50,000,000 are the most|can be read"):
        images.decode(bytes(data))


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"%PDF-1.7", b"<svg/>", bytes(1000)])
def test_what_is_no_picture_is_refused_in_a_sentence(data):
    with pytest.raises(InputError, match=r"the picture is no picture that can be read"):
        images.decode(data)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"none\.png can't be read \(No such file or directory\)"):
        images.read_picture(tmp_path / "none.png")


def test_white_ink_on_nothing_is_seen(mnist):
    seven = Image.fromarray(mnist.test.images[0]).resize([112, 112])
    for ink in ("white", "black", "#c02020"):
        picture = Image.new("RGBA", seven.size, ink)
        picture.putalpha(seven)
        grey = images.decode(encoded(picture))
        fitted = images.as_mnist(images.find_ink(grey))
        assert np.corrcoef(fitted.ravel(), mnist.test.images[0].ravel())[0, 1] > 0.8, ink


def test_sixteen_bits_with_a_transparent_colour(mnist):
    levels = (65535 - 257 * np.kron(mnist.test.images[0], np.ones([4, 4], np.uint16))).astype(np.uint16)
    plain = images.decode(encoded(Image.fromarray(levels)))
    assert np.array_equal(images.decode(encoded(Image.fromarray(levels), transparency=65535)), plain)
    assert len(np.unique(plain)) > 50


def test_decoders_warnings_are_not_printed(capsys, recwarn):
    pixels = Image.new("1", (12000, 9000))
    with pytest.raises(InputError, match="has 12000 x 9000 pixels; 50,000,000 are the most"):
        images.decode(encoded(pixels))
    with pytest.raises(InputError, match="has too many pixels; 50,000,000 are the most"):
        images.decode(encoded(Image.new("1", (20000, 9500))))
    assert not recwarn.list
    assert capsys.readouterr() == ("", "")
