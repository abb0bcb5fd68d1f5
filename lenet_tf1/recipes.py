"""A recipe is a network, a data set and hyper-parameters: one for each document, kept as JSON in the run directory."""

import dataclasses
import difflib
from dataclasses import dataclass

from lenet_tf1.errors import InputError

PRECISIONS = ("auto", "fp32", "bf16")


@dataclass(frozen=True)
class Recipe:
    """All that a training's bits depend on, besides the machine and the libraries."""

    name: str

    # what is trained
    network: str = "lenet"  # a key of graph.networks.NETWORKS
    dataset: str = "mnist"  # a name, or a folder of IDX files
    classes: tuple[str, ...] = tuple("0123456789")  # in the order of the labels

    # how: Adam with learning_rate * decay_rate ** (epoch // decay_epochs)
    batch_size: int = 64
    learning_rate: float = 0.001
    decay_rate: float = 1.0
    decay_epochs: int = 1
    keep_prob: float = 1.0  # of the dropout; 1.0 is none
    seed: int = 0
    precision: str = "auto"  # of convolutions and matrix products: bf16, fp32, or auto for what is faster here

    # how long: at most `epochs`, or `steps` if given
    epochs: int = 10
    steps: int | None = None
    patience: int | None = None  # stop after so many epochs without a better validation accuracy
    target_accuracy: float | None = None  # stop once training and validation accuracy are both above it

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not _is(value, field.type):
                raise InputError(f"{_words(field.name)} can't be {value!r}")
            wanted = _RANGES.get(field.name)
            if wanted and value is not None and not wanted[1](value):
                raise InputError(f"{_words(field.name)} must be {wanted[0]}, not {value}")

    def to_json(self):
        """The recipe as a dict of JSON's types."""
        return dataclasses.asdict(self) | {"classes": list(self.classes)}

    @classmethod
    def from_json(cls, fields):
        """The recipe that `to_json` wrote. Raises InputError for anything else."""
        known = {field.name for field in dataclasses.fields(cls)}
        if not isinstance(fields, dict) or set(fields) != known or not isinstance(fields["classes"], list):
            raise InputError("the recipe is not one that this version of lenet_tf1 wrote")
        return cls(**fields | {"classes": tuple(fields["classes"])})


_POSITIVE = ("1 or more", lambda value: value >= 1)
_RANGES = {
    "classes": ("at least two names", lambda names: len(names) >= 2),
    "batch_size": _POSITIVE,
    "learning_rate": ("from 1e-37 to 1e38, to be a float32", lambda value: 1e-37 <= value <= 1e38),
    "decay_rate": ("above 0 and at most 1", lambda value: 0 < value <= 1),
    "decay_epochs": _POSITIVE,
    "keep_prob": ("from 0.001 to 1", lambda value: 0.001 <= value <= 1),
    "precision": (f"one of {', '.join(PRECISIONS)}", lambda value: value in PRECISIONS),
    "seed": ("0 to 4294967295", lambda value: 0 <= value < 2**32),
    "epochs": _POSITIVE,
    "steps": _POSITIVE,
    "patience": _POSITIVE,
    "target_accuracy": ("from 0 to 1", lambda value: 0 <= value <= 1),
}


def _is(value, kind):
    if kind == tuple[str, ...]:
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if kind is float:
        kind = int | float  # JSON and people write 1 for 1.0
    elif kind == float | None:
        kind = int | float | None
    return isinstance(value, kind) and not isinstance(value, bool)


def _words(name):
    return name.replace("_", " ")


RECIPES = {
    recipe.name: recipe
    for recipe in [
        # Document 000's network, batch and staircase; document 003's dropout. Document 000's learning rate
        # of 1.0 collapses the network: the numbers here were chosen on validation.
        Recipe("lenet", learning_rate=0.002, decay_rate=0.5, keep_prob=0.5, epochs=6),
    ]
}


def find_recipe(name):
    """The recipe of that name. Raises InputError with the near names if there is none."""
    if name in RECIPES:
        return RECIPES[name]
    near = difflib.get_close_matches(name, RECIPES, cutoff=0.4) or sorted(RECIPES)
    raise InputError(f"there is no recipe named {name}; did you mean {' or '.join(near)}?")
