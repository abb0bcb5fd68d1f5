import dataclasses
import shutil

import cv2
import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET
from lenet_tf1.data.batches import NO_CLASS
from lenet_tf1.data.datasets import load
from lenet_tf1.figures import of_data, of_runs
from lenet_tf1.inference.evaluation import evaluate
from lenet_tf1.train import train


def test_errors_are_those_that_evaluate_counts(run_dir):
    metrics, _ = evaluate(run_dir)
    wrong = metrics.total - metrics.correct
    figure = of_runs.errors(run_dir, rows=50, columns=10)
    assert figure.get_suptitle() == f"{wrong} of 300 test images are misclassified: they are"
    captions = [text.get_text().split() for text in figure.axes[0].texts]
    drawn = np.zeros([10, 10], int)
    for true, _, taken_for, _ in captions:
        drawn[int(true), int(taken_for)] += 1
    off_diagonal = metrics.confusion - np.diag(metrics.confusion.diagonal())
    assert np.array_equal(drawn, off_diagonal)


def test_the_worst_errors_come_first_and_fewer_if_told(run_dir):
    every, some = (of_runs.errors(run_dir, rows=rows, columns=3) for rows in (50, 2))
    captions = [[text.get_text() for text in figure.axes[0].texts] for figure in (every, some)]
    assert captions[1] == captions[0][:6]
    assert some.get_suptitle().endswith("the worst 6")


def test_the_confusion_is_that_of_evaluate(run_dir):
    metrics, _ = evaluate(run_dir, split="validation")
    figure = of_runs.confusion(run_dir, split="validation")
    counts = sum(int(text.get_text()) for text in figure.axes[0].texts)
    assert counts == metrics.total == 100
    assert figure.get_suptitle().startswith("Accuracy on Validation-Set: ")


def test_the_rate_drawn_is_the_one_trained_with(run_dir, small_recipe):
    (axes,) = of_data.lr(run_dir).axes
    rates = axes.lines[0].get_ydata()
    assert len(rates) == 42
    assert np.allclose(rates[:28], small_recipe.learning_rate)
    assert np.allclose(rates[28:], small_recipe.learning_rate * small_recipe.decay_rate)


def test_samples_begin_where_told(small_folder, mnist):
    figure = of_data.samples(dataset=str(small_folder), split="test", first=290, rows=2, columns=10)
    drawn = [image.get_array() for image in figure.axes[0].images]
    assert np.array_equal(np.stack(drawn), mnist.test.images[290:300])
    assert figure.get_suptitle() == "test images 290 to 299"


def test_kernels_and_features_are_the_networks(run_dir, mnist):
    reader = tf.train.load_checkpoint(str(run_dir / "step-00000042" / "model"))
    figure = of_runs.kernels(run_dir)
    drawn = {axes.get_title(loc="left").split(":")[0]: axes for axes in figure.axes if axes.images}
    shown = np.ma.masked_invalid(drawn["conv4"].images[0].get_array())
    assert shown.sum() == pytest.approx(reader.get_tensor("conv4/w").sum(), rel=1e-4)
    figure = of_runs.features(run_dir, index=5)
    assert figure.get_suptitle() == f"test image 5, {mnist.test.labels[5]}"
    assert np.array_equal(figure.axes[0].images[0].get_array(), mnist.test.images[5])


def test_lenet5s_kernels_are_drawn_with_its_table(tmp_path, small_folder, small_recipe):
    recipe = dataclasses.replace(small_recipe, network="lenet5", keep_prob=1.0, precision="fp32", steps=1)
    train(recipe, tmp_path / "run", summaries="none", report=QUIET)
    figure = of_runs.kernels(tmp_path / "run")
    mosaic = next(axes for axes in figure.axes if axes.get_title(loc="left").startswith("C3")).images[0].get_array()
    assert not mosaic[18:23, :5].any()  # the first map of C3 doesn't read the fourth of S2
    assert mosaic[:5, :5].any()


@pytest.mark.full
def test_pictures_of_no_class_are_no_errors(page_run, monkeypatch):
    monkeypatch.setattr("lenet_tf1.data.datasets.HANDS", {"page": 300})
    monkeypatch.setattr("lenet_tf1.data.datasets._HANDS_HELD_OUT", 100)
    metrics, _ = evaluate(page_run, split="train")
    junk = (load("page").train.labels == NO_CLASS).sum()
    assert metrics.total == 55_300 - junk < 55_300
    figure = of_runs.errors(page_run, split="train")
    assert figure.get_suptitle().startswith(f"{metrics.total - metrics.correct:,} of {metrics.total:,} ")
    nothing = int(np.flatnonzero(load("page").train.labels == NO_CLASS)[0])
    assert of_runs.features(page_run, split="train", index=nothing).get_suptitle().endswith(", none")


@pytest.mark.parametrize("kind", [of_runs.errors, of_runs.calibration, of_runs.features, of_runs.confusion])
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


@pytest.mark.parametrize("kind", [of_data.samples, of_runs.errors, of_runs.features, of_runs.confusion])
def test_a_split_that_is_none_is_a_sentence(run_dir, kind):
    with pytest.raises(InputError, match="there is no split named dev; there are train, validation, test"):
        kind(run_dir, split="dev")


def test_damaged_checkpoints_are_told(run_dir, tmp_path, capsys):
    shutil.copytree(run_dir, tmp_path / "run")
    newest = max((tmp_path / "run").glob("step-*"))
    (newest / "model.index").write_bytes(b"")
    of_data.graph(tmp_path / "run")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{newest} is damaged" in captured.err


def test_pages_of_the_page_reader_are_shown():
    figure = of_data.samples(recipe="reader", rows=2, columns=3)
    (axes,) = figure.axes
    assert len(axes.images) == 6 and axes.lines
    assert "0 to 5" in figure.get_suptitle()
    assert of_data.lr(recipe="reader").axes[0].get_xlabel() == "epochs of 250 steps"


def test_why_of_an_image_and_of_a_picture_of_it_is_nearly_the_same(run_dir, mnist, tmp_path):
    image = mnist.test.images[0]
    cv2.imwrite(str(tmp_path / "seven.png"), 255 - np.pad(image, 40).repeat(3, axis=0).repeat(3, axis=1))
    figures = [of_runs.why(run_dir, index=0), of_runs.why(run_dir, image=tmp_path / "seven.png", target="4")]
    assert [figure.get_suptitle() for figure in figures] == ["test image 0, 7", str(tmp_path / "seven.png")]
    for figure in figures:
        titles = [axes.get_title() for axes in figure.axes[:7]]
        assert titles[1:5] == ["gradient", "integrated gradients", "Grad-CAM on conv4", "occlusion"]
        assert np.abs(figure.axes[0].images[0].get_array() - image / 255).mean() < 0.05
    assert figures[1].subfigs[1].get_suptitle().startswith("what would make it 4: ")


@pytest.mark.parametrize(
    ("target", "said"), [("7", "it is taken for 7 already"), ("seven", "there is no class seven; there are 0, 1, 2")]
)
def test_what_it_cannot_be_made_is_a_sentence(run_dir, target, said):
    with pytest.raises(InputError, match=said):
        of_runs.why(run_dir, index=0, target=target)
