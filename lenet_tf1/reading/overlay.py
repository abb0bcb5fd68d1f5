"""A picture with what was read in it drawn over it."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lenet_tf1.reading.results import Line, digits

_SURE, _UNSURE = "#0072b2", "#d55e00"
_SMALLEST = 400  # pixels: smaller pictures are shown larger


def draw_boxes(grey: np.ndarray, lines: Sequence[Line]) -> Image.Image:
    """Draw boxes and labels over a picture, uint8 [height, width]. Digits of doubt are orange, with a question mark."""
    factor = max(1, round(_SMALLEST / max(grey.shape)))
    image = Image.fromarray(grey).convert("RGB")
    image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    drawing = ImageDraw.Draw(image)
    for digit in digits(lines):
        left, top, width, height = (value * factor for value in digit.box)
        color, label = (_UNSURE, f"{digit.label}?") if digit.doubted else (_SURE, digit.label)
        drawing.rectangle([left - 2, top - 2, left + width + 2, top + height + 2], outline=color, width=2)
        size = max(12, min(height // 3, 40))
        place = (left, max(0, top - size - 4))
        drawing.text(place, label, color, ImageFont.load_default(size), stroke_width=2, stroke_fill="white")
    return image
