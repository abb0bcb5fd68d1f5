import dataclasses

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables

from lenet_tf1.base.errors import InputError, NotFinite
from lenet_tf1.data.datasets import load
from lenet_tf1.training.classification import Classification
from lenet_tf1.training.stepper import Stepper


@pytest.fixture(scope="module")
def recipe(thin_recipe):
    return dataclasses.replace(thin_recipe, precision="fp32", keep_prob=1.0)


@pytest.fixture(scope="module")
def task(recipe):
    return Classification(recipe, load(recipe.dataset))


@pytest.fixture
def stepper(recipe, task):
    with Stepper(recipe, task) as stepper:
        yield stepper


def weights(stepper):
    """The network's own, by name."""
    found = stepper.session.graph.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES)
    return dict(zip([v.op.name for v in found], stepper.session.run(found), strict=True))


def test_how_many_steps_a_recipe_takes(recipe, task, stepper):
    assert (stepper.step, stepper.steps_per_epoch, stepper.last_step) == (0, 14, 42)
    with Stepper(dataclasses.replace(recipe, steps=5), task) as other:
        assert other.last_step == 5


def test_a_step_is_counted_and_told(stepper, task):
    x, y = task.batches(0)[0]
    rate = stepper.learning_rate()
    update = stepper.take(x, y)
    assert (stepper.step, update.learning_rate, update.metadata) == (1, rate, None)
    assert (update.correct.shape, update.correct.dtype) == ((64,), bool)
    assert update.loss > 0
    assert stepper.take(x, y).loss < update.loss
    assert stepper.take(x, y, trace=True).metadata.step_stats.dev_stats
    assert stepper.step == 3


def test_the_graph_can_not_grow_and_its_session_ends(recipe, task):
    with Stepper(recipe, task) as stepper:
        assert tf.get_default_graph() is stepper.session.graph
        with pytest.raises(RuntimeError, match="finalized"):
            tf.constant(1)
    with pytest.raises(RuntimeError, match="closed Session"):
        stepper.learning_rate()


def test_the_picture_of_the_graph_has_shapes_and_no_saver(stepper):
    assert not any(node.name.startswith("save/") for node in stepper.graph_def.node)
    assert any("_output_shapes" in node.attr for node in stepper.graph_def.node)


def test_the_recipes_settings_are_trained_with(recipe, task):
    recipe = dataclasses.replace(recipe, beta1=0.5, beta2=0.25, frozen=("conv2",))
    with Stepper(recipe, task) as stepper:
        before = weights(stepper)
        stepper.take(*task.batches(0)[0])
        after = weights(stepper)
        powers = stepper.session.run([v for v in tf.global_variables() if "_power" in v.op.name])
    assert {name for name in before if np.array_equal(before[name], after[name])} == {"conv2/w", "conv2/b"}
    assert sorted(powers) == [0.0625, 0.25]  # of the next step


def test_every_save_stays_and_is_restored(stepper, task, tmp_path):
    for i in range(7):
        stepper.save(str(tmp_path / f"{i}"))
        stepper.take(*task.batches(0)[i])
    assert {path.suffix for path in tmp_path.iterdir()} == {".index", ".data-00000-of-00001"}
    assert len(list(tmp_path.glob("*.index"))) == 7
    stepper.restore(str(tmp_path / "3"), 3)
    assert stepper.step == 3
    stepper.save(str(tmp_path / "again"))
    assert variables(tmp_path / "again") == variables(tmp_path / "3")


def failing(operation):
    def run(*_):
        raise tf.errors.InvalidArgumentError(None, operation, "wrong here")

    return run


def test_a_step_that_is_not_finite_changes_nothing(stepper, task):
    x, y = task.batches(0)[0]
    stepper.take(x, y)
    before = weights(stepper)
    with pytest.raises(NotFinite):
        stepper.take(np.full_like(x, np.nan), y)
    assert stepper.step == 1
    assert all(np.array_equal(before[name], value) for name, value in weights(stepper).items())


@pytest.mark.parametrize(("check", "named"), [("loss", "the loss"), ("conv2/w", "the gradient of conv2/w")])
def test_what_is_not_finite_is_named(stepper, task, monkeypatch, check, named):
    x, y = task.batches(0)[0]
    stepper.take(x, y)
    operation = stepper.session.graph.get_operation_by_name(f"train/finite/{check}")
    monkeypatch.setattr(stepper, "_run", failing(operation))
    said = rf"^{named} is not finite in step 2 at learning rate {stepper.learning_rate():g}: "
    with pytest.raises(NotFinite, match=said):
        stepper.take(x, y)


def test_other_errors_are_no_wrong_numbers(stepper, task, monkeypatch):
    x, y = task.batches(0)[0]
    with pytest.raises(tf.errors.InvalidArgumentError):
        stepper.take(x, y[:-1])
    monkeypatch.setattr(stepper, "_run", failing(None))
    with pytest.raises(tf.errors.InvalidArgumentError, match="wrong here"):
        stepper.take(x, y)
    assert stepper.step == 0


def test_weights_of_another_training(stepper):
    fresh = weights(stepper)
    given = {name: np.full_like(value, 0.5) for name, value in fresh.items()}
    assert stepper.begin_from(given) == []
    assert all(np.array_equal(value, given[name]) for name, value in weights(stepper).items())


def test_what_does_not_fit_starts_afresh(stepper):
    fresh = weights(stepper)
    given = {name: np.full_like(value, 0.5) for name, value in fresh.items()}
    del given["conv4/b"]
    given["fc7/w"] = given["fc7/w"][:, :5]
    assert stepper.begin_from(given) == ["conv4", "fc7"]
    now = weights(stepper)
    assert all(np.array_equal(now[name], given[name]) for name in ("conv2/w", "conv2/b", "fc6/w", "fc6/b"))
    assert all(np.array_equal(now[name], fresh[name]) for name in ("conv4/w", "conv4/b"))
    assert not now["fc7/w"].any()
    assert not now["fc7/b"].any()


def test_other_classes_start_with_logits_of_zero(stepper):
    given = {name: np.full_like(value, 0.5) for name, value in weights(stepper).items()}
    assert stepper.begin_from(given, other_classes=True) == ["fc7"]
    assert not weights(stepper)["fc7/w"].any()


def test_weights_of_which_nothing_can_be_taken(recipe, task, stepper):
    with pytest.raises(InputError, match="none of the weights given with --from fits the network conftest:thin"):
        stepper.begin_from({})
    given = {name: value for name, value in weights(stepper).items() if name != "conv4/w"}
    with (
        Stepper(dataclasses.replace(recipe, frozen=("conv2", "conv4")), task) as frozen,
        pytest.raises(InputError, match=r"^conv4 can't be frozen: there are no such weights"),
    ):
        frozen.begin_from(given)
