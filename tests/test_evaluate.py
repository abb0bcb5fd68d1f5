import dataclasses
import json
import shutil

import numpy as np
import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET
from lenet_tf1.data.datasets import load
from lenet_tf1.evaluate import accuracy_line, confusion_table, evaluate, evaluate_and_reject, main
from lenet_tf1.inference.metrics import Metrics
from lenet_tf1.runs import manifest
from lenet_tf1.train import train

pytestmark = pytest.mark.usefixtures("forked_readers")


@pytest.fixture(scope="module")
def all_of_mnist(run_dir, tmp_path_factory):
    """The briefly trained network, as a checkpoint of another program: its recipe is then lenet, on MNIST."""
    folder = tmp_path_factory.mktemp("foreign")
    for path in (run_dir / "step-00000042").glob("model.*"):
        shutil.copy(path, folder)
    return folder / "model"


def test_every_test_image_counts(all_of_mnist, mnist):
    measurement, _ = evaluate(all_of_mnist, recipe="lenet")
    assert measurement.total == 10000
    assert np.array_equal(measurement.confusion.sum(axis=1), np.bincount(mnist.test.labels))


@pytest.fixture(scope="module")
def whole(run_dir):
    return evaluate(run_dir)[0]


@pytest.mark.parametrize("batch_size", [1, 7, 299, 300, 1000])
def test_the_batch_size_changes_no_count(run_dir, whole, batch_size):
    parts, _ = evaluate(run_dir, batch_size=batch_size)
    assert np.array_equal(parts.confusion, whole.confusion)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-5)


def test_several_classify_by_the_mean_of_their_probabilities(run_dir, small_recipe, tmp_path, capsys):
    other = tmp_path / "other"
    train(dataclasses.replace(small_recipe, seed=1, epochs=1), other, summaries="none", report=QUIET)
    both, _ = evaluate([run_dir, other])
    singles = [evaluate(path)[0] for path in (run_dir, other)]
    assert both.total == 300
    assert both.loss < np.mean([single.loss for single in singles])  # -log is convex
    twice, _ = evaluate([run_dir, run_dir])
    assert np.array_equal(twice.confusion, singles[0].confusion)
    assert twice.loss == pytest.approx(singles[0].loss, rel=1e-4)
    capsys.readouterr()
    assert main([str(run_dir), str(other)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["2 networks together, by the mean of their probabilities:", accuracy_line(both, "test")]


def test_networks_of_other_classes_do_not_classify_together(run_dir, tmp_path, monkeypatch):
    other = shutil.copytree(run_dir, tmp_path / "other")
    for path in other.glob("step-*/manifest.json"):
        content = json.loads(path.read_bytes())
        del content["sha256"]
        content["recipe"]["classes"] = list("abcdefghij")
        path.write_bytes(manifest.sign(content))
    with pytest.raises(InputError, match="other tells other classes apart than"):
        evaluate([run_dir, other])


@pytest.fixture(scope="module")
def other_data(small_recipe, small_folder, tmp_path_factory):
    """A run that was trained on a copy of the data."""
    folder = tmp_path_factory.mktemp("copied")
    data = shutil.copytree(small_folder, folder / "data")
    train(dataclasses.replace(small_recipe, dataset=str(data), steps=2), folder / "other", report=QUIET)
    return folder / "other"


def test_networks_of_other_data_classify_together_if_told_on_what(run_dir, other_data, small_folder):
    with pytest.raises(InputError, match=r"other was not trained on .*small0, as .* was; say --dataset"):
        evaluate([run_dir, other_data])
    measurement, _ = evaluate((run_dir, other_data), dataset=str(small_folder))
    assert measurement.total == 300
    with pytest.raises(InputError, match="there is nothing to evaluate"):
        evaluate([])


def test_json_is_the_only_thing_on_stdout(run_dir, small_folder, capsys):
    assert main([str(run_dir), "--json"]) == 0
    out = capsys.readouterr().out
    result = json.loads(out)
    assert out.count("\n") == 1
    assert result.keys() == {"dataset", "split", "correct", "total", "accuracy", "loss", "confusion"}
    assert result["dataset"] == str(small_folder)
    assert (result["split"], result["total"]) == ("test", 300)
    confusion = np.array(result["confusion"])
    assert confusion.sum() == 300
    assert confusion.trace() == result["correct"]
    assert result["accuracy"] == result["correct"] / 300
    recorded = json.loads((run_dir / "result.json").read_text())
    assert result["accuracy"] == recorded["test_accuracy"]


@pytest.mark.parametrize(("split", "title"), [("train", "Training"), ("validation", "Validation"), ("test", "Test")])
def test_each_split(run_dir, small_folder, capsys, split, title):
    assert main([str(run_dir), "--split", split]) == 0
    lines = capsys.readouterr().out.splitlines()
    total = len(getattr(load(str(small_folder)), split))
    assert lines[0].startswith(f"Accuracy on {title}-Set: ")
    assert lines[0].endswith(f"/{total})")
    assert max(map(len, lines)) <= 80


def test_the_documents_line():
    confusion = np.diag([1000] * 9 + [921])
    confusion[9, 0] = 79
    assert accuracy_line(Metrics(0.0, confusion), "test") == "Accuracy on Test-Set: 99.2% (9921/10000)"


def test_the_table_shows_rows_as_true_classes():
    table = confusion_table(Metrics(0.0, np.array([[3, 1], [0, 0]])), ["cat", "dog"])
    assert table.splitlines() == [
        "Rows are the true classes, columns the predictions:",
        "",
        "    cat dog   correct",
        "cat   3   1    75.00%",
        "dog   0   0         -",
    ]


def test_a_single_checkpoint_of_a_run(run_dir):
    for given in ("step-00000014", "step-00000014/model", "step-00000014/model.index"):
        measurement, recipe = evaluate(run_dir / given)
        assert measurement.total == 300
        assert recipe.epochs == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--recipe", "lennet"], "did you mean lenet or lenet5?"),
        (["--batch-size", "0"], "batch size must be 1 or more, not 0"),
        (["--split", "all"], "invalid choice: 'all'"),
        (["checkpoints/nothing"], "python -m lenet_tf1.train makes one"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out


def test_long_names_stand_in_the_rows_alone():
    names = [f"garment {i}" for i in range(10)]
    lines = confusion_table(Metrics(0.0, np.eye(10, dtype=int) * 1000), names).splitlines()
    assert lines[2].split() == [*"0123456789", "correct"]
    assert lines[3].startswith("0 garment 0 1000    0 ")
    assert max(map(len, lines)) <= 80


def test_many_classes_have_what_they_were_taken_for():
    names = [*"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    confusion = np.eye(36, dtype=int) * 90
    confusion[1, [7, 18]] = 4, 6
    lines = confusion_table(Metrics(0.0, confusion), names).splitlines()
    assert lines[2] == "1    90.00%  I (6), 7 (4)"
    assert lines[3] == "2   100.00%"


def test_what_leaving_out_the_least_sure_gains(run_dir, capsys):
    assert main([str(run_dir), "--reject"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    shown = lines[lines.index("rejected   accuracy of the others") + 1 :][:8]
    accuracies = [float(line.split()[1].rstrip("%")) for line in shown]
    assert shown[0].split()[0] == "0.0%" and accuracies[-1] >= accuracies[0]
    assert main([str(run_dir), "--reject", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    chosen = json.loads((run_dir / "result.json").read_text())["confidence"]
    assert {name: told[name] for name in chosen} == chosen
    assert accuracies[0] == round(100 * told["accuracy"], 2)
    assert 0 <= told["rejected"] < 1 and 0 <= told["calibration_error"] < 1


def test_several_networks_are_as_sure_as_their_mean(run_dir, capsys):
    assert main([str(run_dir), str(run_dir), "--reject", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["temperature"] == json.loads((run_dir / "result.json").read_text())["confidence"]["temperature"]


def test_leaving_out_restores_and_loads_no_more_than_evaluating(run_dir, other_data, small_folder, monkeypatch):
    from lenet_tf1.data import datasets
    from lenet_tf1.inference import frozen

    times = {"restore": 0, "load": 0}

    def counted(name, function):
        def call(*args, **kwargs):
            times[name] += 1
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(frozen, "restore", counted("restore", frozen.restore))
    monkeypatch.setattr(datasets, "load", counted("load", datasets.load))
    metrics, recipe, rejection = evaluate_and_reject([run_dir, run_dir])
    assert times == {"restore": 2, "load": 1}
    assert (metrics.total, len(rejection.right), recipe.dataset) == (300, 300, str(small_folder))
    with pytest.raises(InputError, match="other was not trained on"):
        evaluate_and_reject([run_dir, other_data])
