import io

import hostile
import pytest
from PIL import Image

from lenet_tf1.base.errors import InputError
from lenet_tf1.data import containers


def decoded(data):
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK"])
def test_no_pixel_is_lost(kind, mode):
    picture = Image.effect_mandelbrot((60, 40), (-2, -1, 1, 1), 50).convert("RGB").convert(mode)
    for options in ({}, {"progressive": True}, {"interlace": 1, "comment": b"a comment"}):
        try:
            data = hostile.saved(picture, kind, **options)
        except (OSError, ValueError):
            pytest.skip(f"{kind} has no {mode}")
        assert decoded(containers.reduce(data).data) == decoded(data)


def test_what_only_describes_a_picture_goes():
    texts = hostile.chunk(b"tEXt", b"Title\0mine")
    data = hostile.png(5, 5, before=[texts])
    assert len(containers.reduce(data).data) == len(data) - len(texts)
    comment = hostile.segment(0xFE, b"mine")
    jpeg = hostile.jpeg_with(comment, 3)
    assert len(containers.reduce(jpeg).data) == len(jpeg) - 3 * len(comment)


def test_of_several_pictures_in_a_jpeg_the_first_stays():
    first, second = (hostile.saved(Image.new("L", [20, 10], grey), "JPEG") for grey in (0, 255))
    assert containers.reduce(first + second).data == first


def test_the_most_scans():
    assert containers.reduce(hostile.jpeg_of_scans(containers.MOST_SCANS - 1, side=50)).data.endswith(b"\xff\xd9")
    with pytest.raises(InputError, match="has 101 scans of 2,500 pixels or more"):
        containers.reduce(hostile.jpeg_of_scans(containers.MOST_SCANS, side=50))
    with pytest.raises(InputError, match="has 26 scans of 49,000,000 pixels or more"):
        containers.reduce(hostile.jpeg_of_scans(30, side=7000))


def test_the_most_segments_and_chunks():
    with pytest.raises(InputError, match="has more than 10,000 segments"):
        containers.reduce(hostile.jpeg_with(hostile.segment(0xFE), 10_000))
    with pytest.raises(InputError, match="has more than 50,000 chunks"):
        containers.reduce(hostile.png(50, 50, before=[hostile.chunk(b"prVt") * 50_000]))


def test_an_orientation_that_xmp_alone_tells():
    packet = b'http://ns.adobe.com/xap/1.0/\0<rdf tiff:Orientation="6"/>'
    assert containers.reduce(hostile.jpeg_with(hostile.segment(0xE1, packet), 1)).orientation == 6
    text = b"XML:com.adobe.xmp\0\0\0\0\0<tiff:Orientation>3</tiff:Orientation>"
    assert containers.reduce(hostile.png(5, 5, before=[hostile.chunk(b"iTXt", text)])).orientation == 3


@pytest.mark.parametrize("order", ["little", "big"])
def test_exif_orientation(order):
    def number(value, size):
        return value.to_bytes(size, order)

    def block(tag=0x0112, kind=3, value=8, count=1):
        value = number(value, 2) + bytes(2)
        entry = number(tag, 2) + number(kind, 2) + number(1, 4) + value
        return (b"II" if order == "little" else b"MM") + number(42, 2) + number(8, 4) + number(count, 2) + entry

    assert containers.exif_orientation(block()) == 8
    for other in (
        block(value=0),
        block(value=9),
        block(tag=0x010F),
        block(kind=2),
        block()[:15],
        block(tag=1, count=99),
    ):
        assert containers.exif_orientation(other) is None
    assert containers.exif_orientation(b"") is None
    assert containers.exif_orientation(b"no Exif at all") is None
