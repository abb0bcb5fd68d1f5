import json

import pytest

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.runs import directory


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
