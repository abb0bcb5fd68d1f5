"""Characters of font files: what letters.py and font_digits.py draw."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

SUFFIXES = {".ttf", ".otf", ".pfb", ".ttc", ".woff", ".woff2"}


def files(folders):
    """The font files below folders, in order."""
    return sorted(path for place in folders for path in place.rglob("*") if path.suffix.lower() in SUFFIXES)


def render(path, characters, size, shaped):
    """Some characters of a font, uint8 [n, height, width]; None if it lacks one, or has the same for two.

    Parameters: `size` in pixels; `shaped` makes of each one's ink, a PIL image without margins, one of a size that all
    have.
    """
    try:
        font = ImageFont.truetype(str(path), size)
        drawn = [_glyph(font, character, size, shaped) for character in characters]
        missing = _glyph(font, "\U0010fffe", size, shaped)
    except (OSError, ValueError):  # not a font, or one without outlines
        return None
    if any(glyph is None for glyph in drawn):
        return None
    different = {glyph.tobytes() for glyph in [*drawn, *([] if missing is None else [missing])]}
    return np.stack(drawn) if len(different) == len(drawn) + (missing is not None) else None


def _glyph(font, character, size, shaped):
    canvas = Image.new("L", [4 * size, 4 * size])
    ImageDraw.Draw(canvas).text((size, size), character, 255, font)
    box = canvas.getbbox()
    return None if box is None else np.asarray(shaped(canvas.crop(box)))
