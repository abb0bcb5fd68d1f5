"""The Session loop: steps, epochs, validation, when to commit, and what a signal does."""

import dataclasses
import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base import system
from lenet_tf1.base.errors import InputError, Interrupted
from lenet_tf1.base.report import Report
from lenet_tf1.runs import checkpoints, directory
from lenet_tf1.runs.checkpoints import Checkpoint
from lenet_tf1.runs.manifest import Progress
from lenet_tf1.training.display import make_display
from lenet_tf1.training.hooks import Hooks
from lenet_tf1.training.stepper import Stepper
from lenet_tf1.training.stopping import Stop, why_stop
from lenet_tf1.training.task import Task


class Loop:
    """Trains until the recipe says enough or a signal says stop, and commits what it reached.

    Parameters
    ----------
    stepper : Stepper
    task : Task
    run_dir : Path
        Held by directory.exclusive.
    provenance : mapping
        Noted in every manifest.
    report : Report

    Attributes
    ----------
    progress : Progress
        What every commit keeps besides the variables.
    """

    def __init__(
        self, stepper: Stepper, task: Task, run_dir: Path, *, provenance: Mapping[str, Any], report: Report
    ) -> None:
        self.stepper, self.task, self.run_dir, self.provenance = stepper, task, run_dir, provenance
        self.progress = Progress()
        self._display = make_display(stepper.recipe, report)
        self._learning_rate = 0.0  # of the last step

    def resume(self, checkpoint: Checkpoint) -> None:
        """Continue from a checkpoint as if nothing had happened since."""
        try:
            self.stepper.restore(checkpoint.prefix, checkpoint.step)
        except tf.errors.OpError as error:  # its bytes are right, so the code has changed since
            raise InputError(f"{checkpoint.folder} was written by another version; --restart begins again") from error
        self.progress = dataclasses.replace(checkpoint.manifest.progress)
        self._learning_rate = self.stepper.learning_rate()
        if not self.why_stop():
            # A run that --steps ended within an epoch and that goes on: that epoch's row is still to come.
            self.progress.history = [
                row for row in self.progress.history if row["step"] % self.stepper.steps_per_epoch == 0
            ]
        # The process before may have died between its last commit and these.
        checkpoints.prune(self.run_dir, self.progress.history)
        self._write_metrics()

    def why_stop(self) -> Stop | None:
        """A Stop if there is no more training to do, else None. Decided by training and validation alone."""
        history = self.progress.history
        if not history or self.stepper.step != history[-1]["step"]:
            return None  # within an epoch
        return why_stop(self.stepper.recipe, history, self.stepper.last_step)

    def run(self, hooks: Hooks) -> Stop:
        """Train.

        Raises
        ------
        Interrupted
            After SIGINT or SIGTERM, with everything saved.
        InputError
            For a number that isn't finite, or a disk that takes no more.
        """
        if stop := self.why_stop():
            return stop
        self._display.begin()
        with _StopSignal() as signalled:
            while not (stop := self.why_stop()):
                start = time.perf_counter()
                done, speed = self._train_epoch(signalled, hooks)
                if done:
                    self._validate(hooks)
                self.progress.seconds += time.perf_counter() - start
                self.commit()
                if done:
                    self._display.epoch(self.progress.history[-1], speed)  # only now: it is saved
                if signum := self.stepper.agreed(signalled.signum):
                    name = signal.Signals(signum).name
                    raise Interrupted(
                        f"stopped by {name} at step {self.stepper.step:,}, saved; the same command continues", signum
                    )
        return stop

    def _train_epoch(self, signalled: "_StopSignal", hooks: Hooks) -> tuple[bool, float]:
        # Whether the epoch or the training is at its end, not if a signal came before; and its images a second.
        stepper, before = self.stepper, self.stepper.step
        epoch, place = divmod(before, stepper.steps_per_epoch)
        end = min((epoch + 1) * stepper.steps_per_epoch, stepper.last_step)
        batches = self.task.batches(epoch)
        start = time.perf_counter()
        with self._display.bar(total=end - before, desc=f"epoch {epoch + 1}", unit="step") as bar:
            for i in range(place, place + end - before):
                self._take_step(*batches[i], trace=hooks.traces and stepper.step + 1 == end, hooks=hooks)
                bar.update()
                if self.stepper.agreed(signalled.signum):
                    break
        seconds = time.perf_counter() - start
        self.progress.step_seconds += seconds
        return stepper.step >= end, (stepper.step - before) * stepper.recipe.batch_size / seconds

    def _take_step(self, x: np.ndarray, y: np.ndarray, *, trace: bool, hooks: Hooks) -> None:
        update, progress = self.stepper.take(x, y, trace=trace), self.progress
        self._learning_rate = update.learning_rate
        progress.loss_sum += update.loss
        progress.correct += int(update.correct.sum())
        progress.images += len(update.correct)
        self._display.step(self.stepper.step, update.correct)
        hooks.after_step(self.stepper.step, update)

    def _validate(self, hooks: Hooks) -> None:
        progress, step = self.progress, self.stepper.step
        epoch, place = divmod(step - 1, self.stepper.steps_per_epoch)
        score = self.stepper.validate()
        row = {
            "epoch": epoch + 1,
            "step": step,
            "loss": progress.loss_sum / (place + 1),
            "accuracy": progress.correct / max(progress.images, 1),
            "validation_loss": score.loss,
            "validation_accuracy": score.accuracy,
            "learning_rate": self._learning_rate,
        }
        progress.history.append(row)
        if place + 1 == self.stepper.steps_per_epoch:
            progress.loss_sum, progress.correct, progress.images = 0.0, 0, 0
        hooks.after_epoch(step, score)

    def commit(self) -> None:
        """Keep what is reached."""
        checkpoints.commit(
            self.run_dir,
            recipe=self.stepper.recipe,
            step=self.stepper.step,
            progress=self.progress,
            provenance=self.provenance,
            save=self.stepper.save,
        )
        self._write_metrics()

    def _write_metrics(self) -> None:
        if self.progress.history:
            directory.write_metrics(self.run_dir, self.progress.history)


class _StopSignal:
    """While entered, SIGINT and SIGTERM are noted in `signum` instead of ending the process; a second one ends it."""

    def __init__(self) -> None:
        self.signum: int | None = None
        self._previous: dict[int, Any] = {}

    def __enter__(self) -> "_StopSignal":
        # Handlers can be set in the main thread alone; elsewhere whoever started the thread deals with signals.
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._note) for number in system.STOP_SIGNALS}
        return self

    def __exit__(self, *exception: Any) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        if self.signum:
            os._exit(128 + signum)
        self.signum = signum
