"""From a picture to its digits: one restored network, asked about each character that is found."""

import queue
import threading
from concurrent.futures import Future
from dataclasses import dataclass

import cv2
import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1 import checkpoints, images, segmentation
from lenet_tf1.data.batches import as_input
from lenet_tf1.graph.model import build_model
from lenet_tf1.machine import choose_precision, open_session

UNSURE = 0.5  # below this probability a character may well be none of the classes
_PART = 0.5  # nats that a part of touching digits costs for being one
_MOST_AT_ONCE = 1024  # images in one run of the session


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
        checkpoint = checkpoints.find(path, None, report)
        self.recipe = checkpoint.recipe
        self.classes = self.recipe.classes
        precision = "fp32" if self.recipe.precision == "fp32" else choose_precision("auto")
        with tf.Graph().as_default() as graph:
            self.session = open_session(graph, precision)
            with self.session.as_default():
                self.model = build_model(self.recipe.network, classes=len(self.classes))
                checkpoint.restore(self.session, tf.trainable_variables())
        graph.finalize()
        self._asked = queue.SimpleQueue()
        threading.Thread(target=self._answer, daemon=True).start()

    def classify(self, characters):
        """The probabilities of images uint8 [n, 28, 28]: float32 [n, classes]."""
        future = Future()
        self._asked.put((as_input(np.asarray(characters)), future))
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
                answers = self.session.run(self.model.probabilities, {self.model.x: x})
            except Exception as error:  # whatever it is, those who wait are told
                for _, future in asked:
                    future.set_exception(error)
                continue
            start = 0
            for x, future in asked:
                future.set_result(answers[start : start + len(x)])
                start += len(x)

    def look(self, image):
        """What each scope of the network makes of one image, uint8 [28, 28]: its output without the batch, by name."""
        outputs = self.session.run(self.model.endpoints, {self.model.x: as_input(image[None])})
        return {scope: output[0] for scope, output in outputs.items()}

    def read(self, grey):
        """Recognise what is written in a picture, uint8 [height, width] of grey.

        Returns a list of lines, top to bottom, each a list of words, each a list of Digits left to right.
        """
        factor = min(1.0, images.LONGEST_SIDE / max(grey.shape))
        if factor < 1:
            size = [max(1, round(side * factor)) for side in grey.shape[::-1]]
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        lines = segmentation.find_lines(images.find_ink(grey))
        judged = iter(self._judge([character for line in lines for word in line for character in word]))
        found = [[[digit for _ in word for digit in next(judged)] for word in line] for line in lines]
        for digit in (digit for line in found for word in line for digit in word):
            digit.box = tuple(round(value / factor) for value in digit.box)
        return found

    def _judge(self, characters):
        # For each character the Digits that it is: one, or several that touch.
        if not characters:
            return []
        seen = [images.as_mnist(character.ink) for character in characters]
        judged = []
        for character, image, probabilities in zip(characters, seen, self.classify(seen), strict=True):
            whole = [self._digit(character, image, probabilities)]
            width, height = character.box[2:]
            doubtful = width > 0.9 * height and whole[0].probability < 0.98
            judged.append(self._split(character, whole) if doubtful else whole)
        return judged

    def _digit(self, character, image, probabilities):
        best = int(probabilities.argmax())
        return Digit(self.classes[best], float(probabilities[best]), probabilities, character.box, image)

    def _split(self, character, whole):
        # The best way to cut touching digits, of all ways at the columns with the least ink; or the whole.
        width, height = character.box[2:]
        places = [0, *segmentation.cuts(character), width]
        spans = [
            (a, b) for i, a in enumerate(places) for b in places[i + 1 :] if 0.15 * height <= b - a <= 1.1 * height
        ]
        parts = {span: part for span in spans if (part := segmentation.part(character, *span)) is not None}
        if not parts:
            return whole
        seen = [images.as_mnist(part.ink) for part in parts.values()]
        digits = {
            span: self._digit(part, image, probabilities)
            for (span, part), image, probabilities in zip(parts.items(), seen, self.classify(seen), strict=True)
        }
        # The shortest path over the places, a part costing what the network doubts of it, and something for being one.
        costs, paths = {0: 0.0}, {0: []}
        for end in places[1:]:
            ways = [
                (costs[start] - np.log(digit.probability) + _PART, paths[start] + [digit])
                for (start, stop), digit in digits.items()
                if stop == end and start in costs
            ]
            if ways:
                costs[end], paths[end] = min(ways, key=lambda way: way[0])
        expected = max(1.0, width / (0.75 * height))  # digits, of a piece as wide as this
        better = width in costs and costs[width] < -np.log(whole[0].probability) + _PART * expected
        return paths[width] if better else whole


def texts(lines):
    """What is written, as strings: the words of all lines in reading order, such as ["2026", "11"]."""
    return ["".join(digit.label for digit in word) for line in lines for word in line]


def as_json(lines):
    """What is written, as JSON's types: the strings, and each digit with its label, probability and box."""
    digits = [digit for line in lines for word in line for digit in word]
    return {
        "text": texts(lines),
        "digits": [
            {"label": digit.label, "probability": round(digit.probability, 4), "box": list(digit.box)}
            for digit in digits
        ],
    }
