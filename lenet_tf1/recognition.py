"""From a picture to its digits: one restored network, asked about each character that is found."""

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass

import cv2
import numpy as np

from lenet_tf1 import checkpoints, images, segmentation
from lenet_tf1.data.batches import as_input
from lenet_tf1.restored import Restored

UNSURE = 0.5  # below this probability a character may well be none of the classes
_DIGIT = 0.5  # nats that each digit costs, so that one is preferred to two as likely,
_CUT = 1.5  # and one that was cut off another
_MOST_PIECES = 7  # that a digit is put together from
_MOST_AT_ONCE = 1024  # images in one run of the session
_MOST_SPANS = 700  # of a word: one with more is no number, and is read as it stands


@dataclass
class Digit:
    """One recognised character.

    label          the most probable class
    probability    of it, in 0..1
    probabilities  of every class, float32 [classes]
    box            (left, top, width, height) in the picture's pixels
    image          what the network saw, uint8 [28, 28]
    """

    label: str
    probability: float
    probabilities: np.ndarray
    box: tuple
    image: np.ndarray


class Recognizer:
    """A network restored from a run directory or checkpoint, ready for pictures. Threads may share it.

    What several threads ask at a time is asked of the network at once. Raises InputError if there is
    nothing to restore.
    """

    def __init__(self, path, report=lambda sentence: None):
        self.network = Restored(checkpoints.find(path, None, report))
        self.classes = self.network.recipe.classes
        self._asked = queue.SimpleQueue()
        threading.Thread(target=self._answer, daemon=True).start()

    def classify(self, characters):
        """The probabilities of images uint8 [n, 28, 28]: float32 [n, classes]."""
        future = Future()
        x = as_input(np.asarray(characters))
        if x.shape[1:] != (28 * 28,):
            raise ValueError(f"characters have the shape [n, 28, 28], not {list(np.shape(characters))}")
        self._asked.put((x, future))
        return future.result()

    def _answer(self):
        # All that has been asked since the last run goes into the next one.
        while True:
            asked = [self._asked.get()]
            while sum(len(x) for x, _ in asked) < _MOST_AT_ONCE:
                try:
                    asked.append(self._asked.get_nowait())
                except queue.Empty:
                    break
            try:
                x = np.concatenate([x for x, _ in asked])
                parts = (x[start : start + _MOST_AT_ONCE] for start in range(0, len(x), _MOST_AT_ONCE))
                answers = np.concatenate([self.network.classify(part) for part in parts])
            except Exception as error:  # whatever it is, those who wait are told
                for _, future in asked:
                    future.set_exception(error)
                continue
            start = 0
            for x, future in asked:
                future.set_result(answers[start : start + len(x)])
                start += len(x)

    def read(self, grey):
        """Recognise what is written in a picture, uint8 [height, width] of grey.

        Returns a list of lines, top to bottom, each a list of words, each a list of Digits left to right.
        """
        factor = min(1.0, images.LONGEST_SIDE / max(grey.shape))
        if factor < 1:
            size = [max(1, round(side * factor)) for side in grey.shape[::-1]]
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        lines = segmentation.find_lines(images.find_ink(grey))
        found = [[self._word(word) for word in line] for line in lines]
        for digit in digits(found):
            digit.box = tuple(round(value / factor) for value in digit.box)
        return found

    def _word(self, characters):
        # The Digits of a word: of all ways to put strokes that are close together, and to cut what touches, the one
        # that the network doubts least.
        whole = self._digits(characters)
        parts = {}  # Digits by (first, last + 1) of the pieces they are put together from
        pieces = []  # what characters are cut into, with the number of the character
        for i, (character, digit) in enumerate(zip(characters, whole, strict=True)):
            if character.box[2] > 0.8 * character.box[3] and digit.probability < UNSURE:
                pieces += [(piece, i) for piece in segmentation.cut(character)]
            else:
                parts[len(pieces), len(pieces) + 1] = digit
                pieces.append((character, i))
        if len(pieces) * _MOST_PIECES > _MOST_SPANS:
            return whole
        unknown = {}
        for start in range(len(pieces)):
            for end in range(start + 1, min(start + _MOST_PIECES, len(pieces)) + 1):
                if (start, end) not in parts:
                    several = [piece for piece, _ in pieces[start:end]]
                    one = segmentation.join(several) if len(several) > 1 else several[0]
                    if one is not None:
                        unknown[start, end] = one
        if not unknown:  # nothing to join and nothing to cut
            return whole
        parts |= zip(unknown, self._digits(list(unknown.values())), strict=True)
        # The shortest path, a part costing what the network doubts of it, and something for being one.
        costs, paths = {0: 0.0}, {0: []}
        for end in range(1, len(pieces) + 1):
            ways = []
            for (start, stop), digit in parts.items():
                if stop == end:
                    was_cut = start > 0 and pieces[start][1] == pieces[start - 1][1]
                    cost = costs[start] - np.log(digit.probability) + (_CUT if was_cut else _DIGIT)
                    ways.append((cost, paths[start] + [digit]))
            costs[end], paths[end] = min(ways, key=lambda way: way[0])
        return paths[len(pieces)]

    def _digits(self, characters):
        # Each is seen as it is and narrower, and judged by the mean: people draw wider than MNIST's writers wrote.
        seen = [images.as_mnist(character.ink) for character in characters]
        narrower = [images.as_mnist(images.narrowed(character.ink)) for character in characters]
        probabilities = self.classify([*seen, *narrower]).reshape(2, len(seen), -1).mean(axis=0)
        recognised = []
        for character, image, p in zip(characters, seen, probabilities, strict=True):
            best = int(p.argmax())
            recognised.append(Digit(self.classes[best], float(p[best]), p, character.box, image))
        return recognised


def digits(lines):
    """The Digits of all lines in reading order."""
    return [digit for line in lines for word in line for digit in word]


def texts(lines):
    """What is written, as strings: the words of all lines in reading order, such as ["2026", "11"]."""
    words = [[digit.label for digit in word] for line in lines for word in line]
    # Names of more than a letter would run into each other.
    return [("" if max(map(len, labels)) == 1 else " ").join(labels) for labels in words]


def as_json(lines):
    """What is written, as JSON's types: the strings, and each digit with its label, probability and box."""
    return {
        "text": texts(lines),
        "digits": [
            {"label": digit.label, "probability": round(digit.probability, 4), "box": list(digit.box)}
            for digit in digits(lines)
        ],
    }
