"""PyTorch with channels_last and the fused Adam, as it is and with torch.compile."""

import copy
import shutil
from typing import ClassVar

import numpy as np
from contenders.contender import KEEP_PROB, THREADS, Contender, count, weights

COMPILED = "torch.compile"
MODES = ("eager", COMPILED) if shutil.which("c++") or shutil.which("g++") else ("eager",)  # it needs a compiler


class PyTorch(Contender):
    """Training in bf16 is by autocast; inference has weights that are cast once, and compiled ones are frozen."""

    ways: ClassVar = {
        "train": MODES,
        "evaluate": MODES,
        "predict": ("eager, all threads", *(f"{mode}, 1 thread" for mode in MODES)),
    }

    def __init__(self, precision, folder, data):
        import torch

        torch._dynamo.config.recompile_limit = 64  # it compiles anew for each batch size and number of threads
        self.torch, self.data = torch, data
        self.dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        self.autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")
        initial = filled(weights(folder))
        self.frozen = {"eager": copy.deepcopy(initial).eval().to(self.dtype)}
        self.models, self.run = {mode: copy.deepcopy(initial) for mode in MODES}, {}
        for mode, model in self.models.items():
            self.run[mode] = torch.compile(model, dynamic=False) if mode == COMPILED else model
        if COMPILED in MODES:
            inference = copy.deepcopy(self.frozen["eager"])
            self.frozen[COMPILED] = torch.compile(inference, dynamic=False, options={"freezing": True})
        self.adam = {mode: torch.optim.Adam(model.parameters(), fused=True) for mode, model in self.models.items()}
        self.loss = torch.nn.CrossEntropyLoss()

    def _tensor(self, images):
        x = self.torch.from_numpy(images)[:, None].float().div_(255)
        return x.contiguous(memory_format=self.torch.channels_last)

    def prepare(self, batches):
        """Tensors of floats, made beforehand."""
        return [(self._tensor(batch.images), self.torch.from_numpy(batch.labels).long()) for batch in batches]

    def train(self, way, prepared, batch_size):
        """Take a step for each batch."""
        self.torch.set_num_threads(THREADS["all threads"])
        model, adam = self.run[way], self.adam[way]
        for x, y in prepared:
            adam.zero_grad(set_to_none=True)
            with self.autocast:
                logits = model(x)
            loss = self.loss(logits.float(), y)
            loss.backward()
            adam.step()
            loss.item(), (logits.argmax(1) == y).sum().item()

    def evaluate(self, way, split):
        """Count the correct images."""
        self.torch.set_num_threads(THREADS["all threads"])
        model = self.frozen[way]
        with self.torch.no_grad():
            return count(lambda images: model(self._tensor(images).to(self.dtype)).argmax(1).numpy(), split)

    def predict(self, way, images):
        """Ten probabilities of each image."""
        mode, threads = way.split(", ")
        if self.torch.get_num_threads() != THREADS[threads]:
            self.torch.set_num_threads(THREADS[threads])
        with self.torch.no_grad():
            return self.frozen[mode](self._tensor(images).to(self.dtype)).float().softmax(1).numpy()


def filled(values):
    """The network with these weights, in channels_last."""
    import torch

    model = _model(torch.nn).to(memory_format=torch.channels_last)
    assert sum(p.numel() for p in model.parameters()) == 1_256_080
    _fill(torch, model, values)
    return model


def _model(nn):
    return nn.Sequential(
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
    )


def _fill(torch, model, values):
    # PyTorch's weights have outputs first, and its maps are flattened channel by channel.
    conv2, conv4, fc6, fc7 = (model[i] for i in (0, 3, 7, 10))
    by_channel = values["fc6/w"].reshape(7, 7, 50, 500).transpose(2, 0, 1, 3).reshape(2450, 500)
    kernels = {"conv2": values["conv2/w"].transpose(3, 2, 0, 1), "conv4": values["conv4/w"].transpose(3, 2, 0, 1)}
    kernels |= {"fc6": by_channel.T, "fc7": values["fc7/w"].T}
    with torch.no_grad():
        for name, layer in {"conv2": conv2, "conv4": conv4, "fc6": fc6, "fc7": fc7}.items():
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernels[name])))
            layer.bias.copy_(torch.from_numpy(values[f"{name}/b"]))
