"""Trials, their lengths and what is kept of them."""

import dataclasses
import json
import re

import pytest
import tensorflow.compat.v1 as tf
from conftest import variables
from tensorboard.plugins.hparams import metadata as hparams

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError, NotFinite
from lenet_tf1.base.report import QUIET, Recorded
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints, directory
from lenet_tf1.train import main as main_train
from lenet_tf1.train import train
from lenet_tf1.training import searching
from lenet_tf1.training.classification import Classification
from lenet_tf1.training.searching import Result, search

RANGES = {"learning_rate": "0.001:0.004", "keep_prob": "0.5,0.8"}


@pytest.fixture
def trained(monkeypatch):
    """What would be trained, instead of training it: (folder, epochs). The higher the learning rate, the better."""
    done = []

    def fake(recipe, run_dir, **options):
        assert options["test"] is False
        done.append((run_dir.name, recipe.epochs))
        if recipe.learning_rate > 0.0045:
            raise NotFinite("the loss is not finite")
        return {"validation_accuracy": recipe.learning_rate * 100, "validation_loss": 1 / recipe.epochs}

    monkeypatch.setattr(searching, "train", fake)
    return done


def test_halving_trains_the_better_third_on(trained, tmp_path):
    found = search(find_recipe("bootcamp"), tmp_path / "s", report=QUIET)
    lengths = [epochs for _, epochs in trained]
    assert lengths == sorted(lengths)
    assert {n: lengths.count(n) for n in set(lengths)} == {1: 20, 3: 8, 10: 4}  # trial 0 is one of the last two
    assert [result.trial for result in found if result.length == 10][-1] == 0
    best = [result for result in found if result.length == 10 and result.trial]
    others = [result.accuracy or 0 for result in found if result.length < 10]
    assert len(found) == 20 and min(result.accuracy for result in best) >= max(others)
    assert found[0] == max(best, key=lambda result: result.accuracy)


def test_random_trains_each_whole(trained, tmp_path):
    search(find_recipe("bootcamp"), tmp_path / "s", method="random", trials=5, report=QUIET)
    assert trained == [(f"trial-{trial:03d}", 10) for trial in range(5)]


def test_more_trials_go_on_from_those_that_are_known(trained, tmp_path):
    few = search(find_recipe("bootcamp"), tmp_path / "s", trials=6, report=QUIET)
    before = list(trained)
    assert search(find_recipe("bootcamp"), tmp_path / "s", trials=6, report=QUIET) == few
    assert trained == before
    more = search(find_recipe("bootcamp"), tmp_path / "s", trials=12, report=QUIET)
    again = search(find_recipe("bootcamp"), tmp_path / "t", trials=12, report=QUIET)
    assert more[0] == again[0] and len(set(trained[: len(before)]) & set(trained[len(before) :])) > 0


def test_settings_that_diverge_are_the_last(trained, tmp_path):
    report, ranges = Recorded(), {"learning_rate": "0.002,0.005"}
    found = search(find_recipe("bootcamp"), tmp_path / "s", ranges=ranges, trials=8, report=report)
    diverged = [result for result in found if result.accuracy is None]
    assert 0 < len(diverged) < 7 and found[-len(diverged) :] == diverged
    assert all(result.length == 1 for result in diverged)
    assert len(report.notes) == len(diverged)
    assert search(find_recipe("bootcamp"), tmp_path / "s", ranges=ranges, trials=8, report=QUIET) == found


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_few_trials(trained, tmp_path, count):
    assert len(search(find_recipe("speedrun"), tmp_path / "s", trials=count, report=QUIET)) == count


def test_of_equals_the_first_is_the_best():
    results = [Result(2, 1, 0.9, 0.1), Result(1, 1, 0.9, 0.1), Result(3, 1, 0.9, 0.05), Result(4, 1, None, None)]
    assert [result.trial for result in sorted(results, key=lambda result: result.rank)] == [4, 2, 1, 3]


@pytest.fixture(scope="module")
def searched(thin_recipe, tmp_path_factory):
    """A search whose rounds are 1 and 3 epochs, with a test set that nobody may look at."""
    folder, patch, report = tmp_path_factory.mktemp("searches") / "s", pytest.MonkeyPatch(), Recorded()
    patch.setattr(Classification, "test", lambda self, network: pytest.fail("the test set was read"))
    found = search(thin_recipe, folder, ranges=RANGES, trials=4, report=report)
    patch.undo()
    assert not report.notes
    return folder, found, report.lines


def test_a_trial_is_a_run_and_the_test_set_is_left_alone(searched, thin_recipe, tmp_path, capsys):
    folder, found, lines = searched
    assert sorted(path.name for path in folder.glob("trial-*")) == [f"trial-{trial:03d}" for trial in range(4)]
    assert not list(folder.glob("*/result.json"))
    best = folder / f"trial-{found[0].trial:03d}"
    there = checkpoints.newest(best)
    # As if it had been trained in one go, and never in a search.
    train(there.recipe, tmp_path / "run", test=False, report=QUIET)
    assert variables(there.prefix) == variables(checkpoints.newest(tmp_path / "run").prefix)
    assert found[0].accuracy == max(row["validation_accuracy"] for row in there.history)
    # The command that is told tests it.
    (command,) = re.findall(r"lenet_tf1\.train (.*)", lines[-1])
    assert command == f"--run-dir {best}"
    assert main_train(command.split()) == 0
    assert "Accuracy on Test-Set" in capsys.readouterr().out
    assert directory.read_result(best)["validation_accuracy"] == found[0].accuracy
    files.remove(best / "result.json")


def test_tensorboard_compares_the_trials(searched):
    folder, _, _ = searched
    (path,) = folder.glob("events.*")
    (event,) = [event for event in tf.train.summary_iterator(str(path)) if event.summary.value]
    told = hparams.parse_experiment_plugin_data(event.summary.value[0].metadata.plugin_data.content)
    assert [info.name for info in told.hparam_infos] == list(RANGES)
    assert (told.metric_infos[0].name.group, told.metric_infos[0].name.tag) == ("validation", "accuracy")
    rates = set()
    for place in folder.glob("trial-*"):
        (path,) = place.glob("events.*")
        values = [value for event in tf.train.summary_iterator(str(path)) for value in event.summary.value]
        assert [value.tag for value in values] == [hparams.SESSION_START_INFO_TAG, hparams.SESSION_END_INFO_TAG]
        start = hparams.parse_session_start_info_plugin_data(values[0].metadata.plugin_data.content)
        rates.add(start.hparams["learning_rate"].number_value)
        assert list(place.glob("validation/events.*"))
    assert len(rates) == 4


def test_the_table_and_what_comes_next(searched, thin_recipe):
    folder, found, lines = searched
    table = lines[-2].splitlines()
    assert [int(line.split()[0]) for line in table] == [result.trial for result in found]
    assert f"{found[0].accuracy:.2%}" in table[0]
    assert f"Best on validation: trial {found[0].trial} with {found[0].accuracy:.2%}" in lines[-1]
    again = Recorded()
    assert search(thin_recipe, folder, ranges=RANGES, trials=4, report=again) == found
    assert again.lines == lines


def test_a_shortened_search_tells_how_to_train_the_best_whole(thin_recipe, tmp_path):
    report = Recorded()
    search(thin_recipe, tmp_path / "a", ranges=RANGES, trials=1, steps=2, report=report)
    assert f"--run-dir {tmp_path}/a/trial-000 --epochs 3\n" in report.lines[-1]
    one_cycle = dataclasses.replace(thin_recipe, schedule="one-cycle")
    search(one_cycle, tmp_path / "b", ranges=RANGES, trials=1, epochs=1, report=report)
    assert f"--run-dir {tmp_path}/b/trial-000 --restart --epochs 3\n" in report.lines[-1]


def test_a_rate_that_fell_to_0_begins_anew(thin_recipe, tmp_path):
    recipe = dataclasses.replace(thin_recipe, schedule="one-cycle", epochs=2)
    found = search(recipe, tmp_path / "s", ranges=RANGES, trials=1, report=QUIET)
    train(recipe, tmp_path / "run", test=False, report=QUIET)
    there = checkpoints.newest(tmp_path / "s" / "trial-000")
    assert variables(there.prefix) == variables(checkpoints.newest(tmp_path / "run").prefix)
    assert found[0].length == 2


def test_a_real_divergence(thin_recipe, tmp_path):
    report = Recorded()
    found = search(
        dataclasses.replace(thin_recipe, steps=4),
        tmp_path / "s",
        ranges={"learning_rate": "1e38"},
        method="random",
        trials=2,
        report=report,
    )
    assert [(result.trial, result.accuracy is None) for result in found] == [(0, False), (1, True)]
    assert "trial 1: " in report.notes[0] and "not finite" in report.notes[0]


def test_a_full_disk_costs_nothing_that_was_there(trained, monkeypatch, tmp_path):
    write, writes = files.write, []

    def full(path, data):
        writes.append(path)
        if len(writes) == 3:
            raise OSError(28, "No space left on device", str(path))
        write(path, data)

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(OSError, match="No space left"):
        search(find_recipe("bootcamp"), tmp_path / "s", trials=4, report=QUIET)
    found = search(find_recipe("bootcamp"), tmp_path / "s", trials=4, report=QUIET)
    assert found == search(find_recipe("bootcamp"), tmp_path / "t", trials=4, report=QUIET)


def test_one_search_at_a_time(trained, tmp_path):
    with directory.exclusive(tmp_path / "s"), pytest.raises(InputError, match=r"by process .*choose another --run-dir"):
        search(find_recipe("bootcamp"), tmp_path / "s", report=QUIET)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trials": 0}, "trials must be 1 to 1,000, not 0"),
        ({"trials": 1001}, "trials must be 1 to 1,000"),
        ({"seed": -1}, "seed must be 0 to 4,294,967,295, not -1"),
        ({"method": "grid"}, "the method is halving or random, not grid"),
        ({"epochs": 0}, "epochs must be 1 to"),
        ({"ranges": {"sihft": "0:1"}}, "did you mean shift"),
    ],
)
def test_what_cannot_be_is_a_sentence(tmp_path, options, said):
    with pytest.raises(InputError, match=said):
        search(find_recipe("bootcamp"), tmp_path / "s", report=QUIET, **options)
    assert not list(tmp_path.iterdir())


def test_folders_of_something_else(trained, run_dir, tmp_path):
    recipe = find_recipe("bootcamp")
    with pytest.raises(InputError, match="holds a run, and no search"):
        search(recipe, run_dir, report=QUIET)
    search(recipe, tmp_path / "s", trials=1, report=QUIET)
    for options, what in (({"seed": 1}, "seed"), ({"epochs": 2}, "recipe"), ({"ranges": RANGES}, "ranges")):
        with pytest.raises(InputError, match=f"holds a search with another {what}: choose another --run-dir"):
            search(recipe, tmp_path / "s", trials=1, report=QUIET, **options)
    record = tmp_path / "s" / "search.json"
    good = json.loads(record.read_text())
    strange = json.dumps(good | {"results": [good["results"][0] | {"accuracy": "1"}]})
    for bad in ("", "[]", "{}", "[" * 10**5, json.dumps(good | {"results": [{"trial": 0}]}), strange):
        record.write_text(bad)
        with pytest.raises(InputError, match="is not what a search wrote"):
            search(recipe, tmp_path / "s", trials=1, report=QUIET)
