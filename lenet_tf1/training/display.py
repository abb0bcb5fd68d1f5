"""What training prints as it goes: a row an epoch, or a line every so many iterations."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet_tf1.base.report import Report
from lenet_tf1.recipes import Recipe

if TYPE_CHECKING:
    from tqdm import tqdm

_HEADER = "epoch     loss   training  validation  learning rate  images/s"


class EpochTable:
    """A table with a row for each epoch, and a bar within it."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def begin(self) -> None:
        """Print the header."""
        self._report.line(_HEADER)

    def bar(self, **options: Any) -> "tqdm":
        """A bar with these of tqdm's options."""
        return self._report.progress(**options)

    def step(self, step: int, correct: np.ndarray) -> None:
        """Nothing: an epoch is what counts."""

    def epoch(self, row: Mapping[str, Any], images_per_second: float) -> None:
        """Print a row of metrics.csv."""
        self._report.line(
            f"{row['epoch']:5}  {row['loss']:7.4f}  {row['accuracy']:9.2%}  {row['validation_accuracy']:10.2%}  "
            f"{row['learning_rate']:13.3g}  {images_per_second:8,.0f}"
        )


class IterationLines(EpochTable):
    """Document 003's lines: every so many steps, the share of the images since the last line that were right."""

    def __init__(self, report: Report, every: int) -> None:
        super().__init__(report)
        self._every = every
        self._correct = self._images = 0

    def begin(self) -> None:
        """Nothing: a line speaks for itself."""

    def bar(self, **options: Any) -> "tqdm":
        """An invisible bar: lines that come soon are progress enough."""
        return Report(bars=False).progress(**options)

    def step(self, step: int, correct: np.ndarray) -> None:
        """Count an update's images, `correct` bool [n], and print a line if it is time."""
        self._correct += int(correct.sum())
        self._images += len(correct)
        if step % self._every == 0:
            share = self._correct / max(self._images, 1)
            self._report.line(f"Optimization Iteration:{step:>6}, Training Accuracy: {share:>6.1%}")
            self._correct = self._images = 0

    def epoch(self, row: Mapping[str, Any], images_per_second: float) -> None:
        """Print the validation accuracy."""
        self._report.line(f"Accuracy on Validation-Set after epoch {row['epoch']}: {row['validation_accuracy']:.1%}")


def make_display(recipe: Recipe, report: Report) -> EpochTable:
    """The display that the recipe asks for."""
    return EpochTable(report) if recipe.report_every is None else IterationLines(report, recipe.report_every)
