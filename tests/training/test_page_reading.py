import contextlib
import dataclasses
import gc
import io
import signal
import threading
import time

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from conftest import variables

from lenet_tf1 import catalogue
from lenet_tf1.base.errors import InputError, Interrupted
from lenet_tf1.base.machine import choose_precision
from lenet_tf1.base.report import QUIET
from lenet_tf1.data.pages import page as pages
from lenet_tf1.evaluate import main as main_evaluate
from lenet_tf1.graph.training import AVERAGE
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints
from lenet_tf1.train import main, train
from lenet_tf1.training import page_reading
from lenet_tf1.training.origin import read_origin
from lenet_tf1.training.page_reading import FixedPages, PageBatches, PageReading, ReaderNetwork
from lenet_tf1.training.stepper import Stepper


@pytest.fixture(autouse=True, scope="module")
def _few(mnist):
    few = dataclasses.replace(mnist, train=mnist.train[:400], validation=mnist.validation[:100], test=mnist.test[:100])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_reading, "load", lambda name, **options: few)
        patch.setattr(pages, "STEPS_PER_EPOCH", 4)
        patch.setattr(page_reading, "PAGES", 8)
        patch.setattr(page_reading, "TRAINING_SCALE", 0.02)
        patch.setattr(page_reading, "MEASURING_SCALE", 0.02)
        yield


@pytest.fixture(scope="module")
def recipe():
    return dataclasses.replace(find_recipe("reader"), batch_size=3, steps=6)


@pytest.fixture(scope="module")
def commanded(tmp_path_factory):
    """A run of that recipe by the command, and what it said."""
    folder = tmp_path_factory.mktemp("reader") / "whole"
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert main(["--recipe", "reader", "--steps", "6", "--batch-size", "3", "--run-dir", str(folder)]) == 0
    return folder, said.getvalue().splitlines()


@pytest.fixture(scope="module")
def run(commanded):
    return commanded[0]


def weights(run_dir):
    return variables(checkpoints.newest(run_dir).prefix)


def rows(run_dir):
    return (run_dir / "metrics.csv").read_bytes()


@pytest.mark.full  # the interrupted one has the same bits
def test_one_seed_gives_one_set_of_bits(run, recipe, tmp_path):
    train(recipe, tmp_path / "again", summaries="none", report=QUIET)
    assert weights(tmp_path / "again") == weights(run)
    assert rows(tmp_path / "again") == rows(run)


def test_an_interrupted_run_ends_with_the_same_bits(run, recipe, tmp_path, monkeypatch):
    def stop(stepper, *arguments, **options):
        update = take(stepper, *arguments, **options)
        if stepper.step == 3:
            signal.raise_signal(signal.SIGTERM)
        return update

    take = Stepper.take
    with monkeypatch.context() as patch:
        patch.setattr(Stepper, "take", stop)
        with pytest.raises(Interrupted, match="at step 3, saved"):
            train(recipe, tmp_path / "run", summaries="none", report=QUIET)
    train(recipe, tmp_path / "run", summaries="none", report=QUIET)
    assert weights(tmp_path / "run") == weights(run)
    assert rows(tmp_path / "run") == rows(run)


def test_each_variable_of_the_network_has_its_average(run):
    reader = tf.train.load_checkpoint(checkpoints.newest(run).prefix)
    shapes = reader.get_variable_to_shape_map()
    averaged = {name.removesuffix(AVERAGE) for name in shapes if name.endswith(AVERAGE)}
    assert averaged == {name for name in shapes if not name.startswith("train/") and not name.endswith(AVERAGE)}
    assert {"conv1/w", "conv14/mean", "conv14/variance", "heat/b"} <= averaged
    assert len(averaged) == 14 * 5 + 3 * 2


def test_validation_is_with_the_averages(run, recipe):
    best = checkpoints.best(run)
    task = PageReading(recipe)
    fixed = FixedPages(task._digits.validation, page_reading.VALIDATION_SEED)
    row = best.history[-1]
    with task.restore(best) as network:
        loss, right, total = network.measure(fixed)
    assert (loss, right / total) == (row["validation_loss"], row["validation_accuracy"])
    last = tf.train.load_checkpoint(best.prefix)
    with ReaderNetwork({name: last.get_tensor(name) for name in page_reading.averages(best)}) as network:
        assert network.measure(fixed)[0] != loss


def test_an_average_follows_its_variable(recipe):
    task = PageReading(recipe)
    with Stepper(dataclasses.replace(recipe, precision="fp32", batch_size=1), task) as stepper:
        batches = task.batches(0)
        variable = next(v for v in tf.global_variables() if v.op.name == "conv14/mean")
        average = stepper.learner.averages(stepper.session)["conv14/mean"]
        for step in range(1, 3):
            stepper.take(*batches[step - 1])
            decay = min(page_reading.DECAY, (1 + step) / (10 + step))
            average = decay * average + (1 - decay) * stepper.session.run(variable)
            assert average.any()
            found = stepper.learner.averages(stepper.session)["conv14/mean"]
            np.testing.assert_allclose(found, average, rtol=1e-5, atol=1e-7)


def test_it_begins_with_another_ones_averages(run, recipe):
    origin = read_origin(run, None)
    assert origin.weights.keys() == page_reading.averages(checkpoints.best(run)).keys()
    with Stepper(dataclasses.replace(recipe, seed=1), PageReading(recipe)) as stepper:
        assert stepper.begin_from(origin.weights) == []
        network = stepper.session.run({v.op.name: v for v in tf.global_variables() if v.op.name in origin.weights})
        averages = stepper.learner.averages(stepper.session)
    for name, value in origin.weights.items():
        assert np.array_equal(network[name], value) and np.array_equal(averages[name], value), name


def test_from_at_the_command(run, tmp_path, capsys):
    place = tmp_path / "further"
    assert main(["--from", str(run), "--run-dir", str(place), "--seed", "1", "--steps", "2"]) == 0
    assert f"Beginning from the weights with the SHA-256 {checkpoints.best(run).digest[:12]}" in capsys.readouterr().out
    recipe = checkpoints.best(place).recipe
    assert (recipe.name, recipe.seed, recipe.origin) == ("reader", 1, checkpoints.best(run).digest)
    assert main(["--recipe", "lenet", "--from", str(run), "--run-dir", str(tmp_path / "other")]) == 2
    assert "none of the weights given with --from fits the network lenet" in capsys.readouterr().err


def test_found_and_named_right():
    fixed = object.__new__(FixedPages)
    fixed.wanted = np.stack([pages.targets([pages.Mark(7, (50, 60, 70, 90)), pages.Mark(2, (100, 60, 120, 90))])])
    heat, digit = np.full([1, 40, 40, 1], -9.0, np.float32), np.zeros([1, 40, 40, 10], np.float32)
    first, second = np.argwhere(fixed.wanted[0, ..., pages.HEAT] == 1)
    assert fixed.counts(heat, digit) == (0, 2)
    heat[0, first[0] + 1, first[1] - 1] = 3  # beside its middle
    digit[0, first[0], first[1], 7] = 1
    assert fixed.counts(heat, digit) == (1, 2)
    heat[0, second[0], second[1]] = 3
    digit[0, second[0], second[1], 3] = 1
    assert fixed.counts(heat, digit) == (1, 2)
    digit[0, second[0], second[1], 2] = 2
    assert fixed.counts(heat, digit) == (2, 2)


def test_batches_are_those_of_their_steps_whatever_the_timing(recipe):
    task = PageReading(recipe)
    batches = task.batches(1)
    for index in (0, 2, 1):
        if index == 2:
            time.sleep(0.2)
        seen, wanted = batches[index]
        again = pages.batch(task._glyphs, recipe.seed, 4 + index, 3)
        assert np.array_equal(seen, again[0]) and np.array_equal(wanted, again[1])
    with pytest.raises(IndexError):
        batches[4]


@pytest.mark.parametrize(("origin", "with_words"), [(None, [4, 5]), ("of one that knows them", [0, 1, 2, 3, 4, 5])])
def test_words_come_in_the_last_third_of_a_training_from_nothing(recipe, monkeypatch, origin, with_words):
    task, asked = PageReading(dataclasses.replace(recipe, origin=origin)), {}
    monkeypatch.setattr(pages, "batch", lambda glyphs, seed, step, size, *, words: asked.update({step: words}))
    for step in range(6):
        task.batches(step // 4)[step % 4]
    assert [step for step in range(6) if asked[step]] == with_words


@pytest.mark.parametrize("taken", [1, 8])
def test_the_thread_ends_with_its_batches(taken):
    def threads():
        return [thread for thread in threading.enumerate() if thread.name.startswith("pages")]

    def make(index):
        made.append(index)
        return np.array(index), np.array(threading.get_ident())

    made: list = []
    batches = PageBatches(make, 8)
    assert [int(batches[index][0]) for index in range(taken)] == list(range(taken))
    if taken < 8:
        del batches
        gc.collect()
    end = time.monotonic() + 10
    while threads() and time.monotonic() < end:
        time.sleep(0.01)
    assert not threads()
    assert made == list(range(len(made)))


def test_what_a_thread_raises_is_raised():
    def make(index):
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        PageBatches(make, 2)[0]


def test_other_pages_have_another_digest(recipe, monkeypatch):
    digest = PageReading(recipe).digest
    assert PageReading(recipe).digest == digest
    monkeypatch.setattr(pages, "_FAINT", 3.0)
    monkeypatch.setattr(pages.layouts, "_DATES", 0.9)
    monkeypatch.setattr(pages, "SMALLEST", 30.0)
    assert PageReading(recipe).digest != digest


def test_the_commands_lines(commanded, capsys):
    place, lines = str(commanded[0]), commanded[1]
    assert lines[:2] == [
        f"reader on pages, 3 images a step, {choose_precision('auto')}, seed 0",
        "12 training pages an epoch, 8 validation, 8 test pages",
    ]
    assert "Stopped: 6 steps are done." in lines
    assert any(line.startswith("Digits found and read on 8 test pages: ") for line in lines)
    assert not any("lenet_tf1.evaluate" in line for line in lines)
    assert main(["--run-dir", place]) == 0
    assert "This run is finished: 6 steps are done." in capsys.readouterr().out
    for arguments in ([place], [place, "--dataset", "mnist"]):
        assert main_evaluate(arguments) == 2
        assert "reader is the page reader's network, which predict uses" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (["--dataset", "mnist"], "learns from pages that are made as it learns, not from mnist"),
        (["--keep-prob", "0.5"], "the network reader has no dropout"),
    ],
)
def test_what_it_does_not_have_is_refused(tmp_path, capsys, option, sentence):
    assert main(["--recipe", "reader", "--run-dir", str(tmp_path / "run"), *option]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_its_layers_are_listed(recipe):
    lines = catalogue.summary(recipe).splitlines()
    assert lines[1].split()[:5] == ["conv1", "80", "x", "80", "x"]
    assert f"{catalogue.parameters(recipe):,}" == lines[-1].split()[2] == "634,543"
    assert max(map(len, lines)) <= 80
