import dataclasses
import os

import matplotlib
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1 import plot
from lenet_tf1.data.batches import NO_CLASS
from lenet_tf1.data.datasets import load
from lenet_tf1.errors import InputError
from lenet_tf1.evaluate import evaluate
from lenet_tf1.plot import KINDS, main
from lenet_tf1.train import train


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_draws_a_run_into_a_file(run_dir, tmp_path, capsys, kind):
    out = tmp_path / "picture.png"
    assert main([kind, str(run_dir), "--out", str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr() == (f"Saved to {out}\n", "")


@pytest.mark.parametrize("kind", ["samples", "graph", "lr"])
def test_some_need_no_training(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    assert main([kind, "--out", "lenet.svg"]) == 0
    assert main([kind, "--recipe", "deep-mnist", "--out", "deep.svg"]) == 0
    lenet, deep = ((tmp_path / f"{name}.svg").read_bytes() for name in ("lenet", "deep"))
    assert lenet.startswith(b"<?xml")
    assert (lenet != deep) == (kind != "samples")  # both are MNIST


def test_errors_are_those_that_evaluate_counts(run_dir):
    measurement, _ = evaluate(run_dir)
    wrong = measurement.total - measurement.correct
    figure = plot.errors(run_dir, rows=50, columns=10)
    assert figure.get_suptitle() == f"{wrong} of 300 test images are misclassified: they are"
    captions = [text.get_text().split() for text in figure.axes[0].texts]
    drawn = np.zeros([10, 10], int)
    for true, _, taken_for, _ in captions:
        drawn[int(true), int(taken_for)] += 1
    off_diagonal = measurement.confusion - np.diag(measurement.confusion.diagonal())
    assert np.array_equal(drawn, off_diagonal)


def test_the_worst_errors_come_first_and_fewer_if_told(run_dir):
    every, some = (plot.errors(run_dir, rows=rows, columns=3) for rows in (50, 2))
    captions = [[text.get_text() for text in figure.axes[0].texts] for figure in (every, some)]
    assert captions[1] == captions[0][:6]
    assert some.get_suptitle().endswith("the worst 6")


def test_no_errors_is_a_sentence(run_dir, monkeypatch, capsys):
    def all_right(session, model, split):
        n = len(split)
        return np.zeros(n), split.labels.astype(int), np.eye(10)[split.labels]

    monkeypatch.setattr("lenet_tf1.measure.classify", all_right)
    assert main(["errors", str(run_dir), "--out", "never.png"]) == 2
    assert capsys.readouterr().err == "lenet_tf1: none of the 300 test images is misclassified\n"


def test_the_confusion_is_that_of_evaluate(run_dir):
    measurement, _ = evaluate(run_dir, split="validation")
    figure = plot.confusion(run_dir, split="validation")
    counts = sum(int(text.get_text()) for text in figure.axes[0].texts)
    assert counts == measurement.total == 100
    assert figure.get_suptitle().startswith("Accuracy on Validation-Set: ")


def test_the_rate_drawn_is_the_one_trained_with(run_dir, small_recipe):
    (axes,) = plot.lr(run_dir).axes
    rates = axes.lines[0].get_ydata()
    assert len(rates) == 42
    assert np.allclose(rates[:28], small_recipe.learning_rate)
    assert np.allclose(rates[28:], small_recipe.learning_rate * small_recipe.decay_rate)


def test_samples_begin_where_told(small_folder, mnist):
    figure = plot.samples(dataset=str(small_folder), split="test", first=290, rows=2, columns=10)
    drawn = [image.get_array() for image in figure.axes[0].images]
    assert np.array_equal(np.stack(drawn), mnist.test.images[290:300])
    assert figure.get_suptitle() == "test images 290 to 299"


def test_kernels_and_features_are_the_networks(run_dir, mnist):
    reader = tf.train.load_checkpoint(str(run_dir / "step-00000042" / "model"))
    figure = plot.kernels(run_dir)
    drawn = {axes.get_title(loc="left").split(":")[0]: axes for axes in figure.axes if axes.images}
    shown = np.ma.masked_invalid(drawn["conv4"].images[0].get_array())
    assert shown.sum() == pytest.approx(reader.get_tensor("conv4/w").sum(), rel=1e-4)
    figure = plot.features(run_dir, index=5)
    assert figure.get_suptitle() == f"test image 5, {mnist.test.labels[5]}"
    assert np.array_equal(figure.axes[0].images[0].get_array(), mnist.test.images[5])


def test_lenet5s_kernels_are_drawn_with_its_table(tmp_path, small_folder, small_recipe):
    recipe = dataclasses.replace(small_recipe, network="lenet5", keep_prob=1.0, precision="fp32", steps=1)
    train(recipe, tmp_path / "run", summaries="none", say=lambda line: None)
    figure = plot.kernels(tmp_path / "run")
    mosaic = next(axes for axes in figure.axes if axes.get_title(loc="left").startswith("C3")).images[0].get_array()
    assert not mosaic[18:23, :5].any()  # the first map of C3 doesn't read the fourth of S2
    assert mosaic[:5, :5].any()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: KIND; see --help"),
        (["pie"], "argument KIND: invalid choice: 'pie'"),
        (["curves", "nowhere"], "nowhere has no metrics.csv; a run writes it after its first epoch"),
        (
            ["errors", "nowhere"],
            "there is no run directory or checkpoint at nowhere; python -m lenet_tf1.train makes one",
        ),
        (["features", "RUN", "--index", "300"], "there is no test image 300: they go from 0 to 299"),
        (["samples", "RUN", "--first", "-1"], "there is no training image -1: they go from 0 to 899"),
        (["samples", "RUN", "--rows", "0"], "a grid has 1 to 50 rows and columns, not 0 and 10"),
        (["samples", "--recipe", "lenett"], "there is no recipe named lenett; did you mean lenet"),
        (
            ["graph", "RUN", "--out", "picture.doc"],
            "picture.doc is no name for a picture; end it in .png, .svg or .pdf",
        ),
        (["graph", "RUN", "--out", "nowhere/picture.png"], "there is no folder nowhere to save picture.png in"),
        (["graph", "RUN"], "there is no screen to open a window on; say --out FILE.png"),
    ],
)
def test_bad_input_is_one_sentence(run_dir, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    matplotlib.use("agg")
    assert main([str(run_dir) if argument == "RUN" else argument for argument in arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"lenet_tf1: {said}")
    assert captured.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


HUGE = "epoch,step,loss,accuracy,validation_loss,validation_accuracy,learning_rate\n1,1,1e308,1,1,1,1\n"


@pytest.mark.parametrize("content", ["", "epoch,step\n1,2\n", "\x00\x00", "epoch,loss\nx,y\n", "a\n" * 5, HUGE])
def test_other_peoples_metrics_are_not_drawn(tmp_path, capsys, content):
    (tmp_path / "metrics.csv").write_text(content)
    assert main(["curves", str(tmp_path), "--out", "never.png"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_pictures_of_no_class_are_no_errors(page_run, monkeypatch):
    monkeypatch.setattr("lenet_tf1.data.datasets.STROKES", {"page": 300})
    measurement, _ = evaluate(page_run, split="train")
    junk = (load("page").train.labels == NO_CLASS).sum()
    assert measurement.total == 55_300 - junk < 55_300
    figure = plot.errors(page_run, split="train")
    assert figure.get_suptitle().startswith(f"{measurement.total - measurement.correct:,} of {measurement.total:,} ")
    nothing = int(np.flatnonzero(load("page").train.labels == NO_CLASS)[0])
    assert plot.features(page_run, split="train", index=nothing).get_suptitle().endswith(", none")


@pytest.mark.parametrize("kind", [plot.errors, plot.calibration, plot.features, plot.confusion])
@pytest.mark.parametrize("classes", [5, 12])
def test_data_of_other_classes_is_a_sentence(run_dir, mnist, tmp_path, kind, classes):
    labels = np.arange(200) % classes
    np.savez(
        tmp_path / "other.npz",
        x_train=mnist.train.images[:200],
        y_train=labels,
        x_test=mnist.test.images[:200],
        y_test=labels,
    )
    if classes == 5:  # ten could still be meant
        assert kind(run_dir, dataset=str(tmp_path / "other.npz"))
    else:
        with pytest.raises(InputError, match="holds the label 11; with 10 classes the last is 9"):
            kind(run_dir, dataset=str(tmp_path / "other.npz"))


def test_metrics_that_never_end_are_not_waited_for(tmp_path, capsys):
    os.mkfifo(tmp_path / "metrics.csv")
    assert main(["curves", str(tmp_path), "--out", "never.png"]) == 2
    assert "has no metrics.csv" in capsys.readouterr().err
