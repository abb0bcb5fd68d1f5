"""Pictures of any kind, made into what the networks were trained on: ink on nothing, in 28 x 28 pixels."""

import io
import warnings
from contextlib import suppress

import cv2
import numpy as np
from PIL import Image, ImageOps

from lenet_tf1.errors import InputError

MAX_PIXELS = 50_000_000
_MOST_BYTES = 256 << 20
LONGEST_SIDE = 1600  # larger pictures are made smaller before anything is looked for in them
SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif")
_FORMATS = ("PNG", "JPEG", "BMP", "GIF")
_LARGE = 300  # pixels, more than a character's shape needs
_FAINTEST = 0.12  # of the paper's brightness, what ink has to differ by to be ink


def is_picture(path):
    """Whether there is a file with the name of a picture, which isn't hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def read_picture(path):
    """Read a PNG, JPEG, BMP or GIF file, upright and on white where it is transparent: uint8 [height, width] of grey.

    Raises InputError for a file that is none of these, is damaged, or has more than 50 million pixels.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror or error})") from error
    if len(data) > _MOST_BYTES:
        raise InputError(f"{path} has more than {_MOST_BYTES >> 20} MiB, which no picture needs")
    return decode(data, str(path))


def decode(data, name="the picture"):
    """Decode a picture's bytes, as read_picture does its file's; `name` is for the error's sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # decoders warn of what costs nothing, such as a broken EXIF block
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise InputError(f"{name} has {image.width} x {image.height} pixels; {MAX_PIXELS:,} are the most")
                image.load()
                with suppress(Exception):  # of the many ways to be wrong, such a block costs its rotation alone
                    image = ImageOps.exif_transpose(image)
                image = _eight_bits(image)
                return _grey(np.asarray((_on_paper(image) if image.has_transparency_data else image).convert("RGB")))
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{name} has too many pixels; {MAX_PIXELS:,} are the most") from error
    except Exception as error:  # decoders raise whatever comes to them: struct.error, SyntaxError, MemoryError
        raise InputError(f"{name} is no picture that can be read ({type(error).__name__})") from error


def _on_paper(image):
    # On white; on black what is white itself, since nothing else would be seen of it.
    image = image.convert("RGBA")
    levels, opacity = np.asarray(image.convert("L")), np.asarray(image.getchannel("A"))
    light = opacity.any() and np.average(levels, weights=opacity) > 200
    return Image.alpha_composite(Image.new("RGBA", image.size, "black" if light else "white"), image)


def _eight_bits(image):
    # Pillow clips 16-bit greys at 255 instead of scaling them.
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) / 257).astype(np.uint8))
    return image


def _grey(rgb):
    # Grey, or the one of red, green and blue that shows clearly more: yellow on white is all but invisible in grey.
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    few = _few(rgb)
    spreads = [np.ptp(np.percentile(channel, [0.5, 99.5])) for channel in (_few(grey), *cv2.split(few))]
    best = int(np.argmax(spreads))
    return grey if spreads[best] < 1.5 * spreads[0] else np.ascontiguousarray(rgb[..., best - 1])


def _few(pixels):
    # Enough of them for a quantile.
    step = max(1, min(pixels.shape[:2]) // 128)
    return np.ascontiguousarray(pixels[::step, ::step])


def find_ink(grey):
    """Tell ink from paper: uint8 [height, width] of grey -> the same, 0 where there is no ink, up to 255.

    Dark on light or light on dark, whichever the picture is; shadows and uneven light go with the
    paper, and so do ruled lines that run across the whole picture.
    """
    light = (grey if _is_dark_on_light(grey) else 255 - grey).astype(np.float32)
    paper = _paper(light)
    contrast = (paper - light) / np.maximum(paper, 1)
    if min(grey.shape) > 200:
        contrast = cv2.GaussianBlur(contrast, (0, 0), 0.8)
    few = _few(contrast)
    noise = 1.4826 * np.median(np.abs(few - np.median(few)))
    strong = contrast[contrast > max(_FAINTEST, 5 * noise)]
    if not len(strong):
        return np.zeros_like(grey)
    peak = np.percentile(strong, 90)
    ink = np.clip((contrast - 0.2 * peak) / (0.6 * peak), 0, 1)
    ink[contrast < 4 * noise] = 0
    ink = _without_ruling((ink * 255).astype(np.uint8))
    return _connected_to(ink, ink > 96)


def _paper(light):
    # The paper's brightness at every pixel, as if nothing were written there.
    filled = _filled(_small(light))
    filled = cv2.GaussianBlur(filled, (0, 0), max(1.0, min(filled.shape) / 24))
    return cv2.resize(filled, light.shape[::-1], interpolation=cv2.INTER_LINEAR)


def _is_dark_on_light(grey):
    # Paper is what most pixels around any place are; the others are darker on the whole, or lighter.
    small = _small(grey)
    difference = small.astype(int) - cv2.medianBlur(small, max(3, min(small.shape) // 2) | 1)
    return difference.sum() <= 0


def _small(pixels):
    # Small enough for what is smooth or need not be exact.
    factor = min(1.0, 64 / min(pixels.shape))
    size = [max(1, round(side * factor)) for side in pixels.shape[::-1]]
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _filled(pixels):
    # Dark things that are thinner than a third of the picture are filled from around them.
    side = max(3, min(pixels.shape) // 3) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    # Without a margin, a stroke at the border would be taken for paper that goes on.
    around = cv2.copyMakeBorder(pixels, *[side] * 4, cv2.BORDER_REPLICATE)
    return cv2.morphologyEx(around, cv2.MORPH_CLOSE, kernel)[side:-side, side:-side]


def _without_ruling(ink):
    # Remove straight lines across the picture, as ruled and squared paper has them, and close what they crossed.
    if min(ink.shape) < 100:
        return ink
    level = _without_rows(ink)
    return np.ascontiguousarray(_without_rows(np.ascontiguousarray(level.T)).T)


def _without_rows(ink):
    height, width = ink.shape
    mask = ink > 0
    run = np.ones([1, max(20, width // 14)], np.uint8)  # a pen's stroke is rarely as long and as level
    pieces = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, run)
    if np.count_nonzero(pieces.any(axis=0)) < 0.6 * width:
        return ink
    level = np.pi / 2
    found = cv2.HoughLines(pieces, 1, np.pi / 720, int(0.12 * width), min_theta=level - 0.1, max_theta=level + 0.1)
    columns = np.arange(width)
    for rho, theta in [] if found is None else found[:_MOST_RULES, 0]:
        middle = (rho - columns * np.cos(theta)) / np.sin(theta)
        inside = (middle > _REACH) & (middle < height - 1 - _REACH)
        if np.count_nonzero(inside) < 0.12 * width:  # it may leave at the top or bottom
            continue
        around = np.round(middle[inside]).astype(int)[:, None] + np.arange(-_REACH, _REACH + 1)
        on = ink[around, columns[inside, None]]  # [columns, rows around the line]
        if (on[:, _REACH - 1 : _REACH + 2] > 0).any(axis=1).mean() < 0.85:
            continue
        # Of most columns the ink there is the rule's alone; what is much darker, or goes on above and below, is not.
        share = (on > 0).mean(axis=0)
        rule = share > 0.5
        if rule.all() or not rule.any():
            continue  # thicker than rules are
        darkest = 1.4 * np.median(on[:, rule][on[:, rule] > 0]) + 25
        first, last = np.flatnonzero(rule)[[0, -1]]
        rule[max(0, first - 1) : last + 2] = True
        beside = on[:, [max(0, first - 2), min(2 * _REACH, last + 2)]] > 0
        crossed = cv2.dilate(beside.all(axis=1).astype(np.uint8)[:, None], np.ones([3, 1], np.uint8)) > 0
        ink[around, columns[inside, None]] = np.where(rule & (on <= darkest) & ~crossed, 0, on)
    return ink


_REACH = 7  # pixels to both sides of a rule that are looked at
_MOST_RULES = 200


def _connected_to(ink, sure):
    # Of the ink, what hangs together with something that is surely ink.
    count, labels = cv2.connectedComponents((ink > 0).astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[np.unique(labels[sure])] = True
    keep[0] = False
    return np.where(keep[labels], ink, 0).astype(np.uint8)


def as_mnist(ink):
    """Fit one character as MNIST's were: its box into 20 x 20 pixels, its centre of mass in the middle of 28 x 28.

    Parameters: `ink` uint8 [height, width], 0 background to 255 ink. A pen that would be thinner than a pixel
    is made thicker first. Returns uint8 [28, 28]; an empty picture stays empty.
    """
    rows, columns = (np.flatnonzero((ink > 0).any(axis=axis)) for axis in (1, 0))
    fitted = np.zeros([28, 28], np.uint8)
    if not len(rows):
        return fitted
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    box = _thick_enough(box)
    scale = 20 / max(box.shape)
    height, width = (max(1, round(side * scale)) for side in box.shape)
    small = cv2.resize(box, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    mass = small.astype(np.float64) + 1e-9
    top, left = (
        int(np.clip(round(14 - center), 0, 28 - side))  # MNIST has it at index 14 of 0..27
        for center, side in [
            (mass.sum(axis=1) @ np.arange(height) / mass.sum(), height),
            (mass.sum(axis=0) @ np.arange(width) / mass.sum(), width),
        ]
    )
    fitted[top : top + height, left : left + width] = small
    return fitted


def narrowed(ink):
    """The ink at four fifths of its width."""
    size = (max(1, round(0.8 * ink.shape[1])), ink.shape[0])
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA)


def _thick_enough(box):
    # MNIST's strokes are 2 to 3 of 20 pixels; a ballpoint's on a photograph would fade away.
    shrink = max(box.shape) / _LARGE
    if shrink > 1:
        box = cv2.dilate(box, np.ones([int(shrink) + 1] * 2, np.uint8))
        size = [max(1, round(side / shrink)) for side in box.shape[::-1]]
        box = cv2.resize(box, size, interpolation=cv2.INTER_AREA)
    wanted = 0.09 * max(box.shape)
    distance = cv2.distanceTransform(np.pad((box > 127).astype(np.uint8), 1), cv2.DIST_L2, 3)
    ridge = distance[distance >= cv2.dilate(distance, np.ones([3, 3], np.uint8))]
    ridge = ridge[ridge > 0]
    thickness = 2 * np.median(ridge) if len(ridge) else wanted
    missing = round(wanted - thickness)
    if missing < 1:
        return box
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (missing + 1, missing + 1))
    return cv2.dilate(cv2.copyMakeBorder(box, *[missing] * 4, cv2.BORDER_CONSTANT), kernel)
