import random
import sys

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from lenet_tf1.base.errors import InputError
from lenet_tf1.runs import foreign


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
