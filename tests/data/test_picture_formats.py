import io
import os

import numpy as np
import pytest
from PIL import Image, features

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Recorded
from lenet_tf1.data import images, picture_formats


@pytest.fixture
def drawing():
    """A black rectangle on white, 40 x 30 pixels."""
    image = Image.new("RGB", [40, 30], "white")
    image.paste("black", [10, 5, 25, 20])
    return image


def seen(grey):
    assert grey.shape == (30, 40)
    assert grey[2, 2] > 240
    assert grey[12, 17] < 15


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".png", "PNG"),
        (".jpg", "JPEG"),
        (".jfif", "JPEG"),
        (".bmp", "BMP"),
        (".gif", "GIF"),
        (".webp", "WEBP"),
        (".tif", "TIFF"),
        (".tiff", "TIFF"),
        (".ppm", "PPM"),
        (".pgm", "PPM"),
        (".avif", "AVIF"),
    ],
)
def test_each_format(drawing, tmp_path, suffix, kind):
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow is built without AVIF")
    path = tmp_path / f"a{suffix.upper()}"
    drawing.save(path, kind)
    assert picture_formats.is_picture(path)
    seen(images.read_picture(path))


@pytest.mark.parametrize("suffix", [".heic", ".HEIF"])
def test_what_phones_write(drawing, tmp_path, suffix):
    writer = pytest.importorskip("pillow_heif", reason="pillow-heif isn't installed, which writes such a file")
    path = tmp_path / f"a{suffix}"
    writer.from_pillow(drawing).save(path, quality=90)
    seen(images.read_picture(path))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="no picture that can be read: it is cut off or damaged"):
        images.read_picture(path)


def test_a_heic_of_too_many_pixels(drawing, monkeypatch):
    writer = pytest.importorskip("pillow_heif", reason="pillow-heif isn't installed, which writes such a file")
    file = io.BytesIO()
    writer.from_pillow(drawing).save(file)
    monkeypatch.setattr(picture_formats, "MAX_PIXELS", 1199)
    with pytest.raises(InputError, match="the picture has 40 x 30 pixels; 1,199 are the most"):
        images.decode(file.getvalue())


KINDS_OF_SEVERAL = [(".gif", "GIF"), (".tif", "TIFF"), (".webp", "WEBP"), (".png", "PNG"), (".avif", "AVIF")]


@pytest.mark.parametrize(("suffix", "kind"), [*KINDS_OF_SEVERAL, (".heic", "HEIC")])
def test_of_several_pictures_the_first_is_read_and_said(drawing, tmp_path, suffix, kind, recognizer, page_run):
    from lenet_tf1.reading.pictures import predict

    path, second = tmp_path / f"a{suffix}", Image.new("RGB", [40, 30], "red")
    if kind == "HEIC":
        writer = pytest.importorskip("pillow_heif", reason="pillow-heif isn't installed, which writes such a file")
        file = writer.from_pillow(drawing)
        file.add_from_pillow(second)
        file.save(path, quality=90)
    elif kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow is built without AVIF")
    else:
        drawing.save(path, kind, save_all=True, append_images=[second])
    seen(images.read_picture(path))
    report = Recorded()
    assert len(list(predict([path], page_run, report=report))) == 1
    assert report.notes == [f"{path} holds several pictures; the first is read"]


@pytest.mark.parametrize(("suffix", "kind"), [(".gif", "GIF"), (".png", "PNG"), (".tif", "TIFF"), (".webp", "WEBP")])
def test_one_picture_is_not_several(drawing, tmp_path, suffix, kind):
    path = tmp_path / f"a{suffix}"
    drawing.save(path, kind, comment="twice")
    assert not images.read_first(path)[1]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_pictures_are_upright(drawing, kind, orientation):
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow is built without AVIF")
    lying = drawing.rotate({1: 0, 3: 180, 6: 90, 8: -90}[orientation], expand=True)
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    lying.save(file, kind, exif=exif)
    seen(images.decode(file.getvalue()))


def test_a_pipe_is_not_waited_for(tmp_path, recognizer, page_run):
    from lenet_tf1.reading.pictures import predict

    os.mkfifo(tmp_path / "a.gif")
    report = Recorded()
    assert list(predict([tmp_path / "a.gif"], page_run, report=report)) == [(tmp_path / "a.gif", None, None)]
    assert "it is no regular file" in report.notes[0]


def test_sixteen_bits_of_a_tiff(tmp_path):
    levels = np.linspace(0, 65535, 1200).reshape(30, 40).astype(np.uint16)
    Image.fromarray(levels).save(tmp_path / "a.tif")
    grey = images.read_picture(tmp_path / "a.tif")
    assert np.abs(grey - levels / 257).max() <= 1


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"  <svg/>", "it is an SVG drawing"),
        (b"<!DOCTYPE html>", "it is a page of the web"),
        (b"PK\3\4", "it is a zip archive or a document"),
        (b"hello", "it is none of PNG, JPEG, GIF, BMP, WebP, TIFF, AVIF, HEIC and PPM"),
        (b"\x89PNG\r\n\x1a\n" + bytes(30), "it is "),
        (b"P3 9 9 255 " + b"1 " * (9 << 20), "is a PPM of more than 16 MiB in decimal numbers"),
    ],
)
def test_what_is_no_picture_says_what_it_is(data, said):
    with pytest.raises(InputError, match=said) as error:
        images.decode(data)
    assert "Error" not in str(error.value)


@pytest.mark.parametrize(("kind", "words"), [(np.float32, "floats"), (np.int32, "numbers of 32 bits")])
def test_pixels_of_no_known_scale_are_refused(tmp_path, kind, words):
    Image.fromarray(np.zeros([5, 5], kind)).save(tmp_path / "a.tif")
    with pytest.raises(InputError, match=rf"a\.tif holds {words}, of which nobody knows what is black and white"):
        images.read_picture(tmp_path / "a.tif")


def test_files_in_a_folder_that_are_no_pictures_are_counted_and_named(drawing, tmp_path, page_run):
    from lenet_tf1.reading.pictures import predict

    drawing.save(tmp_path / "a.png")
    for name in ("b.txt", "c.svg", "d.svg", "Thumbs.db", ".DS_Store"):
        (tmp_path / name).write_text("")
    report = Recorded()
    assert len(list(predict([tmp_path], page_run, report=report))) == 1
    assert report.notes == [
        f"3 files in {tmp_path} are no pictures and are passed over: 2 .svg, 1 .txt; the first is {tmp_path / 'b.txt'}"
    ]
