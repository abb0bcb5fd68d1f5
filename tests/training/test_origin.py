"""A training that begins from another one's weights."""

import dataclasses
import shutil

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables, write_idx

from lenet_tf1.base.errors import InputError, Interrupted
from lenet_tf1.base.report import QUIET, Recorded
from lenet_tf1.recipes import Recipe, find_recipe
from lenet_tf1.runs import checkpoints
from lenet_tf1.train import main, train
from lenet_tf1.training.origin import read_origin

pytestmark = pytest.mark.usefixtures("forked_readers")


@pytest.fixture(scope="module")
def start(small_folder, tmp_path_factory):
    """A run on digits, of the network that learns fastest."""
    folder = tmp_path_factory.mktemp("runs") / "digits"
    recipe = dataclasses.replace(find_recipe("speedrun"), dataset=str(small_folder), steps=60, precision="fp32")
    train(recipe, folder, summaries="none", report=QUIET)
    return folder


def turned(split):
    """Other signs of the same strokes: each image on its side."""
    return np.rot90(split.images, axes=(1, 2)), split.labels


@pytest.fixture(scope="module")
def letters(mnist, tmp_path_factory):
    """Few images of other signs, drawn with the same strokes; and of the first five alone."""
    folders = []
    for classes in (10, 5):
        folder = tmp_path_factory.mktemp(f"signs{classes}")
        for stem, split in [("train", mnist.train[2000:2600]), ("t10k", mnist.test[:1000])]:
            images, labels = turned(split[split.labels < classes])
            write_idx(folder / f"{stem}-images-idx3-ubyte", np.ascontiguousarray(images))
            write_idx(folder / f"{stem}-labels-idx1-ubyte", labels)
        folders.append(folder)
    return folders


def begin(start, dataset, **changes):
    origin = read_origin(start, None)
    settings = {"classes": Recipe.classes, "origin": origin.digest, "dataset": str(dataset), "steps": None, "epochs": 2}
    return dataclasses.replace(origin.recipe, **settings | {"batch_size": 32} | changes), origin


def test_two_epochs_from_other_weights_beat_two_from_nothing(start, letters, tmp_path):
    recipe, origin = begin(start, letters[0])
    continued = train(recipe, tmp_path / "from", origin=origin, summaries="none", report=QUIET)
    fresh = train(dataclasses.replace(recipe, origin=None), tmp_path / "new", summaries="none", report=QUIET)
    assert continued["test_accuracy"] > fresh["test_accuracy"]
    assert continued["recipe"]["origin"] == origin.digest == checkpoints.best(start).digest
    assert fresh["recipe"]["origin"] is None


def test_layers_of_another_shape_start_afresh_and_are_named(start, letters, tmp_path):
    recipe, origin = begin(start, letters[1], epochs=1)
    report = Recorded()
    train(recipe, tmp_path / "run", origin=origin, summaries="none", report=report)
    assert any("fc7 afresh, for other shapes or classes" in line for line in report.lines)
    assert checkpoints.newest(tmp_path / "run").recipe.classes == tuple("01234")


def test_frozen_scopes_stay_as_they_were(start, letters, tmp_path):
    recipe, origin = begin(start, letters[0], epochs=1, frozen=("conv2", "conv4"))
    train(recipe, tmp_path / "run", origin=origin, summaries="none", report=QUIET)
    before = variables(checkpoints.best(start).prefix)
    after = variables(checkpoints.newest(tmp_path / "run").prefix)
    weights = [name for name in before if not name.startswith("train/")]
    assert {name for name in weights if after[name] == before[name]} == {"conv2/w", "conv2/b", "conv4/w", "conv4/b"}
    assert not any("conv2" in name for name in after if name.startswith("train/"))


def test_a_resumed_run_has_the_bits_of_the_untouched_one(start, letters, tmp_path, monkeypatch):
    from lenet_tf1.training import loop

    recipe, origin = begin(start, letters[0], epochs=1, frozen=("conv2",))
    train(recipe, tmp_path / "whole", origin=origin, summaries="none", report=QUIET)

    class Stopped(loop._StopSignal):
        def __init__(self):
            super().__init__()
            self.signum = 15  # seen after the first step

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_StopSignal", Stopped)
        with pytest.raises(Interrupted):
            train(recipe, tmp_path / "parts", origin=origin, summaries="none", report=QUIET)
    resumed = checkpoints.newest(tmp_path / "parts")
    assert resumed.step == 1
    train(resumed.recipe, tmp_path / "parts", summaries="none", report=QUIET)  # without the origin, which isn't needed
    prefixes = [checkpoints.newest(tmp_path / name).prefix for name in ("whole", "parts")]
    assert variables(prefixes[0]) == variables(prefixes[1])


def test_another_programs_checkpoint(letters, tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        from lenet_tf1.graph.model import build_model

        with tf.variable_scope("net"):
            build_model("small", classes=10, seed=5)
        session.run(tf.global_variables_initializer())
        tf.train.Saver().save(session, str(tmp_path / "model"))
    origin = read_origin(tmp_path / "model", find_recipe("speedrun"))
    assert len(origin.digest) == 64
    recipe = dataclasses.replace(find_recipe("speedrun"), dataset=str(letters[0]), origin=origin.digest, steps=2)
    train(recipe, tmp_path / "run", origin=origin, summaries="none", report=QUIET)
    with pytest.raises(InputError, match="say which network it is of with --recipe"):
        read_origin(tmp_path / "model", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"frozen": ("conv9",)}, "no weights in the scope conv9 to freeze; there are conv2, conv4, fc6, fc7"),
        ({"frozen": ("conv2", "conv4", "fc6", "fc7")}, "every scope is frozen"),
        ({"network": "generator-cnn"}, "none of the weights given with --from fits the network generator-cnn"),
        ({"origin": "0" * 64}, "begins from weights with the SHA-256 0000"),
    ],
)
def test_what_can_not_begin(start, letters, tmp_path, changes, said):
    recipe, origin = begin(start, letters[0], **changes)
    with pytest.raises(InputError, match=said):
        train(recipe, tmp_path / "run", origin=origin, summaries="none", report=QUIET)
    assert checkpoints.newest(tmp_path / "run") is None


def test_a_frozen_layer_of_another_shape(start, letters, tmp_path):
    recipe, origin = begin(start, letters[1], frozen=("fc7",))
    with pytest.raises(InputError, match="fc7 can't be frozen"):
        train(recipe, tmp_path / "run", origin=origin, summaries="none", report=QUIET)


def test_the_command(start, letters, tmp_path, capsys):
    run = tmp_path / "run"
    options = ["--run-dir", str(run), "--summaries", "none", "--steps", "3"]
    assert main([*options, "--freeze", "conv2"]) == 2
    assert "say --from too" in capsys.readouterr().err
    begun = ["--from", str(start), "--freeze", "conv2", "--freeze", "conv4", "--dataset", str(letters[0])]
    assert main([*options, *begun]) == 0
    said = capsys.readouterr().out
    assert "Beginning from the weights with the SHA-256" in said
    assert "conv2, conv4 frozen" in said
    recipe = checkpoints.newest(run).recipe
    assert (recipe.name, recipe.frozen, recipe.origin) == (
        "speedrun",
        ("conv2", "conv4"),
        read_origin(start, None).digest,
    )
    assert main([*options, *begun]) == 0
    assert "This run is finished" in capsys.readouterr().out
    assert main([*options, "--restart"]) == 2
    assert "say where they are with --from" in capsys.readouterr().err
    shutil.rmtree(run)
    assert main([*options, "--from", str(tmp_path / "nowhere")]) == 2
    assert "there is no run directory or checkpoint at" in capsys.readouterr().err
