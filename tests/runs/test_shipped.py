from pathlib import Path

from lenet_tf1.runs import checkpoints
from lenet_tf1.runs.shipped import SHIPPED, SHIPPED_READER, SHIPPED_SECOND, default_run


def test_all_are_verified_runs():
    assert checkpoints.best(SHIPPED).recipe.name == "page"
    assert checkpoints.best(SHIPPED_SECOND).recipe.name == "page-norm"
    assert checkpoints.best(SHIPPED_READER).recipe.name == "reader"


def test_ones_own_run_comes_before_the_one_that_ships(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert default_run() == SHIPPED
    Path("checkpoints/page/step-00000001").mkdir(parents=True)
    assert default_run() == Path("checkpoints/page")
