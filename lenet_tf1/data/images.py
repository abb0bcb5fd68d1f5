"""Picture files as uint8 greys, upright, on paper where they are transparent."""

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from lenet_tf1.base import files, memory
from lenet_tf1.base.errors import InputError
from lenet_tf1.data import containers, picture_formats

MAX_PIXELS = picture_formats.MAX_PIXELS
MAX_SIDE = 65_535  # pixels, as a JPEG's: libraries keep something for each row, however short it is
_LARGE = 2_000_000  # pixels, above which threads decode two at a time: each takes up to 13 bytes a pixel
_MOST_BYTES = 256 << 20  # of a file: 50 million uncompressed pixels of four bytes are 200 MB
_BAND = 2_000_000  # pixels that are converted at a time, which takes up to 20 bytes a pixel
_DECODING = threading.BoundedSemaphore(2)

_LIGHT = 200  # of 255, the mean level of what is opaque, above which white paper would hide it
_TAILS = (0.5, 99.5)  # percentiles that bound the levels of a channel: a few odd pixels don't count
_CLEARER = 1.5  # times grey's range of levels, what a single colour has to have to be taken instead
_SAMPLED = 128  # pixels, which `sampled` leaves at least of the shorter side


def read_picture(path: Path) -> np.ndarray:
    """Read a picture file, of several pictures in it the first.

    Returns
    -------
    numpy.ndarray
        uint8 [height, width] of grey, 0 black to 255 white.

    Raises
    ------
    InputError
        For a file that can't be read, has more than 256 MiB, or is refused by `decode`.
    """
    return read_first(path)[0]


def read_first(path: Path) -> tuple[np.ndarray, bool]:
    """What `read_picture` returns, and whether the file holds several pictures, such as an animation's or a fax's."""
    try:
        data = files.read_regular(path, _MOST_BYTES)
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error
    return _decode(data, str(path))


def decode(data: bytes, name: str = "the picture") -> np.ndarray:
    """Decode a picture's bytes.

    It is turned as its Exif block says. What is transparent is white paper, or black if what is opaque is all but
    white. Where colours of the same brightness can't be told apart in grey, the one of red, green and blue that
    shows most is taken. Of several pictures in a file the first counts. Threads may decode at a time; large ones
    wait for each other.

    Parameters
    ----------
    data : bytes
        A file in one of the formats of data/picture_formats.py.
    name : str
        What the error calls it.

    Returns
    -------
    numpy.ndarray
        uint8 [height, width] of grey, 0 black to 255 white.

    Raises
    ------
    InputError
        If they are no such picture, a damaged one, one of more than 50 million pixels or 65,535 a side, which is told
        from its header, or one that is made to take long (see containers.reduce).

    Warns
    -----
    Pillow warns of what costs nothing, such as a broken palette. The commands silence that, once for the whole
    process: warnings.catch_warnings() here would be undone in the wrong order by threads.
    """
    return _decode(data, name)[0]


def _decode(data: bytes, name: str) -> tuple[np.ndarray, bool]:
    try:
        container = containers.reduce(data)
        image, several, turned = picture_formats.opened(container.data)
        orientation = turned if container.orientation == 1 else container.orientation
        with image:
            _check_size(image)
            if image.width * image.height <= _LARGE:
                return _upright(_grey(image), orientation), several or container.several
            with _DECODING:
                try:
                    return _upright(_grey(image), orientation), several or container.several
                finally:
                    image.close()
                    memory.give_back()
    except InputError as error:
        raise InputError(f"{name} {error}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} has too many pixels; {MAX_PIXELS:,} are the most") from error
    except Exception as error:  # decoders raise whatever comes to them: struct.error, SyntaxError, MemoryError
        raise InputError(f"{name} is no picture that can be read: {picture_formats.reason(data, error)}") from error


def count_pixels(data: bytes) -> int:
    """How many pixels a picture's header claims; 0 for what `decode` will refuse at once."""
    try:
        with picture_formats.opened(containers.reduce(data).data).image as image:
            return image.width * image.height
    except Exception:  # as many as in decode, which will say it
        return 0


def sampled(pixels: np.ndarray) -> np.ndarray:
    """Every so many rows and columns of an array, enough for a quantile of its values."""
    step = max(1, min(pixels.shape[:2]) // _SAMPLED)
    return np.ascontiguousarray(pixels[::step, ::step])


def _check_size(image: Image.Image) -> None:
    size = f"has {image.width} x {image.height} pixels"
    if image.width * image.height > MAX_PIXELS:
        raise InputError(f"{size}; {MAX_PIXELS:,} are the most")
    if max(image.size) > MAX_SIDE:
        raise InputError(f"{size}; {MAX_SIDE:,} a side are the most")


def _grey(image: Image.Image) -> np.ndarray:
    # Grey, or the one of red, green and blue that shows clearly more: yellow on white is all but invisible in grey.
    grey = np.empty([image.height, image.width], np.uint8)
    paper = _paper(image)
    step, few = max(1, min(grey.shape) // _SAMPLED), []
    for top, rgb in _rgb_bands(image, paper):
        cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY, dst=grey[top : top + len(rgb)])
        few.append(rgb[-top % step :: step, ::step])
    channels = cv2.split(np.concatenate(few))
    spreads = [np.ptp(np.percentile(channel, _TAILS)) for channel in (sampled(grey), *channels)]
    best = int(np.argmax(spreads))
    if spreads[best] >= _CLEARER * spreads[0]:
        for top, rgb in _rgb_bands(image, paper):
            grey[top : top + len(rgb)] = rgb[..., best - 1]
    return grey


def _rgb_bands(image: Image.Image, paper: str) -> Iterator[tuple[int, np.ndarray]]:
    # Of each band of rows, the first, and its pixels on the paper, uint8 [rows, width, 3].
    for top, band in _bands(image):
        if band.has_transparency_data:
            band = band.convert("RGBA")
            band = Image.alpha_composite(Image.new("RGBA", band.size, paper), band)
        yield top, np.asarray(band.convert("RGB"))


def _paper(image: Image.Image) -> str:
    # White, or black for what is white itself: nothing else would be seen of it.
    weighted = opacity = 0
    for _, band in _bands(image):
        if not band.has_transparency_data:
            return "white"
        band = band.convert("RGBA")
        levels, alpha = (np.asarray(part, np.int64) for part in (band.convert("L"), band.getchannel("A")))
        weighted += int((levels * alpha).sum())
        opacity += int(alpha.sum())
    return "black" if weighted > _LIGHT * opacity else "white"


def _bands(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    # Bands of rows from top to bottom: converting a whole picture of 50 million pixels at once would take a gigabyte.
    image.load()
    rows = max(1, _BAND // image.width)
    for top in range(0, image.height, rows):
        yield top, _eight_bits(image.crop((0, top, image.width, min(top + rows, image.height))))


def _eight_bits(image: Image.Image) -> Image.Image:
    # Pillow clips 16-bit greys at 255 instead of scaling them.
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) / 257).astype(np.uint8))
    return image


def _upright(grey: np.ndarray, orientation: int) -> np.ndarray:
    # Exif's orientations 5 to 8 lie on their sides; 2, 4, 5 and 7 are mirrored.
    if orientation >= 5:
        grey = grey.T
    if orientation in (2, 3, 6, 7):
        grey = grey[:, ::-1]
    if orientation in (3, 4, 7, 8):
        grey = grey[::-1]
    return np.ascontiguousarray(grey)
