"""What a search chooses from: ranges of a recipe's settings, and from them the settings of each trial."""

import dataclasses
import difflib
import random
from collections.abc import Mapping
from typing import Any

from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes import Recipe, words
from lenet_tf1.training import plan

SEARCHED = (
    *("learning_rate", "batch_size", "decay_rate", "decay_epochs", "warm_up", "beta1", "beta2", "keep_prob"),
    *("label_smoothing", "shift", "slant", "bend", "noise", "noise_steps", "noise_warm_up"),
)
_WHOLE = {field.name for field in dataclasses.fields(Recipe) if field.type is int}


@dataclasses.dataclass(frozen=True)
class Range:
    """Values of a setting: `values` to choose from, or if there are none, what is between `low` and `high`."""

    name: str
    values: tuple[float, ...] = ()
    low: float = 0.0
    high: float = 0.0

    def at(self, share: float) -> float:
        """The value at a share of the way through the range, in [0, 1), rounded to three digits."""
        if self.values:
            return self.values[int(share * len(self.values))]
        if self.name in _WHOLE:
            return int(self.low) + int(share * (self.high - self.low + 1))
        if self.name == "learning_rate":  # of which factors count, not differences
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + (self.high - self.low) * share
        return min(max(float(f"{value:.3g}"), self.low), self.high)


def default_ranges(recipe: Recipe) -> dict[str, str]:
    """Ranges around a recipe's settings, as `parse_ranges` takes them."""
    rate, batch = recipe.learning_rate, recipe.batch_size
    ranges = {
        "learning_rate": f"{rate / 5:g}:{rate * 5:g}",
        "batch_size": ",".join(str(size) for size in (batch // 2, batch, batch * 2, batch * 4) if size),
    }
    ranges |= {"decay_rate": "0.4:1"} if recipe.schedule == "staircase" else {"warm_up": "0.05:0.5"}
    if recipe.keep_prob < 1:  # else the network may have no dropout
        ranges["keep_prob"] = "0.3:1"
    if recipe.dataset != "pages":  # which are distorted as they are made, and have soft targets
        ranges |= {"label_smoothing": "0:0.2", "shift": "0:1", "slant": "0:0.15", "bend": "0:1"}
    return ranges


def parse_ranges(recipe: Recipe, texts: Mapping[str, str]) -> list[Range]:
    """Ranges by the names of a recipe's settings: LOW:HIGH, or values to choose from as A,B,C.

    Of the learning rate all factors within LOW:HIGH are equally likely; a batch size is LOW times a power of two.

    Raises
    ------
    InputError
        For a name or a value that can't be.

    Examples
    --------
    >>> parse_ranges(recipe, {"keep_prob": "0.3:1", "batch_size": "32,64"})
    """
    return [_parse(recipe, name, texts[name]) for name in texts]


def settings(ranges: list[Range], seed: int, trial: int) -> dict[str, Any]:
    """The settings of a trial: a function of these numbers alone, and of each setting's own range."""
    # Each has a generator of its own: another range beside it changes nothing.
    return {each.name: each.at(random.Random(f"{seed} {trial} {each.name}").random()) for each in ranges}


def _parse(recipe: Recipe, name: str, text: str) -> Range:
    if name not in SEARCHED:
        near = difflib.get_close_matches(name, SEARCHED, 1) or [", ".join(SEARCHED)]
        raise InputError(f"there is no setting named {name} to search; did you mean {near[0]}?")
    numbers = [_number(name, part) for part in text.replace(":", ",").split(",")]
    for number in numbers:
        plan.change(recipe, {name: number})  # raises InputError if it can't be
    if ":" not in text:
        return Range(name, values=tuple(numbers))
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        raise InputError(f"the range of {words(name)} is LOW:HIGH or A,B,C, not {text}")
    low, high = numbers
    if name == "batch_size":
        return Range(name, values=tuple(int(low) << k for k in range(31) if int(low) << k <= high))
    return Range(name, low=low, high=high)


def _number(name: str, text: str) -> float:
    try:
        return int(text) if name in _WHOLE else float(text)
    except ValueError:
        kind = "a whole number" if name in _WHOLE else "a number"
        raise InputError(f"{words(name)} in a range is {kind}, not {text!r}") from None
