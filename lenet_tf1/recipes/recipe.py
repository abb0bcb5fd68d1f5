"""What a recipe is: its fields, their ranges, and its JSON."""

import dataclasses
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

    def last_step(self, steps_per_epoch: int) -> int:
        """How many steps a training takes, where an epoch has that many."""
        return self.steps or self.epochs * steps_per_epoch

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
