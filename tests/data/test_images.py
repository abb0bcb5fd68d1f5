import io
import os
import threading
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from lenet_tf1.base.errors import InputError
from lenet_tf1.data import images


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def claiming(width, height):
    """A PNG file of a hundred rows whose header says that it is larger."""
    data = bytearray(encoded(Image.new("1", [100, 100])))
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


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


def test_sixteen_bits_with_a_transparent_colour(mnist):
    levels = (65535 - 257 * np.kron(mnist.test.images[0], np.ones([4, 4], np.uint16))).astype(np.uint16)
    plain = images.decode(encoded(Image.fromarray(levels)))
    assert np.array_equal(images.decode(encoded(Image.fromarray(levels), transparency=65535)), plain)
    assert len(np.unique(plain)) > 50


def test_one_pixel_too_many_is_refused_and_one_fewer_is_not(monkeypatch, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("L", [31, 29])))
    monkeypatch.setattr(images, "MAX_PIXELS", 31 * 29 - 1)
    with pytest.raises(InputError, match=r"a\.png has 31 x 29 pixels; 898 are the most"):
        images.read_picture(path)
    monkeypatch.setattr(images, "MAX_PIXELS", 31 * 29)
    assert images.read_picture(path).shape == (29, 31)


def test_what_claims_more_than_fifty_million_pixels_is_not_decoded():
    with pytest.raises(InputError, match=r"has 7072 x 7071 pixels; 50,000,000 are the most"):
        images.decode(claiming(7072, 7071))
    with pytest.raises(InputError, match=r"can be read"):  # within the limit: only then its data are looked at
        images.decode(claiming(7071, 7071))
    with pytest.raises(InputError, match=r"has too many pixels; 50,000,000 are the most"):  # Pillow refuses itself
        images.decode(claiming(60_000, 60_000))


def test_a_file_of_too_many_bytes(monkeypatch, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("L", [20, 20])))
    assert path.stat().st_size == 71
    monkeypatch.setattr(images, "_MOST_BYTES", 71)
    assert images.read_picture(path).shape == (20, 20)
    monkeypatch.setattr(images, "_MOST_BYTES", 70)
    with pytest.raises(InputError, match=r"a\.png can't be read \(it has more than 70 bytes\)"):
        images.read_picture(path)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"%PDF-1.7", b"<svg/>", bytes(1000)])
def test_what_is_no_picture_is_refused_in_a_sentence(data):
    with pytest.raises(InputError, match=r"the picture is no picture that can be read"):
        images.decode(data)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"none\.png can't be read \(No such file or directory\)"):
        images.read_picture(tmp_path / "none.png")


def test_threads_leave_the_processs_warnings_as_they_are():
    exif = b"Exif\0\0II*\0\x08\0\0\0\x05\0"  # five entries, it says, and holds none
    data = encoded(Image.new("L", [40, 20], "white"), "JPEG", exif=exif)
    assert images.decode(data).shape == (20, 40)  # and Pillow isn't asked, which would warn
    before = list(warnings.filters)
    start = threading.Barrier(8)

    def decode():
        start.wait()
        for _ in range(100):
            images.decode(data)

    threads = [threading.Thread(target=decode) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png can't be read \(it is no regular file\)"):
        images.read_picture(tmp_path / "a.png")


def test_large_pictures_are_the_same_in_bands(monkeypatch):
    """Of a picture that is converted in bands of rows, the grey and the channel that shows most are the whole's."""
    colours = np.random.default_rng(0).integers(0, 256, [67, 41, 4], np.uint8)
    yellow = np.full([67, 41, 4], 255, np.uint8)
    yellow[20:40, 10:30, 2] = 0
    for array in (colours, yellow, colours[..., :3], colours[..., 0]):
        data = encoded(Image.fromarray(array))
        monkeypatch.setattr(images, "_BAND", 10**9)
        whole = images.decode(data)
        monkeypatch.setattr(images, "_BAND", 41 * 5)
        assert np.array_equal(images.decode(data), whole)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_as_pillow_does(mode, kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    array = np.random.default_rng(0).integers(0, 256, [5, 9] if mode == "L" else [5, 9, 3], np.uint8)
    data = encoded(Image.fromarray(array), kind, exif=exif)
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert np.array_equal(images.decode(data), images.decode(encoded(turned.copy())))


def test_a_side_that_is_too_long():
    with pytest.raises(InputError, match=r"has 65536 x 1 pixels; 65,535 a side are the most"):
        images.decode(encoded(Image.new("L", [65_536, 1])))
    assert images.decode(encoded(Image.new("L", [65_535, 1]))).shape == (1, 65_535)
