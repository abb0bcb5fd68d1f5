"""The same LeNet in lenet_tf1, Keras, PyTorch and ONNX Runtime, side by side: python benchmarks/compare.py

Every contender runs in a process of its own. They take turns, round by round, so that a loud minute
of the machine hits all of them; what counts is the median over the rounds, and its ratio to ours.
What is not installed is left out by name: `pip install torch onnxruntime onnx` for all.

Training is one network (1,256,080 parameters, dropout 0.5, Adam), in steps that end with the loss and
the count of correct images on the host. Evaluation is 10,000 images in batches of 256 from uint8
pixels to a count of correct ones; latency is one image from uint8 pixels to ten probabilities.
"""

import argparse
import functools
import importlib.util
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

from lenet_tf1.data.batches import as_input, training_batches
from lenet_tf1.data.datasets import load

HERE = Path(__file__).parent
STEPS = {64: 60, 256: 20}  # of training in a round: about a second
LATENCIES = 200  # single images in a round
KEEP_PROB = 0.5


class Ours:
    """lenet_tf1's own trainer and evaluation."""

    def __init__(self, precision, data):
        from lenet_tf1 import console

        console.import_tensorflow()
        self.precision, self.data, self.trainers = precision, data, {}

    def _trainer(self, batch_size):
        from lenet_tf1.recipes import Recipe
        from lenet_tf1.trainer import Trainer

        if batch_size not in self.trainers:
            recipe = Recipe("lenet", batch_size=batch_size, keep_prob=KEEP_PROB, precision=self.precision)
            self.trainers[batch_size] = Trainer(
                recipe, self.data, None, facts={}, summaries="none", bar=False, say=print
            )
        return self.trainers[batch_size]

    def prepare(self, batches):
        """What training gets: uint8 batches, as in `python -m lenet_tf1.train`."""
        return batches

    def train(self, batches, batch_size):
        """Take a step for each batch."""
        trainer = self._trainer(batch_size)
        for batch in batches:
            trainer._take_step(batch, traced=False)

    def evaluate(self, split):
        """Count the correct images."""
        from lenet_tf1.measure import measure

        trainer = self._trainer(64)
        return measure(trainer.session, trainer.model, split).correct

    def predict(self, image):
        """Ten probabilities of one image."""
        model, session = self._trainer(64).model, self._trainer(64).session
        return session.run(model.probabilities, {model.x: as_input(image)})


class Keras:
    """Keras's fit, evaluate and call."""

    def __init__(self, precision, data):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import keras

        keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bf16" else "float32")
        layers = keras.layers
        self.model = keras.Sequential(
            [
                layers.Input([28, 28, 1]),
                layers.Conv2D(20, 5, padding="same", activation="relu"),
                layers.MaxPooling2D(padding="same"),
                layers.Conv2D(50, 5, padding="same", activation="relu"),
                layers.MaxPooling2D(padding="same"),
                layers.Flatten(),
                layers.Dense(500, activation="relu"),
                layers.Dropout(1 - KEEP_PROB),
                layers.Dense(10, activation="softmax", dtype="float32"),
            ]
        )
        assert self.model.count_params() == 1_256_080
        self.model.compile(
            "adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False, steps_per_execution=10
        )

    def prepare(self, batches):
        """What training gets: floats, made beforehand."""
        x = np.concatenate([batch.images for batch in batches])
        return _pixels(x), np.concatenate([batch.labels for batch in batches])

    def train(self, prepared, batch_size):
        """Fit on all of them, one epoch."""
        self.model.fit(*prepared, batch_size=batch_size, shuffle=False, verbose=0)

    def evaluate(self, split):
        """Count the correct images."""
        probabilities = self.model.predict(_pixels(split.images), batch_size=256, verbose=0)
        return int((probabilities.argmax(axis=1) == split.labels).sum())

    def predict(self, image):
        """Ten probabilities of one image."""
        return self.model.predict_on_batch(_pixels(image))


class PyTorch:
    """PyTorch with channels_last and the fused Adam; in bf16 by autocast."""

    def __init__(self, precision, data):
        import torch

        torch.set_num_threads(os.cpu_count())
        nn = torch.nn
        self.torch = torch
        self.model = nn.Sequential(
            nn.Conv2d(1, 20, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(20, 50, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(2450, 500),
            nn.ReLU(),
            nn.Dropout(1 - KEEP_PROB),
            nn.Linear(500, 10),
        ).to(memory_format=torch.channels_last)
        assert sum(p.numel() for p in self.model.parameters()) == 1_256_080
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")
        self.adam = torch.optim.Adam(self.model.parameters(), fused=True)
        self.loss = nn.CrossEntropyLoss()

    def _tensor(self, images):
        pixels = self.torch.from_numpy(images)[:, None].float().div_(255)
        return pixels.contiguous(memory_format=self.torch.channels_last)

    def prepare(self, batches):
        """What training gets: tensors of floats, made beforehand."""
        return [(self._tensor(batch.images), self.torch.from_numpy(batch.labels).long()) for batch in batches]

    def train(self, prepared, batch_size):
        """Take a step for each batch."""
        self.model.train()
        for x, y in prepared:
            self.adam.zero_grad(set_to_none=True)
            with self.autocast:
                logits = self.model(x)
            loss = self.loss(logits.float(), y)
            loss.backward()
            self.adam.step()
            loss.item(), (logits.argmax(1) == y).sum().item()

    def evaluate(self, split):
        """Count the correct images."""
        self.model.eval()
        correct = 0
        with self.torch.inference_mode(), self.autocast:
            for i in range(0, len(split), 256):
                logits = self.model(self._tensor(split.images[i : i + 256]))
                correct += int((logits.argmax(1).numpy() == split.labels[i : i + 256]).sum())
        return correct

    def predict(self, image):
        """Ten probabilities of one image."""
        self.model.eval()
        with self.torch.inference_mode(), self.autocast:
            return self.model(self._tensor(image)).float().softmax(1).numpy()


class OnnxRuntime:
    """ONNX Runtime on the network that PyTorch exports; inference alone, in fp32 alone."""

    def __init__(self, precision, data):
        import onnxruntime
        import torch

        network = PyTorch("fp32", data).model.eval().to(memory_format=torch.contiguous_format)
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/lenet.onnx"
            torch.onnx.export(
                network, torch.zeros(2, 1, 28, 28), path, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "n"}}
            )
            self.session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def evaluate(self, split):
        """Count the correct images."""
        correct = 0
        for i in range(0, len(split), 256):
            (logits,) = self.session.run(None, {"x": split.images[i : i + 256, None].astype(np.float32) / 255})
            correct += int((logits.argmax(axis=1) == split.labels[i : i + 256]).sum())
        return correct

    def predict(self, image):
        """Ten probabilities of one image."""
        (logits,) = self.session.run(None, {"x": image[:, None].astype(np.float32) / 255})
        exponentials = np.exp(logits - logits.max())
        return exponentials / exponentials.sum()


CONTENDERS = {"lenet_tf1": Ours, "keras": Keras, "pytorch": PyTorch, "onnxruntime": OnnxRuntime}
_MODULES = {"lenet_tf1": "lenet_tf1", "keras": "keras", "pytorch": "torch", "onnxruntime": "onnxruntime"}
TASKS = {
    "train 64": {"kind": "train", "batch_size": 64},
    "train 256": {"kind": "train", "batch_size": 256},
    "evaluate": {"kind": "evaluate"},
    "one image": {"kind": "predict"},
}
# Multiply-adds of one image: conv2, conv4, fc6, fc7. A training step does them forwards, for the weights'
# gradients, and, but for conv2, for the inputs' gradients.
MULTIPLY_ADDS = np.array([28 * 28 * 20 * 25, 14 * 14 * 50 * 500, 2450 * 500, 5000])
TRAINING_FLOPS = 2 * (3 * MULTIPLY_ADDS.sum() - MULTIPLY_ADDS[0])


def _pixels(images):
    return images[..., None].astype(np.float32) / 255


def work(name, precision):
    """A contender's process: answers each line of JSON on stdin with one on stdout."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    data = load("mnist", classes=10)
    contender = CONTENDERS[name](precision, data)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        if task["kind"] == "train":
            size = task["batch_size"]
            batches = training_batches(data.train, size, seed=0, epoch=task["round"])
            prepared = contender.prepare(list(itertools.islice(batches, STEPS[size])))
            done, run = STEPS[size] * size, functools.partial(contender.train, prepared, size)
        elif task["kind"] == "evaluate":
            done, run = len(data.test), functools.partial(contender.evaluate, data.test)
        else:
            images = [data.test.images[i : i + 1] for i in range(LATENCIES)]
            done, run = LATENCIES, lambda images=images: [contender.predict(image) for image in images]
        start = time.perf_counter()
        run()
        per_second = done / (time.perf_counter() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"per_second": per_second, "peak_megabytes": peak}), file=answers, flush=True)


class Process:
    """A contender in a process of its own."""

    def __init__(self, name, precision):
        self.label = f"{name} {precision}"
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--work", name, precision],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if self.process.stdout.readline() != "ready\n":
            raise SystemExit(f"{self.label} doesn't start; python {__file__} --work {name} {precision} says why")

    def ask(self, task):
        """Have it do one task; returns its answer."""
        print(json.dumps(task), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def ceilings():
    """This machine's own limits: GFLOP/s of a large matrix product in each precision, GB/s of a large copy."""
    from lenet_tf1 import console

    console.import_tensorflow()
    import tensorflow.compat.v1 as tf

    found = {}
    size = 4096
    for name, dtype in [("fp32", tf.float32), ("bf16", tf.bfloat16)]:
        with tf.Graph().as_default(), tf.Session() as session:
            a = tf.get_variable("a", [size, size], dtype, tf.ones_initializer(), use_resource=True)
            session.run(a.initializer)
            product = tf.reduce_max(tf.matmul(a, a))
            found[f"{name}_gflops"] = 2 * size**3 / _fastest(lambda run=session.run, p=product: run(p)) / 1e9
    source = np.ones(1 << 26)
    target = np.empty_like(source)
    found["copy_gigabytes_per_second"] = 2 * source.nbytes / _fastest(lambda: np.copyto(target, source)) / 1e9
    return found


def _fastest(function):
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def compare(rounds):
    """Run all contenders; returns what is measured, as JSON's types."""
    from lenet_tf1.machine import choose_precision, facts, versions  # here: no peer's process gets TensorFlow

    installed = [name for name in CONTENDERS if name == "lenet_tf1" or importlib.util.find_spec(_MODULES[name])]
    precisions = ["fp32"] if choose_precision("auto") == "fp32" else ["bf16", "fp32"]
    processes = [Process(name, p) for p in precisions for name in installed if (name, p) != ("onnxruntime", "bf16")]
    speeds = {task: {process.label: [] for process in processes} for task in TASKS}
    peaks = {}
    for turn in range(rounds + 1):  # the first one warms up
        for (task, content), process in itertools.product(TASKS.items(), processes):
            if process.label.startswith("onnxruntime") and content["kind"] == "train":
                continue
            answer = process.ask(content | {"round": turn})
            if turn:
                speeds[task][process.label].append(answer["per_second"])
            peaks[process.label] = answer["peak_megabytes"]
        print(f"round {turn} of {rounds}", file=sys.stderr)
    return {
        "rounds": rounds,
        "left_out": [name for name in CONTENDERS if name not in installed],
        "per_second": {task: {label: s for label, s in by.items() if s} for task, by in speeds.items()},
        "peak_megabytes": peaks,
        "ceilings": ceilings(),
        "versions": {name: version(_MODULES[name]) for name in installed} | versions(),
        "machine": facts(),
    }


def table(result):
    """Medians of images/s and the peak memory; then the ratios of ours to each peer's, round by round.

    A ratio is the median over the rounds, with half the distance between its quartiles.
    """
    lines = [f"{'':22}" + "".join(f"{task:>14}" for task in TASKS) + "   MB"]
    for label, peak in result["peak_megabytes"].items():
        cells = []
        for task in TASKS:
            speeds = result["per_second"][task].get(label)
            cells.append(f"{statistics.median(speeds):14,.0f}" if speeds else f"{'-':>14}")
        lines.append(f"{label:22}" + "".join(cells) + f"{peak:6,.0f}")
    lines.append("")
    for peer in result["peak_megabytes"]:
        precision = peer.split()[1]
        if peer.startswith("lenet_tf1"):
            continue
        cells = []
        for task in TASKS:
            theirs, ours = (result["per_second"][task].get(label) for label in (peer, f"lenet_tf1 {precision}"))
            if not theirs:
                cells.append(f"{'-':>14}")
                continue
            low, middle, high = np.percentile(np.array(ours) / np.array(theirs), [25, 50, 75])
            cells.append(f"{f'{middle:.2f} ±{(high - low) / 2:.2f}':>14}")
        lines.append(f"{'ours / ' + peer:22}" + "".join(cells))
    lines.append("")
    for precision in ("bf16", "fp32"):
        for task in ("train 64", "train 256"):
            if speeds := result["per_second"][task].get(f"lenet_tf1 {precision}"):
                share = statistics.median(speeds) * TRAINING_FLOPS / result["ceilings"][f"{precision}_gflops"] / 1e9
                lines.append(f"lenet_tf1 {precision}, {task}: {share:.0%} of this machine's {precision} matrix product")
    return "\n".join(lines)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--out", type=Path, default=HERE / "compare.json")
    parser.add_argument("--work", nargs=2, metavar=("NAME", "PRECISION"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        return work(*args.work)
    result = compare(args.rounds)
    args.out.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))


if __name__ == "__main__":
    main()
