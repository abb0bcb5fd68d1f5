"""From a picture to its digits: each character that is found is classified by a restored network, or an ensemble."""

import functools
import os
import threading
from collections.abc import Callable
from types import TracebackType

import cv2
import numpy as np

from lenet_tf1.base import machine
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import ink, normalize
from lenet_tf1.data.preparation import HANDWRITING, as_whole
from lenet_tf1.data.remote import DIGITS
from lenet_tf1.inference.frozen import FrozenNetwork, restore
from lenet_tf1.inference.frozen_reader import FrozenReader, restore_either
from lenet_tf1.reading import segmentation, settings
from lenet_tf1.reading.ensemble import Ensemble
from lenet_tf1.reading.lone import is_same, is_within, least_probability
from lenet_tf1.reading.page_reader import Heat, read_page
from lenet_tf1.reading.results import Digit, Line, digits, judged
from lenet_tf1.reading.segmentation import Character
from lenet_tf1.reading.signs import is_box
from lenet_tf1.reading.tile import is_blot, left_out
from lenet_tf1.reading.words import read_word
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints
from lenet_tf1.runs.shipped import SHIPPED_READER, default_run, ships


class Recognizer:
    """A network restored from a run directory or checkpoint, ready for pictures.

    Threads may share it; what several of them want at a time runs as one batch. Use it as a context manager, or
    close it. A process that is forked after it has computed refuses to: start it another way, and make one there.

    Parameters
    ----------
    path : path, optional
        A run directory or a checkpoint; where none is given, runs.shipped.default_run. One of the page reader finds
        digits instead of the one that ships, and what default_run has classifies them, too. The network that ships
        classifies in an ensemble with a second one (reading.ensemble), others by themselves.
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
        usual = default_run()
        given = restore_either(usual if path is None else path, asked, report)
        self._reader = given if isinstance(given, FrozenReader) else None
        self._opening = threading.Lock()
        self._closed = False
        self.network = given if isinstance(given, FrozenNetwork) else restore(usual, report=report)
        self.classes = self.network.recipe.classes
        self._ensemble = Ensemble(self.network, with_second=ships(usual if path is None or self._reader else path))

    def classify(self, characters: np.ndarray | list[np.ndarray]) -> np.ndarray:
        """The probabilities of images uint8 [n, 28, 28], as `network` alone sees them: float32 [n, classes]."""
        return self._ensemble.classify(characters)

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
        return self.read_with_heat(grey)[0]

    def read_with_heat(self, grey: np.ndarray) -> tuple[list[Line], Heat]:
        """As `read`, with what the page reader saw: see reading.page_reader.read_page. Nothing where it isn't asked."""
        preparation = self.network.recipe.preparation
        if preparation != HANDWRITING:
            return self._doubted(self._told([[[self._whole(as_whole(grey, preparation), grey.shape)]]])), []
        if self.classes != DIGITS:
            return self.read_drawing(grey), []
        lines, heat = read_page(grey, self._page_reader().maps, self._ensemble.probabilities)
        if len(digits(lines)) <= 1:
            lines = self._lone(grey, lines, heat)
        return self._doubted(lines), heat

    def read_drawing(self, grey: np.ndarray) -> list[Line]:
        """Recognise what is drawn on nothing, as on the page's canvas: as `read`, but found by its ink."""
        small, factor = _smaller(grey)
        return self._doubted(self._told(self._read_ink(segmentation.find_lines(ink.find_ink(small)), factor)))

    def _told(self, lines: list[Line]) -> list[Line]:
        # With the probabilities that people are told, which are other than those that decide where digits are.
        if not (found := digits(lines)):
            return lines
        if self._ensemble.with_second:
            told = self._ensemble.probabilities([digit.image for digit in found])
        else:
            told = self._ensemble.confidence.calibrated(np.stack([digit.probabilities for digit in found]))
        for digit, p in zip(found, told, strict=True):
            self._tell(digit, p)
        return lines

    def _doubted(self, lines: list[Line]) -> list[Line]:
        for digit in digits(lines):
            digit.doubted = digit.probability < self._ensemble.confidence.threshold
        return lines

    def _read_ink(self, lines: list[list[list[Character]]], factor: float) -> list[Line]:
        found = [[read_word(word, self._digits) for word in line] for line in lines]
        for digit in digits(found):
            left, top, width, height = (round(value / factor) for value in digit.box)
            digit.box = (left, top, width, height)
        return found

    def _page_reader(self) -> FrozenReader:
        # Opened when the first page is read that needs it: drawings, letters and garments do without.
        with self._opening:
            if self._closed:
                raise RuntimeError("this recognizer is closed")
            if self._reader is None:
                self._reader = FrozenReader(checkpoints.best(SHIPPED_READER))
            return self._reader

    def _lone(self, grey: np.ndarray, seen: list[Line], heat: Heat) -> list[Line]:
        # One digit alone is hardly a page, and its ink may tell more than what the page reader has seen. Both are
        # believed of the same ink; else what is more probable, as around a digit there may be other ink, light, shadow.
        small, factor = _smaller(grey)
        pieces = segmentation.find_lines(ink.find_ink(small))
        words = [word for line in pieces for word in line]
        readings = []
        if len(words) == 1 and not _is_around(words[0], seen, factor):  # of a digit each at least
            if len(words[0]) == 1 and (is_box(words[0][0].ink) or is_blot(small, words[0][0].box)):
                return []
            readings.append(pieces)
        if (character := left_out(small)) is not None:
            readings.append([[[character]]])
        least = functools.partial(least_probability, seen=digits(seen), shape=small.shape, factor=factor, heat=heat)
        told = (self._alone(reading, factor, least) for reading in readings)
        return self._together(seen, max(told, key=_probability, default=[]))

    def _together(self, seen: list[Line], other: list[Line]) -> list[Line]:
        # Of two readings of the same ink the mean, else the more probable one.
        if not is_same(digits(seen), digits(other)):
            return max(other, seen, key=_probability)
        (one,), (two,) = digits(seen), digits(other)
        self._tell(two, settings.LONE_SEEN * one.probabilities + (1 - settings.LONE_SEEN) * two.probabilities)
        return other

    def _tell(self, digit: Digit, p: np.ndarray) -> None:
        digit.label, digit.probability, digit.probabilities = judged(p, self.classes)

    def _alone(self, pieces: list[list[list[Character]]], factor: float, least: Callable[[Digit], float]) -> list[Line]:
        # The one digit that these pieces of a picture are, if it is as probable as it has to be there, or nothing.
        lines = self._read_ink(pieces, factor)
        found = digits(lines)
        if len(found) != 1 or (needed := least(found[0])) > 1:
            return []
        lines = self._told(lines)
        return lines if found[0].probability >= needed else []

    def _whole(self, image: np.ndarray, shape: tuple[int, ...]) -> Digit:
        (p,) = self.classify(image[None])
        return Digit(*judged(p, self.classes), (0, 0, shape[1], shape[0]), image)

    def close(self) -> None:
        """End its threads and its sessions."""
        self._ensemble.close()
        if machine.was_forked():
            return
        with self._opening:
            self._closed = True
            if self._reader is not None:
                self._reader.close()

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
        return [
            Digit(*judged(p, self.classes), character.box, image)
            for character, image, p in zip(characters, seen, probabilities, strict=True)
        ]


def _smaller(grey: np.ndarray) -> tuple[np.ndarray, float]:
    # A picture no larger than is looked at, and by how much it is smaller than it was.
    factor = min(1.0, settings.LONGEST_SIDE / max(grey.shape))
    if factor < 1:
        size = [max(1, round(side * factor)) for side in grey.shape[::-1]]
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return grey, factor


def _probability(lines: list[Line]) -> float:
    # Of one digit at most.
    return max((digit.probability for digit in digits(lines)), default=0.0)


def _is_around(word: list[Character], seen: list[Line], factor: float) -> bool:
    # Whether a piece is what the digit that was seen stands in: a sheet on a desk, a cell, a circle.
    return len(word) == 1 and any(is_within(digit.box, word[0].box, factor) for digit in digits(seen))
