"""Picture files as uint8 greys, upright, on paper where they are transparent."""

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageOps

from lenet_tf1.base.errors import InputError
from lenet_tf1.data import picture_formats

MAX_PIXELS = picture_formats.MAX_PIXELS
_MOST_BYTES = 256 << 20  # of a file: 50 million uncompressed pixels of four bytes are 200 MB

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
        For a file that can't be read, is no such picture or a damaged one, has more than 256 MiB, or more than
        50 million pixels, which is told from its header.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error
    if len(data) > _MOST_BYTES:
        raise InputError(f"{path} has more than {_MOST_BYTES >> 20} MiB, which no picture needs")
    return decode(data, str(path))


def decode(data: bytes, name: str = "the picture") -> np.ndarray:
    """Decode a picture's bytes.

    It is turned as its Exif block says. What is transparent is white paper, or black if what is opaque is all but
    white. Where colours of the same brightness can't be told apart in grey, the one of red, green and blue that
    shows most is taken. Threads may decode at a time.

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
        If they are no such picture, a damaged one, or one of more than 50 million pixels.

    Warns
    -----
    Pillow warns of what costs nothing, such as a broken Exif block. The commands silence that, once for the whole
    process: warnings.catch_warnings() here would be undone in the wrong order by threads.
    """
    try:
        with picture_formats.opened(data) as image:
            if image.width * image.height > MAX_PIXELS:
                raise InputError(f"has {image.width} x {image.height} pixels; {MAX_PIXELS:,} are the most")
            image.load()
            upright: Image.Image = image
            with suppress(Exception):  # of the many ways to be wrong, an Exif block costs its rotation alone
                upright = ImageOps.exif_transpose(image)
            upright = _eight_bits(upright)
            opaque = _on_paper(upright) if upright.has_transparency_data else upright
            return _grey(np.asarray(opaque.convert("RGB")))
    except InputError as error:
        raise InputError(f"{name} {error}") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} has too many pixels; {MAX_PIXELS:,} are the most") from error
    except Exception as error:  # decoders raise whatever comes to them: struct.error, SyntaxError, MemoryError
        raise InputError(f"{name} is no picture that can be read: {picture_formats.reason(data, error)}") from error


def sampled(pixels: np.ndarray) -> np.ndarray:
    """Every so many rows and columns of an array, enough for a quantile of its values."""
    step = max(1, min(pixels.shape[:2]) // _SAMPLED)
    return np.ascontiguousarray(pixels[::step, ::step])


def _on_paper(image: Image.Image) -> Image.Image:
    # On white; on black what is white itself, since nothing else would be seen of it.
    image = image.convert("RGBA")
    levels, opacity = np.asarray(image.convert("L")), np.asarray(image.getchannel("A"))
    light = opacity.any() and np.average(levels, weights=opacity) > _LIGHT
    return Image.alpha_composite(Image.new("RGBA", image.size, "black" if light else "white"), image)


def _eight_bits(image: Image.Image) -> Image.Image:
    # Pillow clips 16-bit greys at 255 instead of scaling them.
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) / 257).astype(np.uint8))
    return image


def _grey(rgb: np.ndarray) -> np.ndarray:
    # Grey, or the one of red, green and blue that shows clearly more: yellow on white is all but invisible in grey.
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    few = sampled(rgb)
    spreads = [np.ptp(np.percentile(channel, _TAILS)) for channel in (sampled(grey), *cv2.split(few))]
    best = int(np.argmax(spreads))
    return grey if spreads[best] < _CLEARER * spreads[0] else np.ascontiguousarray(rgb[..., best - 1])
