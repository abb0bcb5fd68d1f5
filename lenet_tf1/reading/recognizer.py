"""From a picture to its digits: one restored network, run on each character that is found."""

import os
import threading
from types import TracebackType

import cv2
import numpy as np

from lenet_tf1.base import memory
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import ink, normalize
from lenet_tf1.data.images import LARGE
from lenet_tf1.data.preparation import HANDWRITING, as_whole
from lenet_tf1.data.remote import DIGITS
from lenet_tf1.inference.frozen import restore
from lenet_tf1.inference.frozen_reader import FrozenReader
from lenet_tf1.reading import segmentation, settings
from lenet_tf1.reading.batching import BatchedClassifier
from lenet_tf1.reading.page_reader import read_page
from lenet_tf1.reading.results import Digit, Line, digits
from lenet_tf1.reading.segmentation import Character
from lenet_tf1.reading.words import read_word
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs.shipped import READER, default_run

_LOOKING = threading.BoundedSemaphore(8)  # pictures in which writing is looked for: each takes up to 80 MB meanwhile

_READING = threading.BoundedSemaphore(1)


class Recognizer:
    """A network restored from a run directory or checkpoint, ready for pictures.

    Threads may share it; what several of them want at a time runs as one batch. Use it as a context manager, or
    close it. A process that was forked needs one of its own.

    Parameters
    ----------
    path : path, optional
        A run directory or a checkpoint; where none is given, runs.shipped.default_run.
    report : Report
        Is told of damaged checkpoints that were passed over.
    recipe : str, optional
        The name of one, for a checkpoint that another program wrote.

    Attributes
    ----------
    network : FrozenNetwork
    classes : tuple of str
        What it tells apart.

    Raises
    ------
    InputError
        If there is nothing to restore.

    Examples
    --------
    >>> with Recognizer() as recognizer:
    ...     texts(recognizer.read(read_picture(Path("photo.jpg"))))
    ['2026', '11']
    """

    def __init__(
        self, path: str | os.PathLike[str] | None = None, report: Report = QUIET, recipe: str | None = None
    ) -> None:
        asked = None if recipe is None else find_recipe(recipe)
        self.network = restore(default_run() if path is None else path, asked, report)
        self.classes = self.network.recipe.classes
        self._batches = BatchedClassifier(self.network)
        self._page_network = FrozenReader(READER)

    def classify(self, characters: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """The probabilities of images uint8 [n, 28, 28]: float32 [n, classes]."""
        return self._batches.classify(characters)

    def read(self, grey: np.ndarray) -> list[Line]:
        """Recognise what is written in a picture, such as a photograph, uint8 [height, width] of grey.

        Digits are found by the page reader's network, which has learned what pages look like; letters, which it
        doesn't know, as `read_drawing` does. A network that was trained on whole pictures, such as garments,
        classifies the whole picture.

        Returns
        -------
        list
            Lines, top to bottom, each a list of words, each a list of Digits left to right.
        """
        preparation = self.network.recipe.preparation
        if preparation != HANDWRITING:
            return [[[self._whole(as_whole(grey, preparation), grey.shape)]]]
        if self.classes != DIGITS:
            return self.read_drawing(grey)
        if grey.size > LARGE:
            with _READING:  # the network's maps of a large page take a hundred megabytes
                lines = read_page(grey, self._page_network, self.classify)
                memory.give_back()
        else:
            lines = read_page(grey, self._page_network, self.classify)
        return lines if len(digits(lines)) > 1 else self._lone(grey) or lines

    def read_drawing(self, grey: np.ndarray) -> list[Line]:
        """Recognise what is drawn on nothing, as on the page's canvas: as `read`, but by the ink alone."""
        factor = min(1.0, settings.LONGEST_SIDE / max(grey.shape))
        if factor < 1:
            size = [max(1, round(side * factor)) for side in grey.shape[::-1]]
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        with _LOOKING:
            lines = segmentation.find_lines(ink.find_ink(grey))
        found = [[read_word(word, self._digits) for word in line] for line in lines]
        for digit in digits(found):
            left, top, width, height = (round(value / factor) for value in digit.box)
            digit.box = (left, top, width, height)
        return found

    def _lone(self, grey: np.ndarray) -> list[Line]:
        # One large digit that fills its picture is no page, and its ink alone tells more than the page reader sees.
        lines = self.read_drawing(grey)
        found = digits(lines)
        if len(found) != 1 or found[0].probability < settings.LONE_SURE:
            return []
        left, top, width, height = found[0].box
        is_frame = left <= 1 and top <= 1 and left + width >= grey.shape[1] - 1 and top + height >= grey.shape[0] - 1
        large = max(width / grey.shape[1], height / grey.shape[0]) >= settings.LONE_LARGE
        return lines if large and not is_frame else []

    def _whole(self, image: np.ndarray, shape: tuple[int, ...]) -> Digit:
        (p,) = self.classify(image[None])
        best = int(p.argmax())
        return Digit(self.classes[best], float(p[best]), p, (0, 0, shape[1], shape[0]), image)

    def close(self) -> None:
        """End its thread and its session."""
        self._batches.close()
        self._page_network.close()
        self.network.close()

    def __enter__(self) -> "Recognizer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _digits(self, characters: list[Character]) -> list[Digit]:
        # Each is seen as it is and narrower, and judged by the mean: people draw wider than MNIST's writers wrote.
        seen = [normalize.as_mnist(character.ink) for character in characters]
        narrower = [normalize.as_mnist(normalize.narrowed(character.ink)) for character in characters]
        probabilities = self.classify([*seen, *narrower]).reshape(2, len(seen), -1).mean(axis=0)
        recognised = []
        for character, image, p in zip(characters, seen, probabilities, strict=True):
            best = int(p.argmax())
            recognised.append(Digit(self.classes[best], float(p[best]), p, character.box, image))
        return recognised
