"""One step of a training: the graph, its session, and what is fed. The loop knows neither."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError, NotFinite
from lenet_tf1.base.machine import open_session
from lenet_tf1.graph.training import AVERAGE, CHECKS, Training, add_training, learning_rate_schedule, scope_of
from lenet_tf1.recipes import Recipe
from lenet_tf1.runs.manifest import Progress
from lenet_tf1.training.task import Learner, Score, Task


class Update(NamedTuple):
    """What a step tells.

    Attributes
    ----------
    loss : float
        Of its batch.
    correct : ndarray
        Bool [n], of those of its images that count towards accuracy: whether each was classified as what it is.
    learning_rate : float
        Which it used.
    metadata : tf.RunMetadata or None
        What it cost, if it was traced.
    """

    loss: float
    correct: np.ndarray
    learning_rate: float
    metadata: tf.RunMetadata | None


class Stepper:
    """A task's training graph in a Session, and one step of it at a time.

    Use it as a context manager: within it its graph is the default one, without which Saver refuses.

    Parameters
    ----------
    recipe : Recipe
        With the data set's classes and a precision that this machine has.
    task : Task

    Attributes
    ----------
    step : int
        How many updates were made.
    steps_per_epoch, last_step : int
        Whole batches in an epoch; how many updates the recipe's training takes at most.
    learner, training : Learner, Training
        The graph's tensors: what the task made, and what updates it.
    session : tf.Session
    graph_def : tf.GraphDef
        The graph without the saver, which would sprawl over TensorBoard's picture.

    Raises
    ------
    InputError
        For a recipe that doesn't go with its network.
    """

    def __init__(self, recipe: Recipe, task: Task) -> None:
        self.recipe, self.task, self.step = recipe, task, 0
        self.steps_per_epoch = task.images // recipe.batch_size
        self.last_step = recipe.last_step(self.steps_per_epoch)
        with tf.Graph().as_default() as graph:
            self.learner = self._add_learner()
            schedule = learning_rate_schedule(recipe, self.steps_per_epoch, self.last_step)
            self.training: Training = add_training(
                self.learner.loss,
                schedule,
                beta1=recipe.beta1,
                beta2=recipe.beta2,
                frozen=recipe.frozen,
                updates=tf.get_collection(tf.GraphKeys.UPDATE_OPS),
                average_decay=self.learner.average_decay,
                summed=self._summed,
            )
            self._told = self._tell()
            self.graph_def = graph.as_graph_def(add_shapes=True)
            self._saver = tf.train.Saver()  # without a state file it removes no older files
            initialize = tf.global_variables_initializer()
        graph.finalize()
        self.session = self._open_session(graph)
        self.session.run(initialize)

    # Several workers do these in another way: see workers.py.

    _summed: Callable[[list[tf.Tensor]], list[tf.Tensor]] | None = None

    def _add_learner(self) -> Learner:
        return self.task.learner()

    def _tell(self) -> list[tf.Tensor]:
        return [self.learner.shown_loss, self.learner.correct]

    def _open_session(self, graph: tf.Graph) -> tf.Session:
        return open_session(graph, self.recipe.precision)

    def _run(self, x: np.ndarray, y: np.ndarray, *how: Any) -> tuple[float, np.ndarray, float]:
        # The loss, which images were classified as what they are, and the learning rate.
        feed = self.learner.feed(x, y, self.step)
        _, told, rate = self.session.run([self.training.update, self._told, self.training.learning_rate], feed, *how)
        return *told, rate

    def agreed(self, signum: int | None) -> int | None:
        """The signal that ends the training after this step, if there is one, from that which came here."""
        return signum

    def set_out(self, progress: Progress) -> None:
        """Begin training from here: of several workers, all from the variables, step and progress of the chief."""

    def validate(self) -> Score:
        """How well the network does on what it isn't trained on."""
        return self.task.validate(self.session, self.learner)

    def take(self, x: np.ndarray, y: np.ndarray, *, trace: bool = False) -> Update:
        """Take one step on a batch of the task's; with `trace`, note what every node costs.

        Raises
        ------
        InputError
            If the loss or a gradient is not finite. No variable has changed then.
        """
        options = metadata = None
        if trace:
            options, metadata = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE), tf.RunMetadata()
        try:
            loss, correct, rate = self._run(x, y, options, metadata)
        except tf.errors.InvalidArgumentError as error:
            if error.op is None or not error.op.name.startswith(CHECKS):
                raise
            raise self._not_finite(error.op.name.removeprefix(CHECKS)) from error
        self.step += 1
        return Update(float(loss), self.learner.counted(correct, y), float(rate), metadata)

    def begin_from(self, weights: Mapping[str, np.ndarray], *, other_classes: bool = False) -> list[str]:
        """Take the weights of another training, by name and shape, in place of initial ones; averages begin with them.

        Parameters
        ----------
        weights : mapping
            By the variables' names.
        other_classes : bool
            Whether they tell other classes apart: then the last scope, which makes the logits, starts afresh too.

        Returns
        -------
        list of str
            The scopes that start afresh, the one that makes the logits from zero.

        Raises
        ------
        InputError
            If that is every scope, or one that is to be frozen.
        """
        variables = self.session.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
        shapes = {variable.op.name: variable.shape.as_list() for variable in variables}
        other = {name for name, shape in shapes.items() if name not in weights or list(weights[name].shape) != shape}
        scopes = list(dict.fromkeys(scope_of(name) for name in shapes))
        lost = {scope_of(name) for name in other} | ({scopes[-1]} if other_classes else set())
        afresh = [scope for scope in scopes if scope in lost]
        if len(afresh) == len(scopes):
            raise InputError(f"none of the weights given with --from fits the network {self.recipe.network}")
        if unknown := [scope for scope in self.recipe.frozen if scope in afresh]:
            raise InputError(f"{unknown[0]} can't be frozen: there are no such weights where --from takes them")
        for variable in self.session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES):
            name = variable.op.name.removesuffix(AVERAGE)
            if name in weights and scope_of(name) not in afresh:
                variable.load(weights[name], self.session)
        # Trained features are larger than initial ones: initial weights would make large logits of them, at random.
        for variable in variables:
            if scope_of(variable.op.name) == scopes[-1] and scopes[-1] in afresh:
                variable.load(np.zeros(variable.shape.as_list(), np.float32), self.session)
        return afresh

    def learning_rate(self) -> float:
        """The one that the next step uses."""
        return float(self.session.run(self.training.learning_rate))

    def save(self, prefix: str) -> None:
        """Write every variable, Adam's slots included, as TensorFlow's files PREFIX.*."""
        self._saver.save(self.session, prefix, write_meta_graph=False, write_state=False)

    def restore(self, prefix: str, step: int) -> None:
        """Go on from what `save` wrote at `step`. Raises tf.errors.OpError if a variable isn't there."""
        self._saver.restore(self.session, prefix)
        self.step = step

    def __enter__(self) -> "Stepper":
        self.session.__enter__()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.session.__exit__(*exception)  # closes it too

    def _not_finite(self, name: str) -> NotFinite:
        what = "the loss" if name == "loss" else f"the gradient of {name}"
        return NotFinite(
            f"{what} is not finite in step {self.step + 1:,} at learning rate {self.learning_rate():g}: training "
            f"stopped before any weight changed, and the checkpoints are as they were; try --restart with a lower "
            f"--learning-rate"
        )
