"""A recipe is a network, a data set and hyper-parameters: one for each document, kept as JSON in the run directory."""

import dataclasses
import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lenet_tf1.base.errors import InputError

PRECISIONS = ("auto", "fp32", "bf16")
SCHEDULES = ("staircase", "one-cycle")
PREPARATIONS = ("handwriting", "whole, light on dark", "whole, dark on light")
LOSSES = ("cross-entropy", "softmax twice", "mean of y log p")


@dataclass(frozen=True)
class Recipe:
    """All that a training's bits depend on, besides the machine and the libraries."""

    name: str

    # what is trained
    network: str = "lenet"  # a key of graph.networks.NETWORKS, module:function of one's own, or "reader"
    dataset: str = "mnist"  # a name, or a folder: see data/datasets.py; of the reader "pages"
    data_dir: str | None = None  # where copies of named data sets may be
    classes: tuple[str, ...] = tuple("0123456789")  # in the order of the labels; training takes the data set's own
    preparation: str = "handwriting"  # of its pictures: data/preparation.py has the ways; training takes the data's own
    selection_split: str = "validation"  # decides when to stop and what is best; as a document has it, "test"

    # how: Adam with learning_rate * decay_rate ** (epoch // decay_epochs), a staircase; or, in one cycle, with a
    # rate that rises to learning_rate over the first `warm_up` of all steps and then falls to 0
    batch_size: int = 64
    learning_rate: float = 0.001
    schedule: str = "staircase"  # one of SCHEDULES
    decay_rate: float = 1.0
    decay_epochs: int = 1
    warm_up: float = 0.25
    beta1: float = 0.9  # how slowly Adam forgets gradients,
    beta2: float = 0.999  # and their squares
    keep_prob: float = 1.0  # of the dropout; 1.0 is none
    loss: str = "cross-entropy"  # one of LOSSES; the others are the documents' mistakes
    label_smoothing: float = 0.0  # how much of each label is shared out to all classes (Szegedy et al. 2016)
    seed: int = 0
    precision: str = "auto"  # of convolutions and matrix products: bf16, fp32, or auto for what is faster here

    # how far training images are distorted: see graph/augment.py
    shift: float = 0.0
    slant: float = 0.0
    bend: float = 0.0

    # noise that is made to fool the network, in training images: see graph/adversarial.py
    noise: float = 0.0  # the most that a pixel changes, of 0..1
    noise_steps: int = 10  # in which it is made
    noise_warm_up: int = 1000  # steps over which it grows: against all of it an untrained network learns nothing

    # how long: at most `epochs`, or `steps` if given
    epochs: int = 10
    steps: int | None = None
    patience: int | None = None  # stop after so many epochs without a better validation accuracy
    target_accuracy: float | None = None  # stop once training and validation accuracy are both above it
    training_target: float | None = None  # stop once training accuracy is no lower, as document 002 does

    # what it began from, if not from initial weights
    origin: str | None = None  # SHA-256 of the file or files that held the weights
    frozen: tuple[str, ...] = ()  # scopes whose weights stay as they were there

    # what is printed: a row an epoch, or the training accuracy every so many steps, as document 003 does
    report_every: int | None = None

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not _is(value, field.type) or not _is_printable(value):
                raise InputError(f"{words(field.name)} can't be {value!r}")
            wanted = _RANGES.get(field.name)
            if wanted and value is not None and not wanted[1](value):
                raise InputError(f"{words(field.name)} must be {wanted[0]}, not {value}")

    @property
    def distorts(self) -> bool:
        """Whether training images are distorted at all."""
        return any((self.shift, self.slant, self.bend))

    def to_json(self) -> dict[str, Any]:
        """The recipe as a dict of JSON's types."""
        return dataclasses.asdict(self) | {"classes": list(self.classes), "frozen": list(self.frozen)}

    @classmethod
    def from_json(cls, fields: Any) -> "Recipe":
        """The recipe that `to_json` wrote, perhaps before it had all of today's fields. Raises InputError else."""
        known = {field.name for field in dataclasses.fields(cls)}
        if isinstance(fields, dict):
            fields = {_RENAMED.get(name, name): value for name, value in fields.items()}
        complete = isinstance(fields, dict) and {"name", "classes"} <= set(fields) <= known
        lists = {name: fields[name] for name in ("classes", "frozen") if name in fields} if complete else {}
        if not complete or not all(isinstance(value, list) for value in lists.values()):
            raise InputError("the recipe is not one that this version of lenet_tf1 wrote")
        return cls(**fields | {name: tuple(value) for name, value in lists.items()})


_RENAMED = {"decides": "selection_split"}  # fields of 0.1.0


def _one_of(values: Sequence[str]) -> tuple[str, Callable[[Any], bool]]:
    return f"one of {', '.join(values)}", lambda value: value in values


_POSITIVE = ("1 to 1,000,000,000", lambda value: 1 <= value <= 10**9)
_BETA = ("from 0 to 0.999999", lambda value: 0 <= value <= 0.999999)
_SHARE = ("from 0 to 1", lambda value: 0 <= value <= 1)
_AMOUNT = ("from 0 to 28", lambda value: 0 <= value <= 28)
_RANGES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "classes": ("at least two names", lambda names: len(names) >= 2),
    "batch_size": _POSITIVE,
    "learning_rate": ("from 1e-37 to 1e38, to be a float32", lambda value: 1e-37 <= value <= 1e38),
    "preparation": _one_of(PREPARATIONS),
    "selection_split": _one_of(("validation", "test")),
    "schedule": _one_of(SCHEDULES),
    "decay_rate": ("above 0 and at most 1", lambda value: 0 < value <= 1),
    "decay_epochs": _POSITIVE,
    "warm_up": ("above 0 and below 1", lambda value: 0 < value < 1),
    "beta1": _BETA,
    "beta2": _BETA,
    "keep_prob": ("from 0.001 to 1", lambda value: 0.001 <= value <= 1),
    "loss": _one_of(LOSSES),
    "label_smoothing": ("from 0 to 0.9", lambda value: 0 <= value <= 0.9),
    "shift": _AMOUNT,
    "slant": _AMOUNT,
    "bend": _AMOUNT,
    "noise": _SHARE,
    "noise_steps": ("1 to 100", lambda value: 1 <= value <= 100),
    "noise_warm_up": _POSITIVE,
    "precision": _one_of(PRECISIONS),
    "seed": ("0 to 4294967295", lambda value: 0 <= value < 2**32),
    "epochs": _POSITIVE,
    "steps": _POSITIVE,
    "patience": _POSITIVE,
    "target_accuracy": _SHARE,
    "training_target": _SHARE,
    "report_every": _POSITIVE,
}


def _is(value: Any, kind: Any) -> bool:
    if kind == tuple[str, ...]:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if kind is float:
        kind = int | float  # JSON and people write 1 for 1.0
    elif kind == float | None:
        kind = int | float | None
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_printable(value: Any) -> bool:
    # What people are told: a line break in a class's name would forge a line of a table.
    return all(text.isprintable() for text in (value if isinstance(value, tuple) else [value]) if isinstance(text, str))


def words(name: str) -> str:
    """A field's name as people write it."""
    return name.replace("_", " ")


_RECIPES = [
    # Document 000's network, batch and staircase; document 003's dropout. Document 000's learning rate
    # of 1.0 collapses the network: the numbers here were chosen on validation.
    Recipe("lenet", learning_rate=0.002, decay_rate=0.5, keep_prob=0.5, epochs=6),
    # Document 001's four convolutions, with its early stopping.
    Recipe(
        "generator-cnn",
        network="generator-cnn",
        batch_size=200,
        learning_rate=0.002,
        decay_rate=0.5,
        epochs=5,
        patience=2,
    ),
    # Document 002, in Keras's batches: garments, and its exercise.
    Recipe(
        "fashion",
        network="fashion",
        dataset="fashion-mnist",
        batch_size=32,
        learning_rate=0.003,
        schedule="one-cycle",
        epochs=5,
    ),
    Recipe("one-conv", network="one-conv", batch_size=32, epochs=20, training_target=0.998),
    # Document 003: iterations instead of epochs, at a rate that rises and falls (its own, 0.0001 throughout, comes to
    # 99.18 instead of 99.36 % on validation); the same for letters; and the LeNet-5 that it explains, whose output is
    # a sum of squares that bfloat16 has too few digits for.
    Recipe(
        "deep-mnist",
        network="deep-mnist",
        batch_size=50,
        schedule="one-cycle",
        keep_prob=0.5,
        steps=10_000,
        report_every=100,
    ),
    Recipe(
        "notmnist",
        network="deep-mnist",
        dataset="notmnist",
        batch_size=128,
        schedule="one-cycle",
        keep_prob=0.5,
        label_smoothing=0.1,
        shift=0.5,
        slant=0.06,
        bend=0.7,
        steps=5_000,
        report_every=100,
    ),
    Recipe(
        "lenet5",
        network="lenet5",
        learning_rate=0.003,
        schedule="one-cycle",
        shift=0.4,
        slant=0.05,
        bend=0.5,
        epochs=20,
        precision="fp32",
    ),
    # Document 004, in Keras's batches.
    Recipe("bootcamp", network="bootcamp", batch_size=32, decay_rate=0.7, epochs=10),
    # The least training time to 99.0, 99.3, 99.4 and 99.5 % of the test images, as means over seeds: one family, in one
    # cycle of the rate, with soft labels. The first has train_mnist_fast's network and its Adam, with two thirds of the
    # first kernels, half the batch and seven tenths of an epoch. The others have a third convolution in place of a
    # fully connected layer: in an epoch validation said 99.20 % with `small`, 99.30 with `three-conv`, 99.27 without
    # distortion (n = 4 each). Twice the batch takes a fifth less time: after two epochs 99.43 %, where half of it came
    # to 99.35, but after one 99.22 (n = 4 each).
    Recipe(
        "speedrun",
        network="small",
        batch_size=128,
        learning_rate=0.01,
        schedule="one-cycle",
        beta1=0.7,
        beta2=0.9,
        label_smoothing=0.1,
        steps=280,
    ),
    Recipe(
        "sprint",
        network="three-conv",
        batch_size=128,
        learning_rate=0.012,
        schedule="one-cycle",
        beta1=0.8,
        beta2=0.95,
        label_smoothing=0.1,
        shift=0.2,
        slant=0.05,
        bend=0.4,
        steps=480,
    ),
    Recipe(
        "lap",
        network="three-conv",
        batch_size=256,
        learning_rate=0.014,
        schedule="one-cycle",
        beta1=0.8,
        beta2=0.95,
        label_smoothing=0.1,
        shift=0.3,
        slant=0.07,
        bend=0.5,
        epochs=2,
    ),
    Recipe(
        "mile",
        network="three-conv",
        batch_size=256,
        learning_rate=0.012,
        schedule="one-cycle",
        beta2=0.99,
        label_smoothing=0.1,
        shift=0.4,
        slant=0.1,
        bend=0.7,
        epochs=4,
    ),
    # What the page recognises: the same LeNet, on MNIST and on digits as the world writes them.
    Recipe(
        "page",
        dataset="page",
        batch_size=128,
        learning_rate=0.002,
        schedule="one-cycle",
        keep_prob=0.5,
        label_smoothing=0.05,
        shift=0.5,
        slant=0.12,
        bend=0.8,
        epochs=7,
    ),
    # What finds the digits in pictures: the page reader's network, on pages that are made as it learns. A few thousand
    # steps are too few for Adam to remember squares any longer.
    Recipe(
        "reader",
        network="reader",
        dataset="pages",
        batch_size=24,
        learning_rate=0.004,
        schedule="one-cycle",
        warm_up=0.12,
        beta2=0.99,
        steps=12_000,
    ),
    # What noise that is made to fool it fools least (Madry et al. 2018), in a quarter of an hour: see docs/why.md. No
    # other settings were compared.
    Recipe(
        "robust",
        batch_size=128,
        learning_rate=0.002,
        schedule="one-cycle",
        noise=0.3,
        noise_steps=3,
        steps=6_000,
    ),
    # The highest accuracy of the same LeNet within ten minutes.
    Recipe(
        "best",
        batch_size=128,
        learning_rate=0.002,
        schedule="one-cycle",
        warm_up=0.1,
        keep_prob=0.5,
        label_smoothing=0.1,
        shift=0.4,
        slant=0.1,
        bend=0.7,
        epochs=40,
    ),
]
RECIPES = {recipe.name: recipe for recipe in _RECIPES}

# What two documents' own code does, for as long as it takes to see it, and what is wrong with it.
AS_WRITTEN = {
    "lenet": (
        Recipe(
            "lenet-as-written",
            network="lenet-as-written",
            learning_rate=1.0,
            decay_rate=0.9,
            decay_epochs=10,
            loss="softmax twice",
            selection_split="test",
            target_accuracy=0.9,
            epochs=2,
        ),
        "softmax is applied twice, so no loss is below 1.4612; a rate of 1.0 is too high for Adam; "
        "the test set decides when to stop",
    ),
    "deep-mnist": (
        dataclasses.replace(
            RECIPES["deep-mnist"],
            name="deep-mnist-as-written",
            learning_rate=1e-4,
            schedule="staircase",
            loss="mean of y log p",
        ),
        "the mean is over classes too, so the loss is ten times too small; its gradient is not a number once a "
        "probability is 0",
    ),
}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name. Raises InputError with the near names if there is none."""
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES) or sorted(RECIPES)
    raise InputError(f"there is no recipe named {name}; did you mean {' or '.join(near)}?")


def as_written(name: str) -> tuple[Recipe, str]:
    """Document 000's or 003's recipe with the document's own mistakes, and one sentence about these."""
    if name not in AS_WRITTEN:
        raise InputError(f"{name} has no mistakes to show; {' and '.join(AS_WRITTEN)} have")
    return AS_WRITTEN[name]
