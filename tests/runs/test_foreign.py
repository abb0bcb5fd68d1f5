import os
import random
import sys
import zipfile

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base import system
from lenet_tf1.base.errors import InputError
from lenet_tf1.runs import foreign
from lenet_tf1.runs.matching import Rules


@pytest.fixture
def prefix(tmp_path):
    """A checkpoint of a matrix w, 3 x 4, and of a whole number n."""
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("w", initializer=np.arange(12, dtype=np.float32).reshape(3, 4))
        tf.get_variable("n", initializer=np.int32(7))
        session.run(tf.global_variables_initializer())
        return tf.train.Saver().save(session, str(tmp_path / "model"))


def test_reads_what_is_asked_for(prefix):
    arrays = foreign.read(prefix, {"w": [3, 4]})
    assert arrays.keys() == {"w"}
    assert np.array_equal(arrays["w"], np.arange(12).reshape(3, 4))


def test_names_all_that_differs(prefix, forked_readers):
    with pytest.raises(InputError) as error:
        foreign.read(prefix, {"w": [4, 3], "v": [1], "n": []})
    assert str(error.value).endswith(
        "of another network: w is [3, 4] instead of [4, 3], v is missing, n is int32 instead of float32"
    )


def test_rules_and_doubles(tmp_path, forked_readers):
    with tf.Graph().as_default(), tf.Session() as session:
        for name in ("kernel", "kernel/ExponentialMovingAverage", "kernel_10", "kernel_9"):
            tf.get_variable(name, initializer=np.full([2], len(name), np.float64))
        session.run(tf.global_variables_initializer())
        prefix = tf.train.Saver().save(session, str(tmp_path / "model"))
    taken = foreign.take(prefix, {"w": [2]}, Rules((("kernel$", "w"),), averages=False))
    assert (taken.weights["w"].dtype, taken.weights["w"].tolist()) == (np.float32, [6, 6])
    assert taken.match.taken == {"w": "kernel"}
    assert taken.match.left == ["kernel/ExponentialMovingAverage", "kernel_9", "kernel_10"]
    averaged = foreign.take(prefix, {"w": [2]}, Rules((("kernel(/.*|$)", r"w\1"),)))
    assert averaged.match.taken == {"w": "kernel/ExponentialMovingAverage"}


VERSION_1 = bytes.fromhex("57fb808b247547db")
HDF5 = b"\x89HDF\r\n\x1a\n"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"something" + VERSION_1, "version 1"),
        (VERSION_1 + b"something", None),
        (VERSION_1[1:], None),
        (b"", None),
        (HDF5 + b"something", "keras"),
        (b"something" + HDF5, None),
        (b"PK", None),
    ],
)
def test_kinds_of_one_file(tmp_path, content, kind):
    (tmp_path / "model").write_bytes(content)
    assert foreign.kind(tmp_path / "model") == kind
    (tmp_path / "model.index").touch()
    assert foreign.kind(tmp_path / "model") == "tensorflow"


def test_kinds_of_archives_and_what_is_no_file(tmp_path):
    for name, kind in [("model.weights.h5", "keras"), ("weights.h5", None)]:
        with zipfile.ZipFile(tmp_path / "model", "w") as archive:
            archive.writestr(name, b"something")
        assert foreign.kind(tmp_path / "model") == kind
        with open(tmp_path / "model", "r+b") as file:
            file.write(b"##")  # an archive may have anything in front, a file of Keras's hasn't
        assert foreign.kind(tmp_path / "model") is None
    assert foreign.kind(tmp_path) is None
    assert foreign.kind(tmp_path / "nowhere") is None


@pytest.mark.parametrize("name", ["model", "model.index", "model.data-00000-of-00001"])
def test_no_pipe_is_waited_for(prefix, tmp_path, name):
    if name == "model":
        (tmp_path / "model.index").unlink()
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    with pytest.raises(InputError, match=f"{tmp_path}/{name} can't be read"):
        foreign.read(prefix, {"w": [3, 4]})


def test_memory_is_limited_before_hdf5_is_opened(tmp_path, monkeypatch):
    limits = []
    monkeypatch.setattr(system, "limit_memory", limits.append)
    with pytest.raises(FileNotFoundError):
        foreign._keras(str(tmp_path / "nowhere"))
    assert limits == [6 << 10]


def test_what_the_reader_says_is_one_line(tmp_path, monkeypatch):
    def ends(error):
        def fail(prefix):
            raise error

        monkeypatch.setattr(foreign, "_Checkpoint", fail)
        return foreign._read_here(str(tmp_path / "model"), {}, Rules(), str(tmp_path))

    assert ends(ValueError("one\ntwo")) == {"unreadable": "one"}
    assert ends(MemoryError()) == {"unreadable": "MemoryError"}


@pytest.mark.parametrize(
    ("script", "said"),
    [("kill -ABRT $$", "the reader ended with exit code -6"), ("sleep 9", "no answer in 1 seconds")],
)
def test_a_reader_that_dies_or_hangs_takes_nobody_along(prefix, tmp_path, monkeypatch, script, said):
    interpreter = tmp_path / "python"
    interpreter.write_text(f"#!/bin/sh\nexec 2>/dev/null\n{script}\n")
    interpreter.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(interpreter))
    monkeypatch.setattr(foreign, "TIMEOUT", 1)
    with pytest.raises(InputError, match=f"can't be read as a checkpoint .{said}"):
        foreign.read(prefix, {"w": [3, 4]})


def test_a_giant_index_is_not_even_opened(prefix):
    with open(f"{prefix}.index", "r+b") as file:
        file.truncate(foreign.MAX_INDEX_BYTES + 1)  # sparse: takes no room
    with pytest.raises(InputError, match="it has more than 64 MiB"):
        foreign.read(prefix, {"w": [3, 4]})


@pytest.mark.parametrize("cases", [pytest.param(1, id="quick"), pytest.param(60, id="full", marks=pytest.mark.full)])
def test_a_mutated_checkpoint_is_read_or_refused(prefix, tmp_path, forked_readers, cases):
    chance = random.Random(cases)
    paths = [tmp_path / "model.index", tmp_path / "model.data-00000-of-00001"]
    for case in range(cases):
        path = paths[case % 2]
        original = path.read_bytes()
        data = bytearray(original)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data if chance.random() < 0.7 else data[: chance.randrange(len(data))])
        try:
            foreign.read(prefix, {"w": [3, 4]})
        except InputError as error:
            assert "\n" not in str(error)
        path.write_bytes(original)
