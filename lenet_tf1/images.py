"""Pictures of any kind, made into what the networks were trained on."""

import io
from contextlib import suppress

import numpy as np
from PIL import Image, ImageOps

from lenet_tf1.errors import InputError

MAX_PIXELS = 50_000_000
_FORMATS = ("PNG", "JPEG", "BMP", "GIF")


def read_picture(path):
    """Read a PNG, JPEG, BMP or GIF file, upright and on white where it is transparent: uint8 [height, width] of grey.

    Raises InputError for a file that is none of these, is damaged, or has more than 50 million pixels.
    """
    try:
        return decode(path.read_bytes(), str(path))
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error


def decode(data, name="the picture"):
    """Decode a picture's bytes, as read_picture does its file's; `name` is for the error's sentence."""
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise InputError(f"{name} has {image.width} x {image.height} pixels; {MAX_PIXELS:,} are the most")
            image.load()
            with suppress(Exception):  # of the many ways to be wrong, a broken EXIF block costs its rotation alone
                image = ImageOps.exif_transpose(image)
            if image.has_transparency_data:
                image = image.convert("RGBA")
                image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
            return np.asarray(_eight_bits(image).convert("L"))
    except InputError:
        raise
    except Exception as error:  # decoders raise whatever comes to them: struct.error, SyntaxError, MemoryError
        raise InputError(f"{name} is no picture that can be read ({type(error).__name__})") from error


def _eight_bits(image):
    # Pillow clips 16-bit greys at 255 instead of scaling them.
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) / 257).astype(np.uint8))
    return image


def ink(grey):
    """What differs from the paper, as 0 background to 255 ink: uint8 [height, width] -> the same.

    The paper's grey is that of the border.
    """
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    difference = np.abs(grey.astype(np.float32) - np.median(border))
    most = difference.max()
    if most < 16:  # nothing is there
        return np.zeros_like(grey)
    difference[difference < most / 4] = 0
    return (difference * (255 / most)).astype(np.uint8)


def as_mnist(ink):
    """Fit one character as MNIST's were: its box into 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

    Parameters: `ink` uint8 [height, width], 0 background to 255 ink. Returns uint8 [28, 28]; an empty picture
    stays empty.
    """
    rows, columns = (np.flatnonzero((ink > 0).any(axis=axis)) for axis in (1, 0))
    fitted = np.zeros([28, 28], np.uint8)
    if not len(rows):
        return fitted
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = 20 / max(box.shape)
    height, width = (max(1, round(side * scale)) for side in box.shape)
    small = np.asarray(
        Image.fromarray(box).resize((width, height), Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    )
    mass = small.astype(np.float64)
    top, left = (
        int(np.clip(round(14 - center), 0, 28 - side))  # MNIST has it at index 14 of 0..27
        for center, side in [
            (mass.sum(axis=1) @ np.arange(height) / mass.sum(), height),
            (mass.sum(axis=0) @ np.arange(width) / mass.sum(), width),
        ]
    )
    fitted[top : top + height, left : left + width] = small
    return fitted
