"""No input makes a reader crash, hang or eat memory: it is read, or refused in one sentence."""

import gzip
import io
import json
import random
import resource
import shutil
import struct
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from conftest import write_idx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lenet_tf1.base.errors import InputError
from lenet_tf1.base.machine import provenance
from lenet_tf1.base.report import Recorded
from lenet_tf1.data import images, ink, normalize
from lenet_tf1.data.datasets import load
from lenet_tf1.data.idx import read_idx
from lenet_tf1.evaluate import evaluate
from lenet_tf1.recipes import Recipe, find_recipe
from lenet_tf1.runs import checkpoints, directory, finding, manifest
from lenet_tf1.training import plan

SECONDS, MEGABYTES = 2, 64  # that one input, and all of them, may take
EXAMPLES = {"quick": 100, "full": 4000}  # for each reader
HEADER = struct.pack(">4I", 0x803, 3, 28, 28)

BYTES_OF_WEIGHT = st.sampled_from([0, 1, 3, 8, 0x1F, 0x7F, 0x80, 0x8B, 0xFF, ord('"'), ord("{"), ord("9")])


@st.composite
def mutated(draw, original):
    """The bytes with a few of them changed, dropped, doubled or inserted, and perhaps cut off."""
    data = bytearray(original)
    for _ in range(draw(st.integers(1, 5))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["set", "insert", "drop", "double"]))
        if kind == "set" and place < len(data):
            data[place] = draw(BYTES_OF_WEIGHT)
        elif kind == "insert":
            data[place:place] = draw(st.binary(max_size=9))
        elif kind == "drop":
            del data[place : place + draw(st.integers(1, 40))]
        else:
            data[place:place] = data[place : place + draw(st.integers(1, 40))]
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@pytest.fixture(params=["quick", pytest.param("full", marks=pytest.mark.full)])
def examples(request):
    return EXAMPLES[request.param]


def fuzz(read, original, examples):
    """Give `read` mutations of the original: it returns, or raises InputError of one line, soon and without memory."""

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(mutated(original))
    def attempt(data):
        start = time.monotonic()
        try:
            read(data)
        except InputError as error:
            assert "\n" not in str(error)
        assert time.monotonic() - start < SECONDS

    read(original)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    attempt()
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_idx(tmp_path, examples, pack):
    def read(data):
        path = tmp_path / "images"
        path.write_bytes(data)
        read_idx(path, 3)

    fuzz(read, pack(HEADER + bytes(range(256)) * 9 + bytes(48)), examples)


def test_a_folder_of_idx_files(small_folder, tmp_path, examples):
    folder = shutil.copytree(small_folder, tmp_path / "data")
    write_idx(folder / "train-labels-idx1-ubyte", load(str(folder)).test.labels)

    def read(data):
        (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(data)
        load(str(folder))

    (folder / "train-labels-idx1-ubyte").unlink()
    fuzz(read, (folder / "t10k-labels-idx1-ubyte.gz").read_bytes(), examples // 2)


def test_npz(tmp_path, examples):
    archive = io.BytesIO()
    images, labels = np.zeros([20, 28, 28], np.uint8), np.arange(20) % 10
    np.savez_compressed(archive, x_train=images, y_train=labels, x_test=images, y_test=labels)

    def read(data):
        path = tmp_path / "mine.npz"
        path.write_bytes(data)
        load(str(path))

    fuzz(read, archive.getvalue(), examples)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_pictures(mnist, examples, kind):
    picture = io.BytesIO()
    Image.fromarray(mnist.train.images[0]).convert("RGB").resize([60, 40]).save(picture, kind)

    def read(data):
        grey = images.decode(data)
        assert grey.dtype == np.uint8
        assert normalize.as_mnist(ink.find_ink(grey)).shape == (28, 28)

    fuzz(read, picture.getvalue(), examples // 2)


def test_manifest(run_dir, tmp_path, examples):
    folder = tmp_path / "step-00000042"
    folder.mkdir()
    content = json.loads((run_dir / "step-00000042" / "manifest.json").read_bytes())
    del content["sha256"]
    (folder / "model.index").write_bytes(b"index")
    content["files"] = {"model.index": checkpoints._describe(folder / "model.index")}

    def read(data):
        (folder / "manifest.json").write_bytes(data)
        assert checkpoints.verify(folder).step == 42  # what is taken for valid is what was written

    fuzz(read, manifest.sign(content), examples)


def test_recipe(examples):
    def read(data):
        try:
            fields = json.loads(data)
        except ValueError:
            return
        Recipe.from_json(fields)

    fuzz(read, json.dumps(find_recipe("lenet").to_json()).encode(), examples)


ODD = [
    *(None, True, -1, 0, 1, 3.5, 1e300, -1e-320, float("nan"), float("inf"), 10**30, 2**63, "", "x", "1"),
    *("a\nb\x1b[2J", "\ud800", "../..", "/dev/zero", "lenet", "mnist", "auto"),
    *([], [[]], {}, {"epoch": 1}, [None], ["0", "1"], [{}] * 3),
]


def edited(content, chance):
    """A deep copy of JSON's values with one to three edits anywhere in it."""
    content = json.loads(json.dumps(content))
    for _ in range(chance.randint(1, 3)):
        node, key = content, chance.choice(list(content))
        while isinstance(node[key], dict | list) and node[key] and chance.random() < 0.8:
            node = node[key]
            key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
        kind = chance.choice(["set", "set", "set", "drop", "double", "wrap"])
        if kind == "set":
            node[key] = chance.choice(ODD)
        elif kind == "wrap":
            node[key] = [node[key]]
        elif kind == "double" and isinstance(node, list):
            node.append(node[key])
        elif len(node) > 1:
            del node[key]
        if not content:
            break
    return content


def use(run, recipe, surroundings, report):
    """All that evaluate, plot and train do with a run before they compute."""
    latest = checkpoints.newest(run, report)
    checkpoints.best(run, report)
    finding.find(run, report=report)
    checkpoints.existing_recipe(run)
    directory.write_metrics(run, latest.history) if latest.history else None
    directory.read_metrics(run)
    for wanted, digest in ((recipe, ""), (latest.recipe, latest.manifest.data)):
        with suppress(InputError):
            plan.recipe_beside(latest.recipe, wanted, {}, named=True, restart=False, run_dir=run)
            plan.refuse_changes(run, latest.manifest, wanted, digest, has_bf16=False)
    assert all(map(str, plan.changed_surroundings(latest.manifest, surroundings)))
    checkpoints.prune(run, latest.history)


@pytest.fixture
def tiny_run(tmp_path):
    """A finished run of a few kB, with the manifest of today."""
    run = shutil.copytree(Path(__file__).parents[1] / "releases" / "0.1.0" / "finished", tmp_path / "tiny")
    folder = run / "step-00000042"
    was = manifest.read(folder)
    noted = {"data": was.data, "versions": was.versions, "machine": was.machine}
    sealed = manifest.seal(was.recipe, was.step, was.progress, noted, was.files)
    (folder / manifest.NAME).write_bytes(sealed)
    return run


@pytest.mark.parametrize("cases", [480, pytest.param(10_000, marks=pytest.mark.full)])
def test_manifests_that_were_edited_and_sealed_anew(tiny_run, cases, capsys):
    path = tiny_run / "step-00000042" / manifest.NAME
    original = json.loads(path.read_bytes())
    del original["sha256"]
    chance, report, surroundings, refused = random.Random(cases), Recorded(), provenance(), 0
    for case in range(cases):
        path.write_bytes(manifest.sign(edited(original, chance)))
        try:
            use(tiny_run, find_recipe("lenet"), surroundings, report)
        except InputError as error:
            refused += 1
            assert "\n" not in str(error), case
    assert 0 < refused < cases
    with capsys.disabled():
        print(f"\n{cases} manifests edited and sealed anew: {refused} refused in one sentence, no traceback")


@pytest.mark.parametrize("cases", [6, pytest.param(300, marks=pytest.mark.full)])
def test_runs_whose_recipe_was_edited_are_evaluated_or_refused(run_dir, tmp_path, cases):
    run = shutil.copytree(run_dir, tmp_path / "run")
    path = run / "step-00000042" / manifest.NAME
    content = json.loads(path.read_bytes())
    del content["sha256"]
    chance = random.Random(cases)
    for _ in range(cases):
        path.write_bytes(manifest.sign(content | {"recipe": edited(content["recipe"], chance)}))
        with suppress(InputError):
            assert evaluate(run)[0].total > 0


@pytest.mark.parametrize("name", ["recipe.json", "result.json", "metrics.csv"])
@pytest.mark.parametrize("cases", [200, pytest.param(4000, marks=pytest.mark.full)])
def test_other_files_of_a_run(tiny_run, name, cases):
    run = tiny_run
    original = (run / name).read_bytes()
    chance = random.Random(cases)
    for case in range(cases):
        if name.endswith(".json"):
            (run / name).write_text(json.dumps(edited(json.loads(original), chance)))
        else:
            cells = original.decode().split(",")
            cells[chance.randrange(len(cells))] = str(chance.choice(ODD)).encode("utf-8", "replace").decode()
            (run / name).write_text(",".join(cells))
        try:
            assert isinstance(directory.read_result(run), dict | None), case
            directory.read_metrics(run)
        except InputError as error:
            assert "\n" not in str(error), case
