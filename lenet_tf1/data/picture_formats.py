"""The formats of picture files: which names they have, how they are opened, and what a file is that is none of them."""

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from lenet_tf1.base.errors import InputError

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
)
NAMES = "PNG, JPEG, GIF, BMP, WebP, TIFF, AVIF, HEIC and PPM"
MAX_PIXELS = 50_000_000  # of a picture, as its header has it: phones make 12 to 50 million

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "PPM")  # as Pillow calls them
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # brands, after `ftyp`
_MAY_HAVE_MORE = (".gif", ".webp", ".tif", ".tiff", ".avif")
_LARGEST_TEXT = 16 << 20  # bytes of a PPM in decimal numbers, which Pillow reads in Python
_NOBODYS = {"thumbs.db", "desktop.ini"}  # what file managers leave behind
_SIGNATURES = (
    (b"%PDF", "it is a PDF"),
    (b"<svg", "it is an SVG drawing"),
    (b"<?xml", "it is XML, such as an SVG drawing"),
    (b"<!DOCTYPE", "it is a page of the web"),
    (b"<html", "it is a page of the web"),
    (b"PK", "it is a zip archive or a document"),
    (b"8BPS", "it is a Photoshop file"),
    (b"\0\0\1\0", "it is an icon"),
    (b"\x89HDF", "it is an HDF5 file"),
)


def opened(data: bytes) -> Image.Image:
    """Open a picture, of which nothing but the header need be decoded yet.

    Raises
    ------
    InputError
        For a picture that takes too long, or whose pixels are floats; the sentence lacks its subject.
    Exception
        Whatever decoders raise, UnidentifiedImageError for what is no picture.
    """
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF and b"avif" not in data[8:32]:
        return _heif(data)
    if data[:2] in (b"P1", b"P2", b"P3") and len(data) > _LARGEST_TEXT:
        raise InputError(f"is a PPM of more than {_LARGEST_TEXT >> 20} MiB in decimal numbers; save it as PNG")
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.mode == "F":
        raise InputError("holds floats, of which nobody knows what is black; save it as 8 or 16 bits")
    return image


def _heif(data: bytes) -> Image.Image:
    import pi_heif  # the decoder alone, without an encoder that few need

    file = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    width, height = file.size
    if width * height > MAX_PIXELS:
        raise InputError(f"has {width} x {height} pixels; {MAX_PIXELS:,} are the most")
    return Image.fromarray(np.asarray(file))  # upright already, as its header says


def reason(data: bytes, error: Exception) -> str:
    """In words, why what `opened` was given can't be read."""
    if not isinstance(error, UnidentifiedImageError):
        return "it is cut off or damaged"
    known = next((words for begin, words in _SIGNATURES if data.lstrip()[:200].startswith(begin)), None)
    return "it is empty" if not data else known or f"it is none of {NAMES}"


def holds_more(path: Path) -> bool:
    """Whether a picture file holds several pictures, as an animation or a fax does; the first of them is read."""
    if path.suffix.lower() not in _MAY_HAVE_MORE:
        return False
    try:
        with Image.open(path, formats=_FORMATS) as image:
            return bool(getattr(image, "is_animated", False))
    except Exception:  # as many as in `opened`; reading it will say what is wrong
        return False


def is_picture(path: Path) -> bool:
    """Whether there is a file with the name of a picture, which isn't hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def is_other(path: Path) -> bool:
    """Whether there is another file, which isn't hidden and no file manager's."""
    hidden = path.name.startswith(".") or path.name.lower() in _NOBODYS
    return not hidden and path.suffix.lower() not in SUFFIXES and path.is_file()


def kinds(paths: Sequence[Path]) -> str:
    """How many files there are of each name's end: 3 .svg, 1 .txt."""
    counts = Counter(path.suffix.lower() or "without a suffix" for path in paths)
    return ", ".join(f"{n:,} {suffix}" for suffix, n in counts.most_common(5))
