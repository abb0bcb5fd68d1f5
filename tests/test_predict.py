import contextlib
import csv
import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet_tf1.base.report import Recorded
from lenet_tf1.evaluate import evaluate
from lenet_tf1.inference.confidence import Confidence
from lenet_tf1.predict import main
from lenet_tf1.reading import pictures as reading
from lenet_tf1.reading.overlay import draw_boxes
from lenet_tf1.reading.pictures import predict
from lenet_tf1.reading.recognizer import Recognizer
from lenet_tf1.train import train


@pytest.fixture(autouse=True)
def _opened_once(recognizer, page_run, monkeypatch):
    """The network that ships is restored once for all."""

    def open_run(run_dir, *others):
        return contextlib.nullcontext(recognizer) if str(run_dir) == str(page_run) else Recognizer(run_dir, *others)

    monkeypatch.setattr(reading, "Recognizer", open_run)


@pytest.fixture
def pictures(mnist, tmp_path):
    """A folder with a seven, a two in a folder below, and a file that is no picture."""
    folder = tmp_path / "pictures"
    (folder / "below").mkdir(parents=True)
    for name, image in [("a.png", mnist.test.images[0]), ("below/b.jpg", mnist.test.images[1])]:
        Image.fromarray(255 - image).resize([200, 200]).save(folder / name)
    (folder / "c.png").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("no picture either")
    return folder


def test_a_line_a_picture(page_run, pictures, capsys):
    paths = [str(pictures / name) for name in ("a.png", "below/b.jpg")]
    assert main([*paths, "--run-dir", str(page_run)]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{paths[0]}: 7", f"{paths[1]}: 2"]


def test_folders_and_a_bad_file(page_run, pictures, capsys):
    assert main([str(pictures), "--run-dir", str(page_run)]) == 1
    captured = capsys.readouterr()
    assert [line.split(": ")[1] for line in captured.out.splitlines()] == ["7", "2"]
    assert captured.err.splitlines() == [
        f"lenet_tf1: 1 files in {pictures} are no pictures and are passed over: 1 .txt; "
        f"the first is {pictures / 'notes.txt'}",
        f"lenet_tf1: {pictures / 'c.png'} is no picture that can be read: it is none of PNG, JPEG, GIF, BMP, WebP, "
        "TIFF, AVIF, HEIC and PPM",
    ]


def test_json_alone(page_run, pictures, capsys):
    assert main([str(pictures / "a.png"), "--json", "--run-dir", str(page_run)]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert result["path"] == str(pictures / "a.png")
    assert result["text"] == ["7"]
    (digit,) = result["digits"]
    assert digit["label"] == "7"
    assert 0.5 < digit["probability"] <= 1
    assert len(digit["box"]) == 4
    assert result["lines"] == [["7"]]
    assert sum(digit["probabilities"]) == pytest.approx(1, abs=0.01)


def test_csv_alone(page_run, pictures, capsys):
    path = str(pictures / "a.png")
    assert main([path, "--csv", "--run-dir", str(page_run)]) == 0
    header, row = csv.reader(capsys.readouterr().out.splitlines())
    assert header == ["path", "line", "word", "label", "probability", "left", "top", "width", "height"]
    assert row[:4] == [path, "1", "1", "7"]
    assert 0.5 < float(row[4]) <= 1
    assert main([path, "--csv", "--json", "--run-dir", str(page_run)]) == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_show_draws_boxes(page_run, pictures, tmp_path, capsys):
    out = tmp_path / "out.png"
    assert main([str(pictures / "a.png"), "--show", str(out), "--run-dir", str(page_run)]) == 0
    drawn = np.asarray(Image.open(out).convert("RGB")).astype(int)
    assert (drawn.max(axis=2) - drawn.min(axis=2)).max() > 100  # there is colour now


def test_nothing_to_find(page_run, tmp_path, capsys):
    Image.new("L", [100, 100], 230).save(tmp_path / "empty.png")
    assert main([str(tmp_path / "empty.png"), "--run-dir", str(page_run)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'empty.png'}: nothing found\n"


def test_doubts_are_told(page_run, pictures, capsys, monkeypatch):
    monkeypatch.setattr("lenet_tf1.reading.ensemble.TOGETHER", Confidence(1.0, 1.1))
    monkeypatch.setattr(reading, "Recognizer", Recognizer)
    assert main([str(pictures / "a.png"), "--run-dir", str(page_run)]) == 0
    assert "a.png: 7 (unsure of 7 " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.png", "--run-dir", "nowhere"], "there is no run directory or checkpoint at nowhere"),
        (["empty"], "there is no picture in empty"),
        (["empty", "--show", "out.png"], "--show draws one picture; give one"),
        (["a.png", "b.png", "--show", "out.png"], "--show draws one picture; give one"),
        ([], "the following arguments are required: IMAGE"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_picture_can_be_named_out_of_nothing(page_run, pictures, tmp_path, capsys):
    assert main([str(pictures / "a.png"), "--show", str(tmp_path / "out"), "--run-dir", str(page_run)]) == 2
    assert "is no name for a picture; end it in .png" in capsys.readouterr().err


def test_from_python(page_run, pictures):
    said = Recorded()
    found = list(predict([pictures], page_run, report=said))
    assert [path.name for path, _, _ in found] == ["a.png", "b.jpg", "c.png"]
    assert found[2][1:] == (None, None)
    assert len(said.notes) == 2
    assert draw_boxes(*found[0][1:]).size == (400, 400)


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("one.png", "one.png is the picture itself, which --show would overwrite; give another name"),
        ("out.hdf", "'out.hdf' is no name for a picture; end it in .png"),
        ("", "'' is no name for a picture; end it in .png"),
        ("nowhere/out.png", "nowhere/out.png can't be written (No such file or directory)"),
    ],
)
def test_show_writes_a_picture_of_its_own_or_says_why_not(page_run, mnist, tmp_path, monkeypatch, capsys, out, said):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(255 - mnist.test.images[0]).save("one.png")
    before = (tmp_path / "one.png").read_bytes()
    assert main(["one.png", "--run-dir", str(page_run), "--show", out]) == 2
    assert capsys.readouterr().err == f"lenet_tf1: {said}\n"
    assert (tmp_path / "one.png").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["one.png"]


def test_what_is_hidden_or_no_file_is_not_looked_for(page_run, mnist, tmp_path, capsys):
    for place in ("seen", ".cache", "seen/.thumbnails"):
        (tmp_path / place).mkdir()
        Image.fromarray(255 - mnist.test.images[0]).save(tmp_path / place / "one.png")
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    assert main([str(tmp_path), "--run-dir", str(page_run)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'seen' / 'one.png'}: 7\n"


def test_an_endless_file_is_not_read(page_run, capsys):
    assert main(["/dev/zero", "--run-dir", str(page_run)]) == 1
    assert capsys.readouterr().err == "lenet_tf1: /dev/zero can't be read (it is no regular file)\n"


@pytest.mark.parametrize("dark_on_light", [False, True])
def test_pictures_that_were_trained_whole_are_predicted_as_they_are_evaluated(
    mnist, thin_recipe, tmp_path, capsys, dark_on_light
):
    """The images of the test split, as files: each is classified as evaluate classifies it."""
    images = {"train": mnist.train[:600], "test": mnist.test[:60]}
    for part, split in images.items():
        for i, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            folder = tmp_path / "data" / part / str(label)
            folder.mkdir(parents=True, exist_ok=True)
            whole = np.maximum(image, np.roll(image, 7, axis=0))  # fills its frame, as no handwriting does
            Image.fromarray(255 - whole if dark_on_light else whole).save(folder / f"{i:04}.png")
    recipe = dataclasses.replace(thin_recipe, dataset=str(tmp_path / "data"), epochs=2, precision="fp32")
    report = Recorded()
    train(recipe, tmp_path / "run", report=report)
    assert any("are dark on light" in note for note in report.notes) == dark_on_light
    metrics, _ = evaluate(tmp_path / "run")
    capsys.readouterr()
    assert main([str(tmp_path / "data" / "test"), "--json", "--run-dir", str(tmp_path / "run")]) == 0
    found = json.loads(capsys.readouterr().out)
    confusion = np.zeros([10, 10], int)
    for entry in found:
        (digit,) = entry["digits"]
        assert digit["box"] == [0, 0, 28, 28]
        confusion[int(Path(entry["path"]).parent.name), int(digit["label"])] += 1
    assert np.array_equal(confusion, metrics.confusion)
