import dataclasses

import pytest

from lenet_tf1.recipes import Recipe, find_recipe
from lenet_tf1.training.stopping import why_stop


def history(*accuracies):
    """Rows of epochs of 100 steps with these (training, validation) accuracies."""
    return [
        {"epoch": i, "step": 100 * i, "accuracy": training, "validation_accuracy": validation, "validation_loss": 1.0}
        for i, (training, validation) in enumerate(accuracies, 1)
    ]


def stop(recipe, *accuracies):
    return why_stop(recipe, history(*accuracies), last_step=2000)


def test_nothing_stops_what_has_not_reached_its_end():
    assert stop(Recipe("r"), (1.0, 1.0)) is None


def test_the_last_step():
    reached = stop(Recipe("r"), *[(0.5, 0.5)] * 20)
    assert reached.reason == "2,000 steps are done."
    assert reached.to_go_on == "--epochs N"
    assert stop(Recipe("r", schedule="one-cycle"), *[(0.5, 0.5)] * 20).to_go_on == "--restart --epochs N"


@pytest.mark.parametrize(("accuracies", "stops"), [((0.91, 0.89), False), ((0.89, 0.91), False), ((0.91, 0.91), True)])
def test_document_000_wants_both_accuracies_above_its_target(accuracies, stops):
    reached = stop(Recipe("r", target_accuracy=0.9), accuracies)
    assert (reached is not None) is stops
    assert not stops or reached.reason == "training and validation accuracy are above 0.9."


def test_document_001_has_patience_for_two_epochs():
    recipe = find_recipe("generator-cnn")
    assert recipe.patience == 2
    assert recipe.epochs == 5
    assert stop(recipe, (0.9, 0.98), (0.9, 0.97)) is None
    assert stop(recipe, (0.9, 0.98), (0.9, 0.97), (0.9, 0.979)).reason == (
        "validation accuracy is no better than 2 epochs ago."
    )
    assert stop(recipe, (0.9, 0.98), (0.9, 0.97), (0.9, 0.981)) is None


def test_document_002_stops_with_its_own_sentence():
    recipe = find_recipe("one-conv")
    assert recipe.epochs == 20
    assert stop(recipe, (0.9979, 0.98)) is None
    reached = stop(recipe, (0.9979, 0.98), (0.998, 0.98))
    assert reached.reason == "达到99.8%准确率,所以取消训练! Training accuracy is 99.80% after epoch 2."


def test_document_002_has_the_layers_redesigned_if_20_epochs_do_not_do():
    recipe = find_recipe("one-conv")
    statement = stop(recipe, *[(0.9, 0.98)] * 20).reason
    assert statement.splitlines() == [
        "2,000 steps are done.",
        "Training accuracy has not reached 99.8% in them: the layers need to be redesigned.",
    ]
    assert "达到99.8%" in stop(recipe, *[(0.9, 0.98)] * 19, (0.999, 0.98)).reason


def test_what_the_test_set_decided_is_called_so():
    recipe = Recipe("r", selection_split="test", target_accuracy=0.9)
    assert stop(recipe, (0.95, 0.95)).reason == "training and test accuracy are above 0.9."


def test_more_of_it_can_be_had():
    recipe = find_recipe("one-conv")
    assert stop(dataclasses.replace(recipe, training_target=1.0), (0.9985, 0.98)) is None
