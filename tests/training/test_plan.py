"""What a training is to do, as a table: nothing here trains."""

import dataclasses

import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs.manifest import Manifest, Progress
from lenet_tf1.training import plan

LENET = find_recipe("lenet")
BEST = find_recipe("best")
MINE = dataclasses.replace(LENET, batch_size=32, seed=4)


@pytest.mark.parametrize(
    ("name", "settings", "wanted"),
    [
        (None, {}, LENET),
        ("best", {}, BEST),
        ("lenet", {"seed": 3}, dataclasses.replace(LENET, seed=3)),
        ("deep-mnist", {"epochs": 2}, dataclasses.replace(find_recipe("deep-mnist"), steps=None, epochs=2)),
        ("lenet", {"steps": 5}, dataclasses.replace(LENET, steps=5)),
    ],
)
def test_a_recipe_with_other_settings(name, settings, wanted):
    assert plan.requested_recipe(name, settings) == (wanted, None)


@pytest.mark.parametrize(
    ("name", "settings", "with_mistakes", "said"),
    [
        ("lennet", {}, False, "there is no recipe named lennet"),
        ("lenet", {"epochs": 1, "steps": 1}, False, "--epochs and --steps exclude each other"),
        ("lenet", {"batch_size": 0}, False, "batch size must be 1 to"),
        ("best", {}, True, "best has no mistakes to show"),
    ],
)
def test_a_recipe_that_can_not_be(name, settings, with_mistakes, said):
    with pytest.raises(InputError, match=said):
        plan.requested_recipe(name, settings, with_mistakes=with_mistakes)


def test_a_documents_own_version_comes_with_a_sentence():
    recipe, mistakes = plan.requested_recipe(None, {"seed": 1}, with_mistakes=True)
    assert (recipe.name, recipe.seed) == ("lenet-as-written", 1)
    assert "softmax is applied twice" in mistakes


@pytest.mark.parametrize(
    ("existing", "requested", "settings", "named", "restart", "wanted"),
    [
        (None, LENET, {}, False, False, LENET),
        (MINE, LENET, {}, False, False, MINE),  # what isn't said stays as it was
        (MINE, LENET, {}, True, False, MINE),
        (MINE, LENET, {"epochs": 9}, False, False, dataclasses.replace(MINE, epochs=9)),
        (MINE, LENET, {}, False, True, MINE),  # the same run again
        (MINE, LENET, {"seed": 1}, False, True, dataclasses.replace(MINE, seed=1)),
        (MINE, BEST, {}, True, True, BEST),  # another in its place
        (MINE, BEST, {}, True, False, InputError),
    ],
)
def test_a_recipe_where_a_run_is(existing, requested, settings, named, restart, wanted):
    def decide():
        return plan.recipe_beside(existing, requested, settings, named=named, restart=restart, run_dir="run")

    if wanted is InputError:
        with pytest.raises(InputError, match="run holds a run of the recipe lenet, not best: choose another --run-dir"):
            decide()
    else:
        assert decide() == wanted


@pytest.mark.parametrize(
    ("wanted", "existing", "has_bf16", "precision"),
    [
        ("auto", None, True, "bf16"),
        ("auto", None, False, "fp32"),
        ("fp32", None, True, "fp32"),
        ("bf16", None, True, "bf16"),
        ("bf16", None, False, InputError),
        ("auto", "fp32", True, "fp32"),  # a run goes on as it was
        ("auto", "bf16", True, "bf16"),
        ("bf16", "bf16", True, "bf16"),
        ("bf16", "bf16", False, "fp32, noted"),  # where it can't, it says so
        ("auto", "bf16", False, "fp32, noted"),
        ("fp32", "bf16", False, "fp32, noted"),
        ("fp32", "fp32", False, "fp32"),
    ],
)
def test_a_precision_that_is_there(wanted, existing, has_bf16, precision):
    if precision is InputError:
        with pytest.raises(InputError, match="AVX512_BF16 or AMX, and no GPU; use --precision fp32, or auto"):
            plan.settle_precision(wanted, existing, has_bf16=has_bf16)
        return
    found, note = plan.settle_precision(wanted, existing, has_bf16=has_bf16)
    assert found == precision.split(",")[0]
    assert (note is not None) == precision.endswith("noted")


def manifest(recipe, data="digest", **about):
    return Manifest(recipe, 1, Progress(), data, about.get("versions", {}), about.get("machine", {}), {})


@pytest.mark.parametrize(
    ("old", "changes", "has_bf16", "said"),
    [
        (LENET, {}, True, None),
        (LENET, {"epochs": 9, "patience": 1, "report_every": 10, "dataset": "elsewhere"}, True, None),
        (LENET, {"batch_size": 32}, True, "a run with batch size 64, not 32: choose"),
        (LENET, {"selection_split": "test"}, True, "a run with selection split validation, not test"),
        (LENET, {"seed": 1}, True, "a run with seed 0, not 1"),
        (dataclasses.replace(LENET, precision="bf16"), {"precision": "fp32"}, True, "with precision bf16, not fp32"),
        (dataclasses.replace(LENET, precision="bf16"), {"precision": "fp32"}, False, None),
        (BEST, {"epochs": 41}, True, "falls to 0 in 40 epochs, not 41 epochs"),
        (BEST, {"steps": 3}, True, "falls to 0 in 40 epochs, not 3 steps"),
    ],
)
def test_what_would_be_another_training_is_refused(old, changes, has_bf16, said):
    def compare():
        plan.refuse_changes("run", manifest(old), dataclasses.replace(old, **changes), "digest", has_bf16=has_bf16)

    if said is None:
        compare()
    else:
        with pytest.raises(InputError, match=said):
            compare()


def test_other_images_are_refused():
    with pytest.raises(InputError, match="the images in mnist are not those that the run in run began with"):
        plan.refuse_changes("run", manifest(LENET, data="others"), LENET, "digest", has_bf16=True)


def test_what_is_different_around_it_is_said_and_what_was_not_noted_is_not():
    before = manifest(LENET, versions={"tensorflow": "2.17.0", "numpy": "2"}, machine={"cores": 2})
    now = {"versions": {"tensorflow": "2.21.0", "numpy": "2", "opencv": "4"}, "machine": {"cores": 4, "gpu": None}}
    assert plan.changed_surroundings(before, now) == [
        "tensorflow is 2.21.0 now, was 2.17.0: the run goes on, perhaps not to the same bits",
        "cores is 4 now, was 2: the run goes on, perhaps not to the same bits",
    ]
