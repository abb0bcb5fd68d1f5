"""No input makes a reader crash, hang or eat memory: it is read, or refused in one sentence."""

import gzip
import io
import json
import resource
import shutil
import struct
import time

import numpy as np
import pytest
from conftest import write_idx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from lenet_tf1.base.errors import InputError
from lenet_tf1.data import images, ink, normalize
from lenet_tf1.data.datasets import load
from lenet_tf1.data.idx import read_idx
from lenet_tf1.recipes import Recipe, find_recipe
from lenet_tf1.runs import checkpoints, manifest

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
