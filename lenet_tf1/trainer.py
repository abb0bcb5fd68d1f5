"""The Session loop: steps, epochs, validation, when to stop, what to commit when."""

import os
import signal
import threading
import time
from dataclasses import asdict, dataclass, field

import numpy as np
import tensorflow.compat.v1 as tf
from tqdm import tqdm

from lenet_tf1 import checkpoints, console, reports, rundir
from lenet_tf1.data.batches import Batches, as_input, steps_per_epoch
from lenet_tf1.errors import InputError, Interrupted
from lenet_tf1.events import Events
from lenet_tf1.graph.augment import add_augmentation
from lenet_tf1.graph.gradients import pooled_first
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.training import CHECKS, add_training, learning_rate_schedule, training_loss
from lenet_tf1.machine import open_session
from lenet_tf1.measure import measure
from lenet_tf1.restored import Restored
from lenet_tf1.stopping import why_stop

SCALARS_EVERY = 50  # steps that a point of TensorBoard's training curves is the mean of


@dataclass
class Progress:
    """What a resumed loop has to know besides the variables; kept in each checkpoint's manifest."""

    loss_sum: float = 0.0  # of the steps in this epoch so far
    correct: int = 0  # images in this epoch so far that were classified as what they are, as training sees them
    images: int = 0
    step_seconds: float = 0.0  # spent in steps, the whole run
    seconds: float = 0.0  # spent in all, the whole run
    history: list = field(default_factory=list)


class Trainer:
    """A recipe's graph in a Session, and the loop that trains it until the recipe says enough or a signal says stop.

    Parameters: `data` a Dataset; `run_dir` a Path, held by rundir.exclusive; `facts` go into every
    manifest; `summaries` "none", "basic" or "all"; `bar` shows progress on stderr; `say` takes the lines to print.
    """

    def __init__(self, recipe, data, run_dir, *, facts, summaries, bar, say):
        self.recipe, self.data, self.run_dir, self.facts = recipe, data, run_dir, facts
        self.summaries = summaries
        self.report = reports.Rows(say) if recipe.report_every is None else reports.Iterations(say, recipe.report_every)
        self.bar = bar and recipe.report_every is None  # lines that come soon are progress enough
        self.per_epoch = steps_per_epoch(data.train, recipe.batch_size)
        self.last_step = recipe.steps or recipe.epochs * self.per_epoch
        self.step = 0
        self.progress = Progress()
        self.rate = self.images_per_second = self.events = self.insight = None
        self.recent = []  # (loss, images right, images) of the steps since the last point of the curves

        with tf.Graph().as_default() as graph:
            self.augmentation = x = None
            if recipe.distorts:
                self.augmentation = add_augmentation(shift=recipe.shift, slant=recipe.slant, bend=recipe.bend)
                x = self.augmentation.output
            with pooled_first():
                self.model = build_model(recipe.network, classes=len(recipe.classes), seed=recipe.seed, x=x)
            if recipe.keep_prob < 1 and not self.model.drops:
                raise InputError(f"the network {recipe.network} has no dropout, so keep prob has to be 1")
            loss = training_loss(self.model, recipe.loss, recipe.label_smoothing)
            schedule = learning_rate_schedule(recipe, self.per_epoch, self.last_step)
            self.training = add_training(loss, schedule, beta1=recipe.beta1, beta2=recipe.beta2)
            # A document's mistake is what one wants to see; of soft labels, what the others can be compared with.
            self.shown_loss = self.model.loss if recipe.loss == "cross-entropy" else loss
            # Without the saver, which would sprawl over TensorBoard's picture.
            self.shown_graph = graph.as_graph_def(add_shapes=True)
            self.saver = tf.train.Saver(max_to_keep=None)
            initialize = tf.global_variables_initializer()
        graph.finalize()
        self.session = open_session(graph, recipe.precision)
        self.session.run(initialize)

    def __enter__(self):
        self.session.__enter__()  # makes its graph the default one, without which Saver and FileWriter refuse
        return self

    def __exit__(self, *exception):
        self.session.__exit__(*exception)
        if self.events:
            self.events.close()

    def resume(self, checkpoint):
        """Continue from a checkpoint as if nothing had happened since."""
        try:
            self.saver.restore(self.session, checkpoint.prefix)
            self.progress = Progress(**checkpoint.manifest["state"])
        except (tf.errors.OpError, TypeError) as error:  # its bytes are right, so the code has changed since
            raise InputError(f"{checkpoint.folder} was written by another version; --restart begins again") from error
        self.step = checkpoint.step
        self.rate = float(self.session.run(self.training.learning_rate))
        if not self.why_stop():
            # A run that --steps ended within an epoch and that goes on: that epoch's row is still to come.
            self.progress.history = [row for row in self.progress.history if row["step"] % self.per_epoch == 0]
        # The process before may have died between its last commit and these.
        checkpoints.tidy(self.run_dir, self.progress.history)
        self._write_metrics()

    def why_stop(self):
        """A Stop if there is no more training to do, else None. Decided by training and validation alone."""
        history = self.progress.history
        if not history or self.step != history[-1]["step"]:
            return None  # within an epoch
        return why_stop(self.recipe, history, self.last_step)

    def run(self):
        """Train. Raises Interrupted after a signal, InputError for a number that isn't finite or a full disk."""
        if self.summaries != "none":
            self._open_events()
        if self.why_stop():
            return
        self.report.begin()
        with _StopSignal() as stop:
            while not self.why_stop():
                start = time.perf_counter()
                done = self._train_epoch(stop)
                if done:
                    self._validate()
                self.progress.seconds += time.perf_counter() - start
                self._commit()
                if done:
                    self.report.epoch(self.progress.history[-1], self.images_per_second)  # only now: it is saved
                if stop.signum:
                    raise Interrupted(
                        f"stopped by {stop.name} at step {self.step:,}, saved; the same command continues", stop.signum
                    )

    def _open_events(self):
        everything = self.summaries == "all"
        parts = ("train", "validation", "test") if everything else ("train", "validation")
        self.events = Events(self.run_dir, self.shown_graph, self.step, recipe=self.recipe, parts=parts)
        if everything:
            from lenet_tf1.insight import Insight  # matplotlib takes a while

            self.insight = Insight(
                self.events,
                self.run_dir / "test",
                self.session,
                self.model,
                self.training,
                self._distorted,
                self.data,
            )

    def _distorted(self, images):
        x, augmentation = as_input(images), self.augmentation
        if augmentation is None:
            return x
        feed = {augmentation.images: x, augmentation.seed: [self.recipe.seed, self.step]}
        return self.session.run(augmentation.output, feed)

    def _train_epoch(self, stop):
        # True at the end of the epoch or of the training, False if a signal came before.
        epoch, place = divmod(self.step, self.per_epoch)
        recipe, before = self.recipe, self.step
        end = min((epoch + 1) * self.per_epoch, self.last_step)
        classes = len(recipe.classes)
        batches = Batches(self.data.train, recipe.batch_size, classes=classes, seed=recipe.seed, epoch=epoch)
        start = time.perf_counter()
        with tqdm(total=end - before, desc=f"epoch {epoch + 1}", unit="step", leave=False, disable=not self.bar) as bar:
            for i in range(place, place + end - before):
                self._take_step(*batches[i], traced=self.step + 1 == end)
                bar.update()
                if stop.signum:
                    break
        seconds = time.perf_counter() - start
        self.progress.step_seconds += seconds
        self.images_per_second = (self.step - before) * recipe.batch_size / seconds
        return self.step >= end

    def _take_step(self, x, y, traced):
        model, training, progress = self.model, self.training, self.progress
        feed = {model.y: y} | model.dropout_feed(self.recipe.keep_prob, self.recipe.seed, self.step)
        if augmentation := self.augmentation:
            feed |= {augmentation.images: x, augmentation.seed: [self.recipe.seed, self.step]}
        else:
            feed[model.x] = x
        fetches = [training.update, self.shown_loss, model.correct, training.learning_rate]
        options = metadata = None
        if traced and self.events:
            options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
        try:
            _, loss, correct, rate = self.session.run(fetches, feed, options, metadata)
        except tf.errors.InvalidArgumentError as error:
            if error.op is None or not error.op.name.startswith(CHECKS):
                raise
            raise self._not_finite(error.op.name.removeprefix(CHECKS)) from error
        self.step += 1
        self.rate = float(rate)
        progress.loss_sum += float(loss)
        correct = correct[y.max(axis=1) == 1]  # a picture of no class can't be right
        progress.correct += int(correct.sum())
        progress.images += len(correct)
        self.report.step(self.step, correct)
        if self.events:
            self.recent.append((loss, correct.sum(), len(correct)))
            if self.step % SCALARS_EVERY == 0:
                losses, right, images = zip(*self.recent, strict=True)
                accuracy = sum(right) / max(sum(images), 1)
                self.events.scalars("train", self.step, loss=np.mean(losses), accuracy=accuracy, learning_rate=rate)
                self.recent.clear()
        if metadata:
            self.events.trace(metadata, self.step)

    def _not_finite(self, name):
        what = "the loss" if name == "loss" else f"the gradient of {name}"
        rate = self.session.run(self.training.learning_rate)
        return InputError(
            f"{what} is not finite in step {self.step + 1:,} at learning rate {rate:g}: training stopped before "
            f"any weight changed, and the checkpoints are as they were; try --restart with a lower --learning-rate"
        )

    def _validate(self):
        progress = self.progress
        epoch, place = divmod(self.step - 1, self.per_epoch)
        result = measure(self.session, self.model, self.data.validation)
        row = {
            "epoch": epoch + 1,
            "step": self.step,
            "loss": progress.loss_sum / (place + 1),
            "accuracy": progress.correct / max(progress.images, 1),
            "validation_loss": result.loss,
            "validation_accuracy": result.accuracy,
            "learning_rate": self.rate,
        }
        progress.history.append(row)
        if place + 1 == self.per_epoch:
            progress.loss_sum, progress.correct, progress.images = 0.0, 0, 0
        if self.events:
            self.events.scalars("validation", self.step, loss=result.loss, accuracy=result.accuracy)
            if self.insight:
                self.insight.after_epoch(self.step)
            self.events.flush()

    def finish(self):
        """Read the test set, once and whole, with the best checkpoint by validation, as `evaluate` does.

        Returns (Checkpoint, its row of the history, Measurement).
        """
        best = checkpoints.best(self.run_dir, console.note)
        row = next(row for row in self.progress.history if row["step"] == best.step)
        with Restored(best) as network:
            return best, row, measure(network.session, network.model, self.data.test)

    def show(self, best, test):
        """Tell TensorBoard what `finish` found: the best Checkpoint and its Measurement."""
        if self.events:
            self.events.end()
        if self.insight:
            with Restored(best) as network:
                self.insight.at_end(network, best.step, test)

    def _commit(self):
        checkpoints.commit(
            self.run_dir,
            step=self.step,
            state=asdict(self.progress),
            facts=self.facts,
            save=lambda prefix: self.saver.save(self.session, prefix, write_meta_graph=False, write_state=False),
        )
        self._write_metrics()

    def _write_metrics(self):
        if self.progress.history:
            rundir.write_metrics(self.run_dir, self.progress.history)


class _StopSignal:
    """While entered, SIGINT and SIGTERM are noted in `signum` instead of ending the process; a second one ends it."""

    def __init__(self):
        self.signum = None

    @property
    def name(self):
        return signal.Signals(self.signum).name

    def __enter__(self):
        # Handlers can be set in the main thread alone; elsewhere whoever started the thread deals with signals.
        if threading.current_thread() is threading.main_thread():
            self._previous = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        else:
            self._previous = {}
        return self

    def __exit__(self, *exception):
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _note(self, signum, frame):
        if self.signum:
            os._exit(128 + signum)
        self.signum = signum
