import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.training import add_training, one_cycle, staircase, training_loss


@pytest.mark.parametrize("per_epoch", [1, 859, 99_991])
def test_the_learning_rate_is_the_documents_staircase(per_epoch):
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        rate = staircase(step, learning_rate=0.5, decay_rate=0.9, decay_epochs=10, steps_per_epoch=per_epoch)
        for epoch in (0, 9, 10, 19, 20, 99, 100):
            for at in (epoch * per_epoch, (epoch + 1) * per_epoch - 1):
                assert session.run(rate, {step: at}) == pytest.approx(0.5 * 0.9 ** int(epoch / 10), rel=1e-6)


def test_one_cycle_rises_and_falls_to_nothing():
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.placeholder(tf.int64, [])
        rate = one_cycle(step, learning_rate=0.02, warm_up=0.25, steps=400)
        rates = [session.run(rate, {step: at}) for at in range(400)]
        assert rates[0] == pytest.approx(0.02 / 100)
        assert rates.index(max(rates)) == 99
        assert max(rates) == pytest.approx(0.02)
        assert np.allclose(np.diff(rates[:100]), 0.02 / 100, atol=1e-7)
        assert np.allclose(np.diff(rates[101:]), -0.02 / 300, atol=1e-7)
        assert rates[-1] == pytest.approx(0.02 / 300, rel=1e-5)
        for steps in (1, 2, 3):  # however short, each step has a rate
            short = one_cycle(step, learning_rate=0.02, warm_up=0.25, steps=steps)
            assert all(0 < session.run(short, {step: at}) <= np.float32(0.02) for at in range(steps))


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_the_loss_is_the_cross_entropy_of_smooth_labels(mnist, share):
    batch = mnist.train[:40]
    with tf.Graph().as_default(), tf.Session() as session:
        model = build_model("lenet", classes=10)
        smooth = training_loss(model, "cross-entropy", share)
        session.run(tf.global_variables_initializer())
        labels = one_hot(batch.labels, 10)
        found, p = session.run([smooth, model.probabilities], {model.x: as_input(batch.images), model.y: labels})
    wanted = labels * (1 - share) + share / 10
    assert found == pytest.approx(-(wanted * np.log(p)).sum(axis=1).mean(), rel=1e-5)


def test_the_documents_mistakes_are_as_they_wrote_them(mnist):
    batch = mnist.train[:40]
    with tf.Graph().as_default(), tf.Session() as session:
        model = build_model("lenet", classes=10)
        twice, mean = (training_loss(model, kind, 0.0) for kind in ("softmax twice", "mean of y log p"))
        session.run(tf.global_variables_initializer())
        labels = one_hot(batch.labels, 10)
        feed = {model.x: as_input(batch.images), model.y: labels}
        twice, mean, p, loss = session.run([twice, mean, model.probabilities, model.loss], feed)
        assert twice == pytest.approx((np.log(np.exp(p).sum(axis=1)) - p[labels == 1]).mean(), rel=1e-5)
        assert mean == pytest.approx(loss / 10, rel=1e-5)
        # Sure and right, the one can't be lower than this, and the other's gradient divides 0 by 0.
        perfect = {model.logits: 200 * labels, model.y: labels}
        assert session.run(training_loss(model, "softmax twice", 0.0), perfect) == pytest.approx(np.log(1 + 9 / np.e))
        gradient = tf.gradients(training_loss(model, "mean of y log p", 0.0), model.logits)[0]
        assert np.isnan(session.run(gradient, perfect)).all()


def test_a_handful_of_images_is_learnt_by_heart(mnist):
    batch = mnist.train[:40]
    with tf.Graph().as_default(), tf.Session() as session:
        model = build_model("lenet", classes=10)
        training = add_training(model.loss, lambda step: tf.constant(0.001))
        session.run(tf.global_variables_initializer())
        feed = {model.x: as_input(batch.images), model.y: one_hot(batch.labels, 10)}
        for step in range(60):
            session.run(training.update, feed | model.dropout_feed(0.5, 0, step))
        assert session.run(training.step) == 60
        assert session.run(model.accuracy, feed) == 1


@pytest.mark.parametrize(("poison", "named"), [("loss", "train/finite/loss"), ("gradient", "train/finite/w")])
def test_a_number_that_is_not_finite_changes_no_variable(poison, named):
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", initializer=[0.0, 4.0], use_resource=True)
        b = tf.get_variable("b", initializer=[1.0], use_resource=True)
        # sqrt(0) is finite, its gradient is not; log(0) is neither.
        loss = tf.reduce_sum(tf.sqrt(w) if poison == "gradient" else tf.log(w)) + tf.reduce_sum(b)
        training = add_training(loss, lambda step: tf.constant(0.1))
        session.run(tf.global_variables_initializer())
        before = session.run(tf.global_variables())
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            session.run(training.update)
        assert error.value.op.name == named
        assert all(map(np.array_equal, before, session.run(tf.global_variables())))
