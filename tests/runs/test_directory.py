import json
import os
import shutil
from pathlib import Path

import pytest

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Recorded
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints, directory, finding
from lenet_tf1.runs.manifest import Progress
from lenet_tf1.train import train


def test_one_writer_at_a_time(tmp_path):
    with (
        directory.exclusive(tmp_path),
        pytest.raises(InputError, match="is being trained by process"),
        directory.exclusive(tmp_path),
    ):
        pass
    with directory.exclusive(tmp_path):  # and then it is free again
        pass


def test_a_stale_holder_is_not_named(tmp_path):
    (tmp_path / ".lock").write_text("1\n")  # of a process that was killed
    with directory.exclusive(tmp_path):
        assert (tmp_path / ".lock").read_text() != "1\n"
    assert (tmp_path / ".lock").read_text() == ""


def test_leftovers_of_a_killed_save_are_removed(tmp_path):
    (tmp_path / f"{files.TEMPORARY}step-00000001").mkdir()
    (tmp_path / f"{files.TEMPORARY}step-00000001" / "model.index").touch()
    (tmp_path / f"{files.TEMPORARY}metrics.csv").touch()
    with directory.exclusive(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file/run can't be written"), directory.exclusive(tmp_path / "file" / "run"):
        pass


def test_clear_takes_the_run_and_nothing_else(tmp_path):
    for name in ("train", "validation", "step-00000001", "step-by-step"):
        (tmp_path / name).mkdir()
    for name in ("train/cat.jpg", "train/events.out.tfevents.1", "step-by-step.md", "metrics.csv", ".tmp-mine"):
        (tmp_path / name).touch()
    with directory.exclusive(tmp_path):
        directory.clear(tmp_path)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")}
    assert left == {".lock", "train", "train/cat.jpg", "step-by-step", "step-by-step.md", ".tmp-mine"}


def test_checkpoint_folders_are_sorted_by_number(tmp_path):
    for name in ("step-99999999", "step-100000000", "step-00000005", "step-x", "step-7"):
        (tmp_path / name).mkdir()
    steps = [path.name for path in directory.checkpoint_folders(tmp_path)]
    assert steps == ["step-100000000", "step-99999999", "step-00000005"]


def test_metrics_and_json(tmp_path):
    directory.write_metrics(tmp_path, [{"epoch": 1, "loss": 0.1}, {"epoch": 2, "loss": 1 / 3}])
    assert (tmp_path / "metrics.csv").read_text() == "epoch,loss\n1,0.1\n2,0.3333333333333333\n"
    directory.write_json(tmp_path / "result.json", {"name": "数字"})
    assert json.loads((tmp_path / "result.json").read_bytes()) == {"name": "数字"}


@pytest.mark.parametrize(
    "names", [["checkpoint"], ["model.index", "model.meta"], ["checkpoint", "model.ckpt-1000.index"], ["model-5.index"]]
)
def test_another_programs_checkpoint_is_not_overwritten(tmp_path, names):
    for name in names:
        (tmp_path / name).write_text('model_checkpoint_path: "model.ckpt-1000"')
    said = "holds a checkpoint of another program .*: choose another --run-dir"
    with pytest.raises(InputError, match=said), directory.exclusive(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_a_state_file_of_ours_alone_is_no_stranger(tmp_path):
    (tmp_path / "checkpoint").write_text('model_checkpoint_path: "step-00000014/model"')  # --restart was killed here
    with directory.exclusive(tmp_path):
        pass


@pytest.mark.parametrize("content", ["[1]", "{", "[" * 200_000, "", "null"])
def test_a_result_that_is_none_can_be_measured_again(tmp_path, content):
    (tmp_path / "result.json").write_text(content)
    assert directory.read_result(tmp_path) is None


def link(lock, own):
    lock.symlink_to(own)


def second_name(lock, own):
    lock.hardlink_to(own)


def large(lock, own):
    lock.write_bytes(own.read_bytes() * 100)


def pipe(lock, own):
    os.mkfifo(lock)


@pytest.mark.parametrize("make", [link, second_name, large, pipe])
def test_a_lock_that_is_something_of_ones_own_stays_as_it_is(tmp_path, make):
    (tmp_path / "letter").write_text("Dear friend")
    run = tmp_path / "run"
    run.mkdir()
    make(run / ".lock", tmp_path / "letter")
    with pytest.raises(InputError, match=r"run can't be written \("), directory.exclusive(run):
        pass
    assert (tmp_path / "letter").read_text() == "Dear friend"
    if make is large:
        assert (run / ".lock").read_text().startswith("Dear friend")


def endless(path):
    path.symlink_to("/dev/zero")


def brackets(path):
    path.write_text("[" * 200_000)


def too_large(path):
    with path.open("wb") as file:
        file.truncate(1 << 40)


SPECIAL = [os.mkfifo, endless, brackets, too_large, Path.mkdir]


@pytest.mark.parametrize("make", SPECIAL)
def test_a_special_file_in_a_results_place_is_no_result(tmp_path, make):
    make(tmp_path / "result.json")
    assert directory.read_result(tmp_path) is None


@pytest.mark.parametrize("make", SPECIAL)
def test_special_files_in_other_places_are_told(tmp_path, make):
    for name in ("metrics.csv", directory.STATE_FILE):
        make(tmp_path / name)
    with pytest.raises(InputError, match=r"metrics\.csv"):
        directory.read_metrics(tmp_path)
    with pytest.raises(InputError, match="checkpoint"):
        finding.find(tmp_path, find_recipe("lenet"))
    with pytest.raises(InputError), directory.exclusive(tmp_path):
        pass
    folder = tmp_path / "step-00000001"
    folder.mkdir()
    make(folder / "manifest.json")
    with pytest.raises(InputError, match=r"step-00000001 "):
        checkpoints.verify(folder)


ROW = dict.fromkeys(sorted(directory.METRICS), 0.5)


@pytest.mark.parametrize("row", [{}, {"epoch": 1, "step": 14}, ROW | {"loss": 1e31}, ROW | {"loss": float("-inf")}])
def test_a_table_that_training_did_not_write(tmp_path, row):
    directory.write_metrics(tmp_path, [ROW, ROW])
    assert directory.read_metrics(tmp_path) == [ROW, ROW]
    directory.write_metrics(tmp_path, [row] if row else [ROW])
    if not row:
        path = tmp_path / "metrics.csv"
        path.write_text(path.read_text().splitlines(keepends=True)[0])
    with pytest.raises(InputError, match=r"metrics\.csv is not what training wrote"):
        directory.read_metrics(tmp_path)


def writes(run):
    """Each write of a training, as a function."""
    row = {"epoch": 1, "step": 1, "validation_accuracy": 1.0, "validation_loss": 0.0}
    known = {"recipe": find_recipe("lenet"), "step": 1, "progress": Progress(history=[row]), "provenance": {}}

    def save(prefix):
        Path(prefix + ".index").write_bytes(b"index")

    return {
        "commit": lambda: checkpoints.commit(run, **known, save=save),
        "prune": lambda: checkpoints.prune(run, [row]),
        "metrics": lambda: directory.write_metrics(run, [row]),
        "JSON": lambda: directory.write_json(run / "result.json", {}),
        "clear": lambda: directory.clear(run),
    }


@pytest.mark.parametrize("name", writes(Path()))
def test_of_two_writers_in_one_place_the_first_writes_no_more(tmp_path, name):
    run = tmp_path / "run"
    with directory.exclusive(run):
        writes(run)[name]()
        shutil.rmtree(run)
        with pytest.raises(InputError, match="was removed or replaced while it was trained"):
            writes(run)[name]()
        run.mkdir()
        (run / ".lock").touch()  # of somebody who trains there now
        (run / "result.json").write_text("theirs")
        with pytest.raises(InputError, match="was removed or replaced while it was trained"):
            writes(run)[name]()
        assert (run / "result.json").read_text() == "theirs"
        assert len(list(run.iterdir())) == 2


def test_a_training_whose_directory_was_replaced_ends(small_recipe, tmp_path):
    run = tmp_path / "run"

    class Replacing(Recorded):
        def line(self, text=""):
            super().line(text)
            if text.startswith("    1 "):
                shutil.rmtree(run)
                run.mkdir()
                (run / ".lock").touch()

    with pytest.raises(InputError, match="was removed or replaced while it was trained"):
        train(small_recipe, run, report=Replacing())
    assert [path.name for path in run.iterdir()] == [".lock"]
