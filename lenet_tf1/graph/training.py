"""The training graph: gradients, Adam, and the schedule of its learning rate."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.graph.model import Model
from lenet_tf1.recipes import Recipe

CHECKS = "train/finite/"  # scope of the checks for finite numbers, each named for its variable
AVERAGE = "/ExponentialMovingAverage"  # what a variable's name ends with if it is another one's moving average

Schedule = Callable[[tf.Tensor], tf.Tensor]  # from the step, int64, to the learning rate, float32, of any shape


@dataclass(frozen=True)
class Training:
    """Tensors and operations of one training step.

    Attributes
    ----------
    step : tf.Variable
        train/global_step, int64: the number of updates so far.
    learning_rate : float32 scalar
        Of the next update.
    update : tf.Operation
        train: one Adam update, which adds one to `step`.
    gradients : dict of str -> tf.Tensor
        Of the loss, by the variables' names.
    """

    step: tf.Variable
    learning_rate: tf.Tensor
    update: tf.Operation
    gradients: dict[str, tf.Tensor]


def staircase(
    step: tf.Tensor, *, learning_rate: float, decay_rate: float, decay_epochs: int, steps_per_epoch: int
) -> tf.Tensor:
    """The rate learning_rate * decay_rate ** (epoch // decay_epochs) (document 000), float32.

    Parameters
    ----------
    step : int64
        The number of updates so far.
    learning_rate : float
        In the first `decay_epochs` epochs.
    decay_rate : float
        The factor between two stairs, in (0, 1].
    decay_epochs, steps_per_epoch : int
    """
    # Integers in the graph: as floats, long runs would miss the exact step of a change.
    epoch = step // steps_per_epoch
    return learning_rate * tf.pow(decay_rate, tf.cast(epoch // decay_epochs, tf.float32))


def one_cycle(step: tf.Tensor, *, learning_rate: float, warm_up: float, steps: int) -> tf.Tensor:
    """A rate that rises linearly to `learning_rate`, then falls linearly to 0, float32.

    Parameters
    ----------
    step : int64
        The number of updates so far.
    learning_rate : float
        The highest.
    warm_up : float
        The share of the steps in which it rises, in (0, 1).
    steps : int
        Of the whole training; the step after the last one would have the rate 0.

    References
    ----------
    L. N. Smith, "A disciplined approach to neural network hyper-parameters: part 1", 2018, arXiv:1803.09820.
    """
    peak = max(1, round(warm_up * steps))
    # As float32, long runs would miss steps.
    up = tf.cast(step + 1, tf.float64) / peak
    down = tf.cast(steps - step, tf.float64) / max(1, steps - peak)
    return tf.cast(learning_rate * tf.minimum(tf.minimum(up, down), 1.0), tf.float32)


def learning_rate_schedule(recipe: Recipe, steps_per_epoch: int, steps: int) -> Schedule:
    """The schedule of a recipe whose training takes `steps` steps: a function from the step to the rate."""
    if recipe.schedule == "one-cycle":
        return functools.partial(one_cycle, learning_rate=recipe.learning_rate, warm_up=recipe.warm_up, steps=steps)
    return functools.partial(
        staircase,
        learning_rate=recipe.learning_rate,
        decay_rate=recipe.decay_rate,
        decay_epochs=recipe.decay_epochs,
        steps_per_epoch=steps_per_epoch,
    )


def training_loss(model: Model, kind: str, label_smoothing: float) -> tf.Tensor:
    """What training minimises, a float32 scalar: the mean cross-entropy of the batch, or a document's mistake.

    Parameters
    ----------
    model : Model
    kind : {"cross-entropy", "softmax twice", "mean of y log p"}
        "softmax twice", as document 000 has it, is never below ln(1 + 9 / e) = 1.4612 with ten classes;
        the gradient of "mean of y log p", as document 003 has it, is nan once a probability underflows.
    label_smoothing : float
        The share of each label that is spread evenly over all classes, in 0..1. "mean of y log p" has none.

    References
    ----------
    Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, "Rethinking the Inception architecture for computer vision", CVPR
    2016: label smoothing.
    """
    if kind == "cross-entropy" and not label_smoothing:
        return model.loss
    with tf.name_scope("train/loss/"):
        if kind == "mean of y log p":
            return -tf.reduce_mean(model.y * tf.log(model.probabilities))
        logits = model.probabilities if kind == "softmax twice" else model.logits
        labels = model.y * (1 - label_smoothing) + label_smoothing / int(model.y.shape[1])
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))


def add_training(
    loss: tf.Tensor,
    schedule: Schedule,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    frozen: Sequence[str] = (),
    updates: Sequence[tf.Operation] = (),
    average_decay: float | None = None,
    summed: Callable[[list[tf.Tensor]], list[tf.Tensor]] | None = None,
) -> Training:
    """Add Adam to the default graph, in the scope train.

    Before a variable changes, the loss and every gradient are checked: if one is not finite, running
    `update` raises tf.errors.InvalidArgumentError from the operation train/finite/NAME, and the
    variables that it trains keep the values of the step before.

    Parameters
    ----------
    loss : float32 scalar
    schedule : callable
        From the step, an int64 scalar, to the learning rate.
    beta1, beta2 : float
        Decay rates of Adam's averages of gradients and of their squares, in [0, 1).
    frozen : sequence of str
        Scopes whose variables stay as they are.
    updates : sequence of tf.Operation
        What else each step runs, such as the averages of batch normalisation.
    average_decay : float, optional
        How much a moving average of every variable of the network keeps in each step, in (0, 1); less in the first
        ones. It is a variable with the name of the one that it is of, and AVERAGE at its end.
    summed : callable, optional
        Sums the loss and the gradients of several workers, each of which adds this graph.

    Raises
    ------
    InputError
        For a frozen scope that has no variables, or if nothing is left to train.

    References
    ----------
    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """
    averaged = tf.global_variables()
    with tf.variable_scope("train"):
        step = tf.train.create_global_step()
        with tf.name_scope("learning_rate"):
            rate = schedule(step.read_value())
        adam = tf.train.AdamOptimizer(rate, beta1, beta2)
        # No gradient waits for another one of the same operation: a tenth less time per step.
        trained = _trained(frozen)
        gradients = adam.compute_gradients(loss, trained, gate_gradients=tf.train.Optimizer.GATE_NONE)
        if summed is not None:
            loss, *sums = summed([loss, *(gradient for gradient, _ in gradients)])
            gradients = [(total, variable) for total, (_, variable) in zip(sums, gradients, strict=True)]
        with tf.name_scope(CHECKS):
            finite_loss = tf.check_numerics(loss, "loss", name="loss")
            with tf.control_dependencies([finite_loss]):  # if both are bad, the loss is the one to name
                # A sum is finite if all its terms are, and takes an eighth of the time of checking each.
                checks = [tf.check_numerics(tf.reduce_sum(g), v.op.name, name=v.op.name) for g, v in gradients]
        with tf.control_dependencies(checks):
            update = adam.apply_gradients(gradients, global_step=step)
    done = [update, *updates]
    if average_decay is not None:
        done.append(_average(averaged, average_decay, step, after=done))
    # A NoOp with its scope's own name: TensorBoard then sets the scope aside, and the network stays a straight line.
    update = tf.group(*done, name="train/")
    return Training(step, rate, update, {variable.op.name: gradient for gradient, variable in gradients})


def _average(
    variables: Sequence[tf.Variable], decay: float, step: tf.Variable, *, after: Sequence[tf.Operation]
) -> tf.Operation:
    # Outside of the variable scope train: the averages' names begin with the variables' own.
    average = tf.train.ExponentialMovingAverage(decay, num_updates=step)
    with tf.name_scope("train/"), tf.control_dependencies(after):
        return average.apply(variables)


def scope_of(name: str) -> str:
    """The scope of the variable of that name."""
    return name.rpartition("/")[0]


def _trained(frozen: Sequence[str]) -> list[tf.Variable] | None:
    # None is every variable there is.
    if not frozen:
        return None
    variables = tf.trainable_variables()
    scopes = {scope_of(variable.op.name) for variable in variables}
    if unknown := [scope for scope in frozen if scope not in scopes]:
        there = ", ".join(sorted(scopes))
        raise InputError(f"there are no weights in the scope {unknown[0]} to freeze; there are {there}")
    trained = [variable for variable in variables if scope_of(variable.op.name) not in frozen]
    if not trained:
        raise InputError("every scope is frozen, so there is nothing to train")
    return trained
