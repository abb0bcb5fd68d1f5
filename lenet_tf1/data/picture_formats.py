"""The formats of picture files: which names they have, how they are opened, and what a file is that is none of them."""

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.containers import EXIF, exif_orientation

SUFFIXES = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
)
NAMES = "PNG, JPEG, GIF, BMP, WebP, TIFF, AVIF, HEIC and PPM"
MAX_PIXELS = 50_000_000  # of a picture, as its header has it: phones make 12 to 50 million

_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "AVIF", "PPM")  # as Pillow calls them
_HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # brands, after `ftyp`
_TOLD_BY_HEADER = (
    "TIFF",
    "WEBP",
    "AVIF",
)  # of these Pillow knows at once how they are turned, and whether more follows
_LARGEST_TEXT = 16 << 20  # bytes of a PPM in decimal numbers, which Pillow reads in Python
_NOBODYS = {"thumbs.db", "desktop.ini", "__macosx", "@eadir"}  # what file managers leave behind
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


class Opened(NamedTuple):
    """A picture of which nothing but the header need be decoded yet.

    Attributes
    ----------
    image : PIL.Image.Image
        The first in the file.
    several : bool
        Whether more follow, as far as its header tells: containers.reduce tells it of PNG and GIF.
    orientation : int
        1 to 8, as Exif counts, of WebP and AVIF; Pillow and pi-heif turn TIFF and HEIC.
    """

    image: Image.Image
    several: bool = False
    orientation: int = 1


def opened(data: bytes) -> Opened:
    """Open a picture.

    Raises
    ------
    InputError
        For a picture that takes too long, or whose pixels are of no known scale; the sentence lacks its subject.
    Exception
        Whatever decoders raise, UnidentifiedImageError for what is no picture.
    """
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF and b"avif" not in data[8:32]:
        return _heif(data)
    if data[:2] in (b"P1", b"P2", b"P3") and len(data) > _LARGEST_TEXT:
        raise InputError(f"is a PPM of more than {_LARGEST_TEXT >> 20} MiB in decimal numbers; save it as PNG")
    image = Image.open(io.BytesIO(data), formats=_FORMATS)
    if image.mode == "F" or (image.mode == "I" and image.format == "TIFF"):
        kind = "floats" if image.mode == "F" else "numbers of 32 bits"
        raise InputError(f"holds {kind}, of which nobody knows what is black and white; save it as 8 or 16 bits")
    if image.format not in _TOLD_BY_HEADER:
        return Opened(image)
    exif = image.info.get("exif", b"").removeprefix(EXIF)
    return Opened(image, bool(getattr(image, "is_animated", False)), exif_orientation(exif) or 1)


def _heif(data: bytes) -> Opened:
    import pi_heif  # the decoder alone, without an encoder that few need

    file = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=True)
    width, height = file.size
    if width * height > MAX_PIXELS:
        raise InputError(f"has {width} x {height} pixels; {MAX_PIXELS:,} are the most")
    return Opened(Image.fromarray(np.asarray(file)), len(file) > 1)  # upright already, as its header says


def reason(data: bytes, error: Exception) -> str:
    """In words, why what `opened` was given can't be read."""
    if not isinstance(error, UnidentifiedImageError):
        return "it is cut off or damaged"
    known = next((words for begin, words in _SIGNATURES if data.lstrip()[:200].startswith(begin)), None)
    return "it is empty" if not data else known or f"it is none of {NAMES}"


def is_picture(path: Path) -> bool:
    """Whether there is a file with the name of a picture, which isn't hidden."""
    return path.suffix.lower() in SUFFIXES and not is_nobodys(path) and path.is_file()


def is_other(path: Path) -> bool:
    """Whether there is another file, which isn't hidden and no file manager's."""
    return path.suffix.lower() not in SUFFIXES and not is_nobodys(path) and path.is_file()


def is_nobodys(path: Path) -> bool:
    """Whether a file or folder is hidden, or what file managers leave behind."""
    return path.name.startswith(".") or path.name.lower() in _NOBODYS


def folders_in(folder: Path) -> list[Path]:
    """The folders within, hidden ones and file managers' left out."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not is_nobodys(path))


def kinds(paths: Sequence[Path]) -> str:
    """How many files there are of each name's end: 3 .svg, 1 .txt."""
    counts = Counter(path.suffix.lower() or "without a suffix" for path in paths)
    return ", ".join(f"{n:,} {suffix}" for suffix, n in counts.most_common(5))
