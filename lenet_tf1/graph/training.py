"""The training graph: gradients, Adam, and the schedule of its learning rate."""

import functools
from dataclasses import dataclass

import tensorflow.compat.v1 as tf

CHECKS = "train/finite/"  # scope of the checks for finite numbers, each named for the variable it is about


@dataclass(frozen=True)
class Training:
    """step        the variable train/global_step, int64: how many updates were made
    learning_rate  float32 scalar, the one that the next update uses
    update         the operation train: one Adam update, which adds one to step
    gradients      the loss's, by the variable's name
    """

    step: tf.Variable
    learning_rate: tf.Tensor
    update: tf.Operation
    gradients: dict


def staircase(step, *, learning_rate, decay_rate, decay_epochs, steps_per_epoch):
    """The rate learning_rate * decay_rate ** (epoch // decay_epochs) (document 000), float32 scalar."""
    # Whole numbers in the graph: as floats, long runs would miss the exact step of a change.
    epoch = step // steps_per_epoch
    return learning_rate * tf.pow(decay_rate, tf.cast(epoch // decay_epochs, tf.float32))


def one_cycle(step, *, learning_rate, warm_up, steps):
    """A rate that rises to learning_rate over the first `warm_up` of the steps, then falls (Smith 2018).

    After the last of the `steps` it would be 0. Float32 scalar.
    """
    peak = max(1, round(warm_up * steps))
    # As float32, long runs would miss steps.
    up = tf.cast(step + 1, tf.float64) / peak
    down = tf.cast(steps - step, tf.float64) / max(1, steps - peak)
    return tf.cast(learning_rate * tf.minimum(tf.minimum(up, down), 1.0), tf.float32)


def learning_rate_schedule(recipe, steps_per_epoch, steps):
    """The schedule of a recipe whose training takes `steps`: a function from the step to the rate."""
    if recipe.schedule == "one-cycle":
        return functools.partial(one_cycle, learning_rate=recipe.learning_rate, warm_up=recipe.warm_up, steps=steps)
    return functools.partial(
        staircase,
        learning_rate=recipe.learning_rate,
        decay_rate=recipe.decay_rate,
        decay_epochs=recipe.decay_epochs,
        steps_per_epoch=steps_per_epoch,
    )


def training_loss(model, kind, label_smoothing):
    """What training makes small, a float32 scalar: the mean cross-entropy of the batch, or a document's mistake.

    Parameters: `kind` "cross-entropy", of labels of which the share `label_smoothing` goes to all classes
    alike (Szegedy et al. 2016); "softmax twice", as document 000 has it, never below ln(1 + 9 / e) = 1.4612
    with ten classes; or "mean of y log p", as document 003 has it, whose gradient is not a number once a
    probability underflows.
    """
    if kind == "cross-entropy" and not label_smoothing:
        return model.loss
    with tf.name_scope("train/loss/"):
        if kind == "mean of y log p":
            return -tf.reduce_mean(model.y * tf.log(model.probabilities))
        logits = model.probabilities if kind == "softmax twice" else model.logits
        labels = model.y * (1 - label_smoothing) + label_smoothing / int(model.y.shape[1])
        return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits))


def add_training(loss, schedule, *, beta1=0.9, beta2=0.999):
    """Add Adam on `loss`, with the learning rate that `schedule` makes of the step, an int64 tensor.

    Before a variable changes, the loss and every gradient are checked: if one is not finite, running
    `update` raises tf.errors.InvalidArgumentError from the operation train/finite/NAME, and the
    variables keep the values of the step before.
    """
    with tf.variable_scope("train"):
        step = tf.train.create_global_step()
        with tf.name_scope("learning_rate"):
            rate = schedule(step.read_value())
        adam = tf.train.AdamOptimizer(rate, beta1, beta2)
        # No gradient waits for another one of the same operation: a step takes a tenth less time.
        gradients = adam.compute_gradients(loss, gate_gradients=tf.train.Optimizer.GATE_NONE)
        with tf.name_scope(CHECKS):
            finite_loss = tf.check_numerics(loss, "loss", name="loss")
            with tf.control_dependencies([finite_loss]):  # if both are bad, the loss is the one to name
                # A sum is finite if all its terms are, and takes an eighth of the time of checking each.
                checks = [tf.check_numerics(tf.reduce_sum(g), v.op.name, name=v.op.name) for g, v in gradients]
        with tf.control_dependencies(checks):
            update = adam.apply_gradients(gradients, global_step=step)
    # A NoOp that bears its scope's name: TensorBoard then sets the scope aside, and the network stays a straight line.
    update = tf.group(update, name="train/")
    return Training(step, rate, update, {variable.op.name: gradient for gradient, variable in gradients})
