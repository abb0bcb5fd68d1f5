from lenet_tf1 import catalogue
from lenet_tf1.recipes import RECIPES


def test_every_recipe_has_a_row_that_fits_a_terminal():
    lines = catalogue.table().splitlines()
    assert [line.split()[0].rstrip("*") for line in lines[1:-1]] == list(RECIPES)
    assert max(map(len, lines)) <= 80


def test_the_documents_stand_beside_ours():
    rows = {line.split()[0]: line for line in catalogue.table().splitlines()}
    assert "174,762  5 epochs 001 99.09%" in rows["generator-cnn"]
    assert "10k steps 003  99.2%" in rows["deep-mnist"]
    assert "280 steps" in rows["speedrun"]


def test_ours_is_the_mean_of_the_measured_runs():
    runs = catalogue.measured()["best bf16"]["runs"]
    mean = sum(run["test_accuracy"] for run in runs) / len(runs)
    row = next(line for line in catalogue.table().splitlines() if line.startswith("best"))
    assert row.endswith(f" {mean:.2%}")
