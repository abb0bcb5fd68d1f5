import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.data.batches import as_input, one_hot
from lenet_tf1.graph.model import build_model
from lenet_tf1.graph.training import add_training


@pytest.mark.parametrize("per_epoch", [1, 859, 99_991])
def test_the_learning_rate_is_the_documents_staircase(per_epoch):
    with tf.Graph().as_default(), tf.Session() as session:
        w = tf.get_variable("w", [1])
        training = add_training(
            tf.reduce_sum(w), learning_rate=0.5, decay_rate=0.9, decay_epochs=10, steps_per_epoch=per_epoch
        )
        session.run(tf.global_variables_initializer())
        for epoch in (0, 9, 10, 19, 20, 99, 100):
            for step in (epoch * per_epoch, (epoch + 1) * per_epoch - 1):
                training.step.load(step, session)
                rate = session.run(training.learning_rate)
                assert rate == pytest.approx(0.5 * 0.9 ** int(epoch / 10), rel=1e-6)


def test_a_handful_of_images_is_learnt_by_heart(mnist):
    batch = mnist.train[:40]
    with tf.Graph().as_default(), tf.Session() as session:
        model = build_model("lenet", classes=10)
        training = add_training(model.loss, learning_rate=0.001, decay_rate=1.0, decay_epochs=1, steps_per_epoch=1)
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
        training = add_training(loss, learning_rate=0.1, decay_rate=1.0, decay_epochs=1, steps_per_epoch=1)
        session.run(tf.global_variables_initializer())
        before = session.run(tf.global_variables())
        with pytest.raises(tf.errors.InvalidArgumentError) as error:
            session.run(training.update)
        assert error.value.op.name == named
        assert all(map(np.array_equal, before, session.run(tf.global_variables())))
