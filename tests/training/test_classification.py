import dataclasses

import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET
from lenet_tf1.inference.frozen import FrozenNetwork, HeldWeights
from lenet_tf1.inference.metrics import evaluate_split
from lenet_tf1.inference.robustness import attack
from lenet_tf1.recipes import find_recipe
from lenet_tf1.train import train
from lenet_tf1.training.classification import Classification
from lenet_tf1.training.stepper import Stepper


@pytest.mark.full
def test_what_is_trained_on_noise_withstands_more(small_recipe, run_dir, tmp_path):
    recipe = dataclasses.replace(small_recipe, keep_prob=1.0, noise=0.1, noise_steps=5, noise_warm_up=10, epochs=5)
    train(recipe, tmp_path / "run", summaries="none", report=QUIET)
    (plain,), (hardened,) = (attack(place, epsilons=[0.1]).strengths for place in (run_dir, tmp_path / "run"))
    assert hardened.pgd > plain.pgd + 0.2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"noise": 1.5}, "noise must be from 0 to 1, not 1.5"),
        ({"noise_steps": 0}, "noise steps must be 1 to 100, not 0"),
        ({"noise_warm_up": 0}, "noise warm up must be 1 to 1,000,000,000, not 0"),
    ],
)
def test_noise_that_can_not_be(changes, said):
    with pytest.raises(InputError, match=said):
        dataclasses.replace(find_recipe("robust"), **changes)


def test_a_network_that_normalises_by_batches_is_measured_by_its_averages(small_recipe, mnist):
    recipe = dataclasses.replace(small_recipe, network="norm-conv", keep_prob=1.0, precision="fp32")
    task = Classification(recipe, dataclasses.replace(mnist, validation=mnist.validation[:200]))
    with Stepper(recipe, task) as stepper:
        for number in range(20):
            stepper.take(*task.batches(0)[number])
        score = stepper.validate()
        variables = stepper.session.graph.get_collection(tf.GraphKeys.GLOBAL_VARIABLES)
        weights = stepper.session.run({variable.op.name: variable for variable in variables})
    assert abs(weights["conv6/mean"]).max() > 0.01
    with FrozenNetwork(HeldWeights(recipe, weights)) as network:
        frozen = evaluate_split(network.core_session, network.model, task.data.validation)
    assert (score.accuracy, score.loss) == (frozen.accuracy, pytest.approx(frozen.loss, rel=1e-5))
