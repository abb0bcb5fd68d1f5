"""Train the page reader: python benchmarks/train_reader.py RUN [--steps N] [--seed N] [--rate R] [--start WEIGHTS]

Pages are functions of (seed, step): the same seed gives the same bits, and a run that is stopped goes on from its last
checkpoint as if nothing had happened. The weights' moving average is what is measured, on pages of digits that training
never sees, and what is written to RUN/weights.npz each time.
"""

import argparse
import collections
import json
import multiprocessing
import time
from pathlib import Path

import cv2
import numpy as np

from lenet_tf1.data import datasets
from lenet_tf1.data.pages import page as pages
from lenet_tf1.data.pages.glyphs import Glyphs

BATCH = 24
RATE, WARM_UP = 0.004, 0.12
BETA2 = 0.99  # of Adam: a few thousand steps are too few for 0.999
EMA = 0.998
VALIDATION_SEED, VALIDATION_PAGES = 1_000_003, 240
EVERY = 250  # steps from one checkpoint and validation to the next
SHOWN = 50  # steps from one line to the next
_AHEAD = 6  # batches that are made before they are needed
_glyphs = None


def _start_worker():
    cv2.setNumThreads(1)


def _batch(seed, step):
    return pages.batch(_glyphs, seed, step, BATCH)


def batches(pool, seed, first, last):
    """The batches of steps first to last - 1, made by the pool a few ahead."""
    waiting = collections.deque()
    for step in range(first, last):
        while len(waiting) < _AHEAD and step + len(waiting) < last:
            waiting.append(pool.apply_async(_batch, (seed, step + len(waiting))))
        yield waiting.popleft().get()


class Validation:
    """Fixed pages, and how much of the digits on them is found and named by a single reading at their own size."""

    def __init__(self, digits):
        glyphs = Glyphs(digits.images, digits.labels, VALIDATION_SEED, scale=0.15)
        self.pages = [pages.page(glyphs, VALIDATION_SEED, i) for i in range(VALIDATION_PAGES)]
        self.x = np.stack([pages.local_contrast(one.grey) for one in self.pages])[..., None]
        self.targets = np.stack([pages.targets(one.marks) for one in self.pages])

    def measure(self, heat, digit):
        """(recall, precision, right) at a heat of 0.4: float32 logits [n, 40, 40, 1] and [n, 40, 40, 10].

        Digits are found if a peak is within a place of their middle; right is the share of them with the right name;
        precision the share of peaks that are of a digit.
        """
        wanted, weight, label = (self.targets[..., i] for i in range(3))
        p = 1 / (1 + np.exp(-heat[..., 0]))
        highest = np.stack([cv2.dilate(one, np.ones([3, 3], np.uint8)) for one in p])
        peaks = (p >= highest) & (p > 0.4)
        middles = (wanted > 0.999) & (weight > 0)
        near = np.stack([cv2.dilate(one.astype(np.uint8), np.ones([3, 3], np.uint8)) > 0 for one in middles])
        around = np.stack([cv2.dilate(one.astype(np.uint8), np.ones([3, 3], np.uint8)) > 0 for one in peaks])
        named = digit.argmax(-1)
        good = peaks & near
        bad = peaks & ~near & (weight > 0)
        found = middles & around
        right = middles & around & (named == label)
        return found.sum() / middles.sum(), good.sum() / max(1, (good | bad).sum()), right.sum() / middles.sum()


def main():
    """Train, or go on with training."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--steps", type=int, default=3600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=RATE, help="the highest learning rate")
    parser.add_argument("--start", type=Path, help="weights.npz of another run, to begin with")
    args = parser.parse_args()
    cv2.setNumThreads(0)  # its threads would not be there in a forked process, which would wait for them
    args.run.mkdir(parents=True, exist_ok=True)
    global _glyphs
    data = datasets.load("mnist")
    _glyphs = Glyphs(data.train.images, data.train.labels, args.seed)
    validation = Validation(data.validation)
    with multiprocessing.get_context("fork").Pool(1, _start_worker) as pool:
        training = Training(args)
        training.take_steps(pool, validation)


class Training:
    """The graph, its session, and the steps that are left of a run."""

    def __init__(self, args):
        import tensorflow.compat.v1 as tf

        from lenet_tf1.base.machine import choose_precision, open_session
        from lenet_tf1.graph.reader import losses, reader
        from lenet_tf1.graph.training import one_cycle

        self.run, self.steps, self.seed = args.run, args.steps, args.seed
        with tf.Graph().as_default() as self.graph:
            self.x = tf.placeholder(tf.float32, [None, pages.SIDE, pages.SIDE, 1], "x")
            self.y = tf.placeholder(tf.float32, [None, pages.PLACES, pages.PLACES, 8], "targets")
            self.loss = losses(reader(self.x, seed=args.seed, training=True), self.y)
            variables = tf.global_variables()
            step = tf.train.create_global_step()
            rate = one_cycle(step.read_value(), learning_rate=args.rate, warm_up=WARM_UP, steps=args.steps)
            adam = tf.train.AdamOptimizer(rate, 0.9, BETA2)
            gradients = adam.compute_gradients(self.loss.total, gate_gradients=tf.train.Optimizer.GATE_NONE)
            batch_norm = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
            average = tf.train.ExponentialMovingAverage(EMA, num_updates=step)
            with tf.control_dependencies([adam.apply_gradients(gradients, global_step=step), *batch_norm]):
                self.update = average.apply(variables)
            self.averages = {v.op.name: average.average(v) for v in variables}
            self.saver = tf.train.Saver(max_to_keep=3)
            initialize = tf.global_variables_initializer()
            begin, initial = [v.initializer for v in variables], {v.op.name: v.initial_value for v in variables}
        precision = choose_precision("auto")
        self.session = open_session(self.graph, precision)
        self.session.run(initialize)
        if args.start:
            with np.load(args.start) as file:
                self.session.run(begin, {value: file[name] for name, value in initial.items()})
        self.evaluation = Evaluation(precision)
        if latest := tf.train.latest_checkpoint(args.run):
            with self.graph.as_default(), self.session.as_default():
                self.saver.restore(self.session, latest)
        self.first = int(self.session.run(step))

    def take_steps(self, pool, validation):
        """Take the steps that are left, and validate and save now and then."""
        loss = self.loss
        fetches = [loss.heat, loss.digit, loss.box, loss.total, self.update]
        sums, start = np.zeros(4), time.perf_counter()
        for number, (x, y) in enumerate(batches(pool, self.seed, self.first, self.steps), self.first + 1):
            sums += self.session.run(fetches, {self.x: x, self.y: y})[:4]
            if number % SHOWN == 0:
                seconds, means = (time.perf_counter() - start) / SHOWN, np.round(sums / SHOWN, 4).tolist()
                print(f"{number:5} heat digit box total {means} {seconds:.2f} s a step", flush=True)
                sums, start = np.zeros(4), time.perf_counter()
            if number % EVERY == 0 or number == self.steps:
                self._validate_and_save(number, validation)
                start = time.perf_counter()

    def _validate_and_save(self, number, validation):
        weights = self.session.run(self.averages)
        measured = np.round(self.evaluation.validate(weights, validation), 4).tolist()
        print(json.dumps({"step": number, "loss, found, precise, right": measured}), flush=True)
        np.savez(self.run / "weights.npz", **weights)
        with self.graph.as_default(), self.session.as_default():
            self.saver.save(self.session, str(self.run / "reader"), number, write_meta_graph=False)


class Evaluation:
    """The network in a graph of its own, to be run with any weights."""

    def __init__(self, precision):
        import tensorflow.compat.v1 as tf

        from lenet_tf1.base.machine import open_session
        from lenet_tf1.graph.reader import losses, reader

        with tf.Graph().as_default() as graph:
            self.x = tf.placeholder(tf.float32, [None, None, None, 1], "x")
            self.y = tf.placeholder(tf.float32, [None, pages.PLACES, pages.PLACES, 8], "targets")
            self.ends = reader(self.x, seed=0, training=False)
            self.loss = losses(self.ends, self.y).total
            self.load = [v.initializer for v in tf.global_variables()]
            self.initial = {v.op.name: v.initial_value for v in tf.global_variables()}
        self.session = open_session(graph, precision)

    def validate(self, weights, validation):
        """[loss, recall, precision, right] with the weights, a dict of name -> array."""
        self.session.run(self.load, {value: weights[name] for name, value in self.initial.items()})
        fetched = []
        for i in range(0, VALIDATION_PAGES, 24):
            feed = {self.x: validation.x[i : i + 24], self.y: validation.targets[i : i + 24]}
            fetched.append(self.session.run([self.loss, self.ends["heat"], self.ends["digit"]], feed))
        loss, heat, digit = zip(*fetched, strict=True)
        return [float(np.mean(loss)), *validation.measure(np.concatenate(heat), np.concatenate(digit))]


if __name__ == "__main__":
    main()
