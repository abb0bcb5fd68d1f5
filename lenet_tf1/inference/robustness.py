"""How much noise a network withstands: its accuracy under attacks of several strengths."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import check_split
from lenet_tf1.recipes import find_recipe

if TYPE_CHECKING:  # numpy and TensorFlow are imported late, so that --help is quick
    import numpy as np

    from lenet_tf1.data.splits import Split
    from lenet_tf1.inference.frozen import FrozenNetwork

EPSILONS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)


@dataclass(frozen=True)
class Strength:
    """What noise of one strength does.

    Attributes
    ----------
    epsilon : float
        The most that a pixel changes, in 0..1.
    fgsm, pgd : float
        The accuracy under the fast gradient sign, and under projected gradient descent, in 0..1.
    noise : float or None
        The share of the other classes' images that one noise makes the asked class, in 0..1.
    examples : ndarray
        Images under projected gradient descent, uint8 [k, 28, 28]: for each class the first that is right without.
    answers : tuple of int
        What they are taken for.
    pattern : ndarray or None
        The one noise, float32 [28, 28] in -epsilon..epsilon.
    """

    epsilon: float
    fgsm: float
    pgd: float
    noise: float | None
    examples: "np.ndarray"
    answers: tuple[int, ...]
    pattern: "np.ndarray | None"


@dataclass(frozen=True)
class Robustness:
    """A network's accuracy under attacks, with all that they depend on.

    Attributes
    ----------
    dataset, split : str
    images, steps, restarts, seed : int
        Of the split; of projected gradient descent.
    target : str or None
        The class of the one noise.
    classes : tuple of str
    labels : tuple of int
        Those of the examples.
    strengths : tuple of Strength
        By epsilon.
    """

    dataset: str
    split: str
    images: int
    steps: int
    restarts: int
    seed: int
    target: str | None
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    strengths: tuple[Strength, ...]

    def to_json(self) -> dict[str, Any]:
        """The numbers as a dict of JSON's types."""
        names = ("dataset", "split", "images", "steps", "restarts", "seed", "target")
        rows = [{name: getattr(row, name) for name in ("epsilon", "fgsm", "pgd", "noise")} for row in self.strengths]
        return {name: getattr(self, name) for name in names} | {"strengths": rows}


def attack(
    path: str | os.PathLike[str] = "checkpoints/lenet",
    *,
    recipe: str | None = None,
    dataset: str | None = None,
    data_dir: str | None = None,
    split: str = "test",
    images: int = 1000,
    epsilons: Sequence[float] = EPSILONS,
    steps: int = 20,
    restarts: int = 1,
    seed: int = 0,
    target: str | None = None,
    report: Report = QUIET,
) -> Robustness:
    """Attack the network of a run directory or checkpoint, and count what it still gets right.

    Parameters
    ----------
    path, recipe, dataset, data_dir, split, report
        As for inference.evaluation.evaluate.
    images : int
        How many of the split, the first ones.
    epsilons : sequence of float
        The most that a pixel changes, in 0..1.
    steps, restarts, seed : int
        Of projected gradient descent.
    target : str, optional
        A class: then one noise is learnt on validation that makes it of any image.

    Raises
    ------
    InputError
        If there is nothing to restore, or it doesn't fit, or a number is out of its range.
    """
    _check(split, epsilons, seed, images=images, steps=steps, restarts=restarts)
    from lenet_tf1.data.datasets import load
    from lenet_tf1.inference.attacks import add_attack
    from lenet_tf1.inference.frozen import restore

    with restore(path, None if recipe is None else find_recipe(recipe), report, add_attack) as network:
        used = network.recipe
        if target is not None and target not in used.classes:
            raise InputError(f"there is no class {target}; there are {', '.join(used.classes)}")
        place, copies = dataset or used.dataset, data_dir or used.data_dir
        wanted = [split, "validation"]
        data = load(place, classes=used.classes, data_dir=copies, wanted=wanted, report=report)
        tried = _Trial(network, getattr(data, split).labelled[:images], data.validation.labelled, target)
        with report.progress(total=len(epsilons), unit="strength") as bar:
            strengths = []
            for epsilon in sorted(epsilons):
                strengths.append(tried.at(epsilon, steps, restarts, seed))
                bar.update()
    labels = tuple(int(label) for label in tried.split.labels[tried.shown])
    return Robustness(
        place, split, len(tried.split), steps, restarts, seed, target, used.classes, labels, tuple(strengths)
    )


def _check(split: str, epsilons: Sequence[float], seed: int, **counts: int) -> None:
    check_split(split)
    if seed < 0:
        raise InputError(f"seed must be 0 or more, not {seed}")
    for name, count in counts.items():
        if count < 1:
            raise InputError(f"{name} must be 1 or more, not {count}")
    if not epsilons or not all(0 <= epsilon <= 1 for epsilon in epsilons):
        raise InputError("epsilons go from 0 to 1: the most that a pixel changes")


class _Trial:
    # One network and the images that it is tried on.
    def __init__(self, network: "FrozenNetwork", split: "Split", learnt_from: "Split", target: str | None) -> None:
        import numpy as np

        from lenet_tf1.data.batches import as_input
        from lenet_tf1.inference import attacks

        self.run = network.session, network.extension
        self.split, self.learnt_from = split, learnt_from
        self.target = None if target is None else network.recipe.classes.index(target)
        self.x = as_input(split.images)
        right = np.flatnonzero(attacks.is_right(*self.run, self.x, split.labels))
        self.shown = right[np.unique(split.labels[right], return_index=True)[1]]  # of each class the first one

    def at(self, epsilon: float, steps: int, restarts: int, seed: int) -> Strength:
        import numpy as np

        from lenet_tf1.inference import attacks

        labels = self.split.labels
        quick = attacks.fast_gradient_sign(*self.run, self.x, labels, epsilon)
        slow = attacks.projected_gradient(*self.run, self.x, labels, epsilon, steps=steps, restarts=restarts, seed=seed)
        taken = attacks.answers(*self.run, slow)
        noise, pattern = self._noise(epsilon, seed)
        examples = np.rint(slow[self.shown] * 255).astype(np.uint8).reshape(-1, *self.split.images.shape[1:])
        right = attacks.is_right(*self.run, quick, labels).mean(), (taken == labels).mean()
        shown = tuple(int(answer) for answer in taken[self.shown])
        return Strength(epsilon, float(right[0]), float(right[1]), noise, examples, shown, pattern)

    def _noise(self, epsilon: float, seed: int) -> "tuple[float | None, np.ndarray | None]":
        import numpy as np

        from lenet_tf1.data.batches import as_input
        from lenet_tf1.inference import attacks

        if self.target is None:
            return None, None
        others = self.learnt_from[self.learnt_from.labels != self.target]
        pattern = attacks.one_noise(*self.run, as_input(others.images), self.target, epsilon, seed=seed)
        tried = self.x[self.split.labels != self.target]
        taken = attacks.answers(*self.run, np.clip(tried + pattern, 0, 1))
        return float((taken == self.target).mean()), pattern.reshape(self.split.images.shape[1:])
