"""What a training shows of itself besides its lines: nothing, TensorBoard's curves, or all that can be seen.

All of it is fetched apart from the training steps and adds nothing to the graph, so no trained bit changes.
"""

from pathlib import Path
from typing import Any

import numpy as np

from lenet_tf1.base.report import Report
from lenet_tf1.training.events import EventFiles
from lenet_tf1.training.stepper import Stepper, Update
from lenet_tf1.training.task import Score

SCALARS_EVERY = 50  # steps that a point of TensorBoard's training curves is the mean of


class Hooks:
    """What the loop calls as it goes. This one does nothing."""

    traces = False  # whether the last step of each epoch is to be traced

    def after_step(self, step: int, update: Update) -> None:
        """Look at one step's update."""

    def after_epoch(self, step: int, score: Score) -> None:
        """Look at the network after an epoch, whose validation gave this Score."""

    def at_end(self) -> None:
        """Take note that the training is finished."""

    def after_test(self, network: Any, step: int, score: Score) -> None:
        """Look at the best network, of `step`, and its Score on the test set."""

    def close(self) -> None:
        """Write what is buffered."""


class SummaryHooks(Hooks):
    """Graph, curves, costs and settings for TensorBoard (`--summaries basic`)."""

    traces = True
    parts: tuple[str, ...] = ("train", "validation")

    def __init__(self, run_dir: Path, stepper: Stepper, report: Report) -> None:
        self.events = EventFiles(
            run_dir, stepper.graph_def, stepper.step, recipe=stepper.recipe, parts=self.parts, report=report
        )
        self._recent: list[Update] = []  # since the last point of the curves

    def after_step(self, step: int, update: Update) -> None:
        """Add to the curves, and the trace if there is one."""
        self._recent.append(update)
        if step % SCALARS_EVERY == 0:
            right = np.concatenate([recent.correct for recent in self._recent])
            self.events.scalars(
                "train",
                step,
                loss=float(np.mean([recent.loss for recent in self._recent])),
                accuracy=right.sum() / max(len(right), 1),
                learning_rate=update.learning_rate,
            )
            self._recent.clear()
        if update.metadata:
            self.events.trace(update.metadata, step)

    def after_epoch(self, step: int, score: Score) -> None:
        """Add to the curves of validation."""
        self.events.scalars("validation", step, loss=score.loss, accuracy=score.accuracy)
        self.events.flush()

    def at_end(self) -> None:
        """Say that it is finished."""
        self.events.end()

    def close(self) -> None:
        """Write what is buffered."""
        self.events.close()
