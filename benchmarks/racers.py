"""Who races in curve.py, each library in a process of its own: python -m racers LIBRARY PRECISION

A racer trains from images in memory to trained weights, and returns the seconds of that, with whatever it validates on
its way, and its accuracy on the test set, read once at the end. What is done once for a graph or for kernels is done
before the clock starts.
"""

import dataclasses
import functools
import os
import sys
import tempfile
import time

import numpy as np
from libraries import serve

from lenet_tf1.data.datasets import load


class Ours:
    """Recipes of lenet_tf1, by their names, through its own stepper and evaluation."""

    def __init__(self, data, precision):
        from lenet_tf1.base import console

        console.import_tensorflow()
        self.data, self.precision = data, precision
        self.race("speedrun", 0)  # what a process does once is done from here on

    def race(self, name, seed):
        """Train the recipe of that name."""
        from lenet_tf1.inference.metrics import evaluate_split
        from lenet_tf1.recipes import find_recipe
        from lenet_tf1.training.classification import Classification
        from lenet_tf1.training.stepper import Stepper

        recipe = dataclasses.replace(find_recipe(name), precision=self.precision, seed=seed)
        task = Classification(recipe, self.data)
        with Stepper(recipe, task) as stepper, tempfile.TemporaryDirectory() as folder:
            stepper.save(f"{folder}/model")
            stepper.take(*task.batches(0)[0])  # the first step optimises the graph: it is taken back
            stepper.validate()
            stepper.restore(f"{folder}/model", 0)
            start = time.perf_counter()
            while stepper.step < stepper.last_step:
                epoch, place = divmod(stepper.step, stepper.steps_per_epoch)
                if place == 0:
                    batches = task.batches(epoch)
                stepper.take(*batches[place])
            validation = stepper.validate().accuracy
            seconds = time.perf_counter() - start
            test = evaluate_split(stepper.session, stepper.learner.model, self.data.test).accuracy
            return {"seconds": seconds, "validation": validation, "accuracy": test}


class Keras:
    """Keras's own example of MNIST, keras.io/examples/vision/mnist_convnet: 15 epochs, fp32 or mixed bf16."""

    def __init__(self, data, precision):
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import keras

        if precision == "bf16":
            keras.config.set_dtype_policy("mixed_bfloat16")
        self.keras, self.data = keras, data

    def race(self, name, seed):
        """Train the example."""
        layers = self.keras.layers
        self.keras.utils.set_random_seed(seed)
        model = self.keras.Sequential(
            [
                layers.Input([28, 28, 1]),
                layers.Conv2D(32, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Conv2D(64, 3, activation="relu"),
                layers.MaxPooling2D(),
                layers.Flatten(),
                layers.Dropout(0.5),
                layers.Dense(10, activation="softmax", dtype="float32"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False)
        (x, y), validation = (self._arrays(split) for split in (self.data.train, self.data.validation))
        before = model.get_weights()
        model.train_on_batch(x[:128], y[:128])
        model.set_weights(before)
        start = time.perf_counter()
        history = model.fit(x, y, batch_size=128, epochs=15, validation_data=validation, verbose=0).history
        seconds = time.perf_counter() - start
        test = model.evaluate(*self._arrays(self.data.test), batch_size=256, verbose=0, return_dict=True)
        return {"seconds": seconds, "validation": history["val_accuracy"][-1], "accuracy": test["accuracy"]}

    @staticmethod
    def _arrays(split):
        return split.images[..., None].astype(np.float32) / 255, split.labels.astype(np.int32)


class PyTorch:
    """PyTorch's example of MNIST, and tuomaso/train_mnist_fast's last network; bf16 by autocast, channels_last."""

    def __init__(self, data, precision):
        import torch

        self.torch, self.data = torch, data
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")
        self.train_mnist_fast(0, epochs=1)  # what a process does once is done from here on

    def race(self, name, seed):
        """Train the example, or train_mnist_fast for as many epochs as `name` says."""
        if name == "example":
            return self.example(seed)
        return self.train_mnist_fast(seed, epochs=int(name))

    def example(self, seed):
        """examples/mnist/main.py: Adadelta, a rate that falls by 0.7 an epoch."""
        torch, nn = self.torch, self.torch.nn
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(1, 32, 3),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.25),
            nn.Flatten(),
            nn.Linear(9216, 128),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(128, 10),
        ).to(memory_format=torch.channels_last)
        optimizer = torch.optim.Adadelta(network.parameters(), lr=1.0)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.7)
        x, y = self._training_images()
        start = time.perf_counter()
        for _ in range(14):
            network.train()
            order = torch.randperm(len(x))
            for i in range(0, len(x), 64):
                part = order[i : i + 64]
                self._step(network, optimizer, x[part], y[part])
            schedule.step()
            self._accuracy(network, self.data.validation)
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "accuracy": self._accuracy(network, self.data.test)}

    def train_mnist_fast(self, seed, epochs):
        """The last network of its notebook, in the notebook's own order, with fused Adam and one cycle."""
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
        x, y = self._training_images()
        steps = epochs * -(-len(x) // 256)
        schedule = torch.optim.lr_scheduler.OneCycleLR(adam, max_lr=0.01, total_steps=steps, cycle_momentum=False)
        start = time.perf_counter()
        for _ in range(epochs):
            for i in range(0, len(x), 256):
                self._step(network, adam, x[i : i + 256], y[i : i + 256])
                schedule.step()
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "accuracy": self._accuracy(network, self.data.test)}

    def _step(self, network, optimizer, x, y):
        optimizer.zero_grad(set_to_none=True)
        with self.autocast:
            logits = network(x)
        self.torch.nn.functional.cross_entropy(logits.float(), y).backward()
        optimizer.step()

    def _training_images(self):
        # All 60,000: neither of the two chooses anything on validation images.
        splits = (self.data.validation, self.data.train)
        images, labels = (np.concatenate([getattr(split, what) for split in splits]) for what in ("images", "labels"))
        return self._tensor(images), self.torch.from_numpy(labels).long()

    def _tensor(self, images):
        x = (self.torch.from_numpy(images)[:, None].float() / 255 - 0.1307) / 0.3081
        return x.contiguous(memory_format=self.torch.channels_last)

    def _accuracy(self, network, split):
        network.eval()
        with self.torch.inference_mode(), self.autocast:
            parts = [network(part).argmax(1) for part in self._tensor(split.images).split(1000)]
        return float((self.torch.cat(parts).numpy() == split.labels).mean())


LIBRARIES = {"lenet_tf1": Ours, "keras": Keras, "pytorch": PyTorch}


def work(library, precision):
    """Begin to work: what `serve` wants; it is asked for a racer's name and a seed."""
    racers = LIBRARIES[library](load("mnist"), precision)
    return {"precision": precision}, lambda question: racers.race(**question)


if __name__ == "__main__":
    serve(functools.partial(work, *sys.argv[1:]))
