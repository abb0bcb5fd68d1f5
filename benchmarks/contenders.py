"""What compare.py compares: one LeNet in lenet_tf1, Keras, PyTorch and ONNX Runtime, behind the same few methods.

`prepare` makes of uint8 batches what `train` takes, a step for each; `evaluate` counts a split's correct
images; `predict` makes ten probabilities of one image; `speedrun` trains to 99 % and returns seconds and
accuracy. As a program this file is one contender's process: python contenders.py NAME PRECISION
"""

import dataclasses
import functools
import json
import os
import resource
import sys
import tempfile
import time

import numpy as np

from lenet_tf1.data.batches import Batches, as_input, one_hot
from lenet_tf1.data.datasets import load

STEPS = {64: 60, 256: 20}  # of training in a round: about a second
LATENCIES = 200  # single images in a round
KEEP_PROB = 0.5


class Ours:
    """lenet_tf1's own stepper and evaluation."""

    def __init__(self, precision, data):
        from lenet_tf1.base import console

        console.import_tensorflow()
        self.precision, self.data, self.steppers = precision, data, {}

    def _stepper(self, batch_size):
        from lenet_tf1.recipes import Recipe
        from lenet_tf1.training.classification import Classification
        from lenet_tf1.training.stepper import Stepper

        if batch_size not in self.steppers:
            recipe = Recipe("lenet", batch_size=batch_size, keep_prob=KEEP_PROB, precision=self.precision)
            self.steppers[batch_size] = Stepper(recipe, Classification(recipe, self.data))
        return self.steppers[batch_size]

    @functools.cached_property
    def network(self):
        """What was trained, as `evaluate`, `predict` and the page restore it."""
        from lenet_tf1.inference.frozen import FrozenNetwork
        from lenet_tf1.runs.checkpoints import ForeignCheckpoint

        stepper = self._stepper(64)
        with tempfile.TemporaryDirectory() as folder, stepper.session.graph.as_default():
            stepper.save(f"{folder}/model")
            return FrozenNetwork(ForeignCheckpoint(f"{folder}/model", stepper.recipe))

    def prepare(self, batches):
        """What training gets: uint8 batches, as in `python -m lenet_tf1.train`."""
        return batches

    def train(self, batches, batch_size):
        """Take a step for each batch."""
        stepper = self._stepper(batch_size)
        for batch in batches:
            stepper.take(as_input(batch.images), one_hot(batch.labels, 10))

    def evaluate(self, split):
        """Count the correct images."""
        from lenet_tf1.inference.metrics import evaluate_split

        return evaluate_split(self.network.session, self.network.model, split).correct

    def predict(self, image):
        """Ten probabilities of one image."""
        return self.network.probabilities(as_input(image))

    def speedrun(self, seed):
        """Train the recipe of that name; returns seconds and accuracy on the test set."""
        from lenet_tf1.inference.metrics import evaluate_split
        from lenet_tf1.recipes import find_recipe
        from lenet_tf1.training.classification import Classification
        from lenet_tf1.training.stepper import Stepper

        recipe = dataclasses.replace(find_recipe("speedrun"), precision=self.precision, seed=seed)
        batches = Batches(self.data.train, recipe.batch_size, classes=10, seed=seed)
        with Stepper(recipe, Classification(recipe, self.data)) as stepper, tempfile.TemporaryDirectory() as folder:
            stepper.save(f"{folder}/model")
            stepper.take(*batches[0])  # the first step optimises the graph: it is taken back
            stepper.restore(f"{folder}/model", 0)
            start = time.perf_counter()
            for i in range(recipe.steps):
                stepper.take(*batches[i])
            seconds = time.perf_counter() - start
            return seconds, evaluate_split(stepper.session, stepper.learner.model, self.data.test).accuracy


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
        self.torch, self.data = torch, data
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

    def speedrun(self, seed):
        """Train train_mnist_fast's last network as its notebook does; returns seconds and accuracy on the test set."""
        torch, nn = self.torch, self.torch.nn
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(1, 24, 5),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(24, 32, 3),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(800, 256),
            nn.ReLU(),
            nn.Linear(256, 10),
        ).to(memory_format=torch.channels_last)
        adam = torch.optim.Adam(network.parameters(), lr=0.01, betas=(0.7, 0.9), fused=True)
        x = (self._tensor(np.concatenate([self.data.validation.images, self.data.train.images])) - 0.1307) / 0.3081
        y = torch.from_numpy(np.concatenate([self.data.validation.labels, self.data.train.labels])).long()
        steps = -(-len(x) // 256)
        schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=0.01, total_steps=steps, cycle_momentum=False)
        start = time.perf_counter()
        for i in range(0, len(x), 256):
            adam.zero_grad(set_to_none=True)
            with self.autocast:
                logits = network(x[i : i + 256])
            self.loss(logits.float(), y[i : i + 256]).backward()
            adam.step()
            schedule.step()
        seconds = time.perf_counter() - start
        with torch.inference_mode():
            logits = network((self._tensor(self.data.test.images) - 0.1307) / 0.3081)
        return seconds, float((logits.argmax(1).numpy() == self.data.test.labels).mean())


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


def _pixels(images):
    return images[..., None].astype(np.float32) / 255


def work(name, precision):
    """A contender's process: answers each line of JSON on stdin with one on stdout."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    data = load("mnist")
    contender = CONTENDERS[name](precision, data)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        task = json.loads(line)
        if task["kind"] == "speedrun":
            seconds, accuracy = contender.speedrun(task["seed"])
            print(json.dumps({"seconds": seconds, "accuracy": accuracy}), file=answers, flush=True)
            continue
        if task["kind"] == "train":
            size = task["batch_size"]
            batches = Batches(data.train, size, classes=10, seed=0, epoch=task["round"])
            prepared = contender.prepare([batches.part(i) for i in range(STEPS[size])])
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


if __name__ == "__main__":
    work(*sys.argv[1:])
