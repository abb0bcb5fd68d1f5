import dataclasses
import json
import shutil

import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.runs import checkpoints, manifest


@pytest.fixture
def own_run(run_dir, tmp_path):
    """A run directory that a test may damage. The run has the checkpoints of steps 14, 28 and 42."""
    return shutil.copytree(run_dir, tmp_path / "run")


def change(path, **changes):
    """Edit a manifest and seal it anew."""
    content = json.loads(path.read_bytes())
    del content["sha256"]
    path.write_bytes(manifest.sign(content | changes))


ROW = {"epoch": 1, "step": 14, "validation_loss": 0, "validation_accuracy": 0}


FILE = {"bytes": 919, "sha256": "0"}
STRANGE = [
    ("step", "42"),
    ("step", True),
    ("step", -1),
    ("step", 1e300),
    ("state", {"history": None}),
    ("state", {"history": [3]}),
    ("state", {"history": [{}]}),
    ("state", {"history": [{**ROW, "step": "1"}]}),
    ("state", {"history": [{**ROW, "epoch": -1}]}),
    ("state", {"history": [{**ROW, "validation_loss": "0"}]}),
    ("state", {"history": [{**ROW, "validation_loss": True}]}),
    ("state", {"history": [ROW, {**ROW, "step": 28, "loss": 1}]}),
    ("state", {"history": [ROW, ROW]}),
    ("state", {"history": [{**ROW, "step": 43}]}),
    ("state", {"loss_sum": "1"}),
    ("state", {"seconds": float("inf")}),
    ("state", {"images": -3}),
    ("state", {"correct": 0.5}),
    ("files", {}),
    ("files", []),
    ("files", {"model.index": FILE | {"bytes": "919"}}),
    ("files", {"model.index": FILE | {"sha256": 0}}),
    ("files", {"model.index": FILE, "../model": FILE}),
    ("files", {"model.index": FILE, "": FILE}),
    ("data", 3),
    ("provenance", {"versions": 3}),
    ("provenance", {"machine": []}),
]


def state_of(path):
    return json.loads(path.read_bytes())["state"]


@pytest.mark.parametrize(("name", "value"), STRANGE)
def test_what_no_version_writes_is_refused_in_a_sentence(own_run, name, value):
    path = own_run / "step-00000042" / "manifest.json"
    if name == "state":
        value = state_of(path) | value
    change(path, **(value if name == "provenance" else {name: value}))
    with pytest.raises(InputError, match=rf"^\S*step-00000042 was not .* \(its {name} can't be so\)$"):
        checkpoints.verify(own_run / "step-00000042")
    assert checkpoints.newest(own_run).step == 28


@pytest.mark.parametrize(
    "changes",
    [
        {"step": None},
        {"state": {}},
        {"state": None},
        {"state": {"history": [], "momentum": 0.9}},
        {"recipe": {}},
        {"recipe": []},
        {"files": {"model.index": 3}},
        {"files": {"model.index": {"bytes": 919}}},
        {"format": "new"},
        {"format": -1},
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence_too(own_run, changes):
    change(own_run / "step-00000042" / "manifest.json", **changes)
    with pytest.raises(InputError, match=r"^\S*step-00000042 "):
        checkpoints.verify(own_run / "step-00000042")
    assert checkpoints.newest(own_run).step == 28


def test_a_history_of_what_is_needed_is_enough(own_run):
    path = own_run / "step-00000042" / "manifest.json"
    change(path, state=state_of(path) | {"history": [ROW, ROW | {"step": 42}]})
    assert checkpoints.verify(path.parent).history == [ROW, ROW | {"step": 42}]


def test_a_later_version_is_named(own_run):
    change(own_run / "step-00000042" / "manifest.json", format=manifest.FORMAT + 1, versions={"lenet_tf1": "9.0"})
    with pytest.raises(InputError, match=r"was written by a later version of lenet_tf1 \(9\.0\)"):
        checkpoints.verify(own_run / "step-00000042")


def test_a_manifest_is_json_that_people_can_read(run_dir, small_recipe):
    text = (run_dir / "step-00000042" / "manifest.json").read_text()
    assert max(map(len, text.splitlines())) < 200
    manifest = json.loads(text)
    assert manifest["step"] == 42
    recipe = checkpoints.newest(run_dir).recipe
    assert recipe.to_json() == manifest["recipe"]
    assert recipe.precision in ("fp32", "bf16")  # what it came to here
    assert dataclasses.replace(recipe, precision="auto") == small_recipe
    assert [row["epoch"] for row in manifest["state"]["history"]] == [1, 2, 3]
