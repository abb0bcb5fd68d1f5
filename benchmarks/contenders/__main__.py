"""One contender's process: python -m contenders NAME PRECISION FOLDER

It is asked to do tasks. In round 0 of a task every way that the library has to do it is tried, and the fastest is that
of the other rounds.
"""

import functools
import importlib
import sys
import time
from pathlib import Path

import numpy as np
from libraries import serve

from lenet_tf1.data.batches import Batches
from lenet_tf1.data.datasets import load

CONTENDERS = {
    "lenet_tf1": "ours.Ours",
    "keras": "in_keras.Keras",
    "pytorch": "in_pytorch.PyTorch",
    "jax": "in_jax.Jax",
    "onnxruntime": "on_exports.OnnxRuntime",
    "openvino": "on_exports.OpenVINO",
    "litert": "on_exports.LiteRT",
}
STEPS = {64: 30, 256: 8}  # of training in a round: half a second
RUNS = {1: 200, 8: 50}  # in a round, of so many images at once
CHECKED = 13  # batches of eight images, whose probabilities are compared
TRIALS = 3  # of each way; only one of those that take twice the time of the fastest


class Worker:
    """Does the tasks of one contender, each in the way that was the fastest."""

    def __init__(self, name, precision, folder):
        module, _, kind = CONTENDERS[name].rpartition(".")
        self.data = load("mnist")
        self.contender = getattr(importlib.import_module(f"contenders.{module}"), kind)(precision, folder, self.data)
        self.chosen = {}  # by task

    def answer(self, task):
        """What goes back, as JSON's types."""
        kind = task["kind"]
        if kind == "check":
            return {way: self.checked(way) for way in self.contender.ways["predict"]}
        if task["round"] == 0:
            tried = self.tried(task)
            self.chosen[task["name"]] = max(tried, key=tried.get)
            return {"tried": tried, "chosen": self.chosen[task["name"]]}
        return {"per_second": self.speed(task, self.chosen[task["name"]]), "peak_megabytes": peak_megabytes()}

    def checked(self, way):
        """Probabilities of the first images of the test set."""
        parts = [self.data.test.images[8 * i : 8 * i + 8] for i in range(CHECKED)]
        return [row for part in parts for row in np.asarray(self.contender.predict(way, part)).tolist()]

    def tried(self, task):
        """Images a second by way, at best, after a first time that compiles what there is to compile."""
        ways = self.contender.ways[task["kind"]]
        for way in ways:
            self.speed(task, way)
        best = {way: self.speed(task, way) for way in ways}
        for _ in range(TRIALS - 1):
            for way in ways:
                if len(ways) > 1 and best[way] > max(best.values()) / 2:
                    best[way] = max(best[way], self.speed(task, way))
        return best

    def speed(self, task, way):
        """Images a second of one round."""
        contender, data = self.contender, self.data
        if task["kind"] == "train":
            size = task["images"]
            batches = Batches(data.train, size, classes=10, seed=0, epoch=task["round"])
            prepared = contender.prepare([batches.part(i) for i in range(STEPS[size])])
            done, run = STEPS[size] * size, functools.partial(contender.train, way, prepared, size)
        elif task["kind"] == "evaluate":
            done, run = len(data.test), functools.partial(contender.evaluate, way, data.test)
        else:
            size = task["images"]
            parts = [data.test.images[i * size : (i + 1) * size] for i in range(RUNS[size])]
            done, run = RUNS[size] * size, lambda: [contender.predict(way, images) for images in parts]
        start = time.perf_counter()
        run()
        return done / (time.perf_counter() - start)


def peak_megabytes():
    """The most memory that this process has had, or None where nothing tells it.

    The peak of `getrusage` is at first that of the process which started this one.
    """
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), None)


def work(name, precision, folder):
    """Begin to work: what `serve` wants."""
    worker = Worker(name, precision, Path(folder))
    return {"kinds": list(worker.contender.ways)}, worker.answer


if __name__ == "__main__":
    serve(functools.partial(work, *sys.argv[1:]))
