import os

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from lenet_tf1 import plot
from lenet_tf1.plot import KINDS, main


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


def test_no_errors_is_a_sentence(run_dir, monkeypatch, capsys):
    def all_right(session, model, split):
        n = len(split)
        return np.zeros(n), split.labels.astype(int), np.eye(10)[split.labels]

    monkeypatch.setattr("lenet_tf1.inference.metrics.classify", all_right)
    assert main(["errors", str(run_dir), "--out", "never.png"]) == 2
    assert capsys.readouterr().err == "lenet_tf1: none of the 300 test images is misclassified\n"


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
        (["why", "RUN", "--target", "x"], "there is no class x; there are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        (["units", "RUN", "--scope", "fc9"], "there is no scope fc9 with units; there are conv2, pool3, conv4, pool5"),
        (["units", "RUN", "--columns", "51"], "a grid has 1 to 50 rows and columns, not 10 and 51"),
        (["why", "RUN", "--image", "nowhere.png"], "nowhere.png can't be read (No such file or directory)"),
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


def test_metrics_that_never_end_are_not_waited_for(tmp_path, capsys):
    os.mkfifo(tmp_path / "metrics.csv")
    assert main(["curves", str(tmp_path), "--out", "never.png"]) == 2
    assert "metrics.csv can't be read (it is no regular file)" in capsys.readouterr().err


def test_a_notebook_calls_the_kinds_as_functions(run_dir, tmp_path):
    figures = [
        plot.features(str(run_dir)),
        plot.features(run_dir / "step-00000042"),
        plot.graph(),
        KINDS["lr"](run_dir),
    ]
    assert all(isinstance(figure, Figure) for figure in figures)


def test_the_functions_parameters_are_the_options(capsys):
    assert main(["errors", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "[RUN_DIR]" in told
    assert "The misclassified images, the one with the highest loss first." in told
    for option in ("--recipe NAME", "--dataset NAME_OR_FOLDER", "--data-dir FOLDER", "--out FILE"):
        assert option in told
    assert "--split {train,validation,test} of the data set (test)" in told
    assert "--rows N of the grid (4)" in told
    assert "--columns N of the grid (10)" in told
