"""Runs that released versions wrote are read, evaluated and continued by this one.

Each was made by its version on a machine that result.json names, from 1,000 of MNIST's images and a network of a few
kB: `interrupted` was stopped by a signal at step 20 of 42, `finished` was not.
"""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.machine import provenance
from lenet_tf1.base.report import Recorded
from lenet_tf1.evaluate import evaluate
from lenet_tf1.graph.layers import conv2d_max_pool, dense, dropout
from lenet_tf1.graph.networks import NETWORKS
from lenet_tf1.runs import checkpoints
from lenet_tf1.train import train

RELEASES = Path(__file__).parents[1] / "releases"
VERSIONS = sorted(path.name for path in RELEASES.iterdir())


def tiny(x, *, classes, seed):
    ends = {"input1": tf.reshape(x, [-1, 28, 28, 1])}
    ends["conv2"], ends["pool3"] = conv2d_max_pool(ends["input1"], "conv2", "pool3", filters=2, size=5, seed=seed)
    ends["conv4"], ends["pool5"] = conv2d_max_pool(ends["pool3"], "conv4", "pool5", filters=2, size=5, seed=seed)
    net = dense(ends["pool5"], "fc6", units=8, seed=seed, activation=tf.nn.relu)
    ends["fc6"] = dropout(net, "fc6")
    ends["fc7"] = dense(ends["fc6"], "fc7", units=classes, seed=seed)
    return ends


@pytest.fixture(params=VERSIONS)
def release(request, tmp_path, monkeypatch):
    monkeypatch.setitem(NETWORKS, "tiny", tiny)
    return shutil.copytree(RELEASES / request.param, tmp_path / request.param)


def arrays(folder):
    reader = tf.train.load_checkpoint(str(folder / "model"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def test_there_are_releases():
    assert "0.1.0" in VERSIONS


def test_its_accuracy_is_what_it_was(release, small_folder):
    was = json.loads((release / "finished" / "result.json").read_bytes())
    metrics, recipe = evaluate(release / "finished", dataset=str(small_folder))
    assert recipe.network == "tiny"
    assert metrics.accuracy == pytest.approx(was["test_accuracy"], abs=0.005)


def test_it_is_continued_to_the_bits_of_its_own_untouched_run(release, small_recipe, small_folder):
    run = release / "interrupted"
    latest = checkpoints.newest(run)
    assert latest.step == 20
    report = Recorded()
    train(dataclasses.replace(latest.recipe, dataset=str(small_folder)), run, report=report)
    assert [row["step"] for row in checkpoints.newest(run).history] == [14, 28, 42]
    ours, theirs = arrays(run / "step-00000042"), arrays(release / "finished" / "step-00000042")
    assert ours.keys() == theirs.keys()
    was, now = latest.manifest, provenance()
    same = was.machine["processor"] == now["machine"]["processor"] and was.machine["cores"] == now["machine"]["cores"]
    if same and was.versions["tensorflow"] == now["versions"]["tensorflow"] and not now["machine"]["environment"]:
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    else:  # other processors add up in other orders
        assert all(np.allclose(ours[name], theirs[name], atol=0.05) for name in ours)
    assert not [note for note in report.notes if note.startswith(("opencv", "pillow", "gpu"))]  # it hadn't noted them
