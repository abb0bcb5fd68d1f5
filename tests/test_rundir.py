import json

import pytest

from lenet_tf1 import rundir
from lenet_tf1.errors import InputError


def test_one_writer_at_a_time(tmp_path):
    with (
        rundir.exclusive(tmp_path),
        pytest.raises(InputError, match="is being trained by process"),
        rundir.exclusive(tmp_path),
    ):
        pass
    with rundir.exclusive(tmp_path):  # and then it is free again
        pass


def test_a_stale_holder_is_not_named(tmp_path):
    (tmp_path / ".lock").write_text("1\n")  # of a process that was killed
    with rundir.exclusive(tmp_path):
        assert (tmp_path / ".lock").read_text() != "1\n"
    assert (tmp_path / ".lock").read_text() == ""


def test_leftovers_of_a_killed_save_are_removed(tmp_path):
    (tmp_path / ".tmp-step-00000001").mkdir()
    (tmp_path / ".tmp-step-00000001" / "model.index").touch()
    (tmp_path / ".tmp-metrics.csv").touch()
    with rundir.exclusive(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file/run can't be written"), rundir.exclusive(tmp_path / "file" / "run"):
        pass


def test_metrics_and_json(tmp_path):
    rundir.write_metrics(tmp_path, [{"epoch": 1, "loss": 0.1}, {"epoch": 2, "loss": 1 / 3}])
    assert (tmp_path / "metrics.csv").read_text() == "epoch,loss\n1,0.1\n2,0.3333333333333333\n"
    rundir.write_json(tmp_path / "result.json", {"name": "数字"})
    assert json.loads((tmp_path / "result.json").read_bytes()) == {"name": "数字"}
