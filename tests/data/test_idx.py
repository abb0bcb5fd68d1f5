import gzip
import os
import struct
import time

import numpy as np
import pytest
from conftest import write_idx

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.idx import read_idx

IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
HEADER = struct.pack(">4I", 0x803, 2, 3, 4)


@pytest.mark.parametrize("name", ["images", "images.gz"])
def test_reads_what_was_written(tmp_path, name):
    write_idx(tmp_path / name, IMAGES)
    assert np.array_equal(read_idx(tmp_path / name, 3), IMAGES)


def test_compression_is_told_by_the_content(tmp_path):
    (tmp_path / "images").write_bytes(gzip.compress(HEADER + IMAGES.tobytes()))
    assert np.array_equal(read_idx(tmp_path / "images", 3), IMAGES)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "begins with nothing"),
        (b"\x89PNG\r\n\x1a\n", "begins with 89504e47 instead of 00000803"),
        (struct.pack(">2I", 0x801, 2) + b"ab", "begins with 00000801"),
        (struct.pack(">4I", 0xD03, 2, 3, 4), "begins with 00000d03"),  # floats
        (HEADER[:9], "cut off within its header"),
        (HEADER + IMAGES.tobytes()[:-1], "should hold 24 bytes of data after its header, but holds only 23"),
        (HEADER + IMAGES.tobytes() + b"x", "but holds more"),
        (struct.pack(">4I", 0x803, 2**32 - 1, 2**32 - 1, 2**32 - 1), "over the limit"),
        (gzip.compress(HEADER + IMAGES.tobytes(), mtime=0)[:-9], "damaged gzip"),
        (b"\x1f\x8b" + b"\xff" * 20, "damaged gzip"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, content, said):
    path = tmp_path / "bad-images"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as error:
        read_idx(path, 3)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="nowhere is missing"):
        read_idx(tmp_path / "nowhere", 3)


def test_a_gzip_file_of_several_members(tmp_path):
    data = HEADER + IMAGES.tobytes()
    packed = gzip.compress(data[:10]) + bytes(100_000) + gzip.compress(b"") + gzip.compress(data[10:]) + bytes(7)
    (tmp_path / "images").write_bytes(packed)
    assert np.array_equal(read_idx(tmp_path / "images", 3), IMAGES)
    (tmp_path / "images").write_bytes(packed + b"more")
    with pytest.raises(InputError, match="is a damaged gzip file"):
        read_idx(tmp_path / "images", 3)


@pytest.mark.parametrize("size", [1, 65_536, 1 << 20, (1 << 20) + 1, 3_000_001])
def test_gzip_files_of_any_size(tmp_path, size):
    for labels in (np.zeros(size, np.uint8), np.random.default_rng(0).integers(0, 256, size, np.uint8)):
        write_idx(tmp_path / "labels.gz", labels)
        assert np.array_equal(read_idx(tmp_path / "labels.gz", 1), labels)


def test_a_gzip_file_of_a_million_members_is_not_read_to_its_end(tmp_path):
    (tmp_path / "images").write_bytes(gzip.compress(b"") * 800_000)  # 16 MB
    start = time.thread_time()
    with pytest.raises(InputError, match="it has more than 20,000 members"):
        read_idx(tmp_path / "images", 3)
    assert time.thread_time() - start < 3


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "images")
    with pytest.raises(InputError, match=r"can't be read \(it is no regular file\)"):
        read_idx(tmp_path / "images", 3)


@pytest.mark.parametrize(("count", "said"), [(1 << 30, "holds only 5"), ((1 << 30) + 1, "over the limit")])
def test_what_a_header_may_claim(tmp_path, count, said):
    (tmp_path / "labels").write_bytes(struct.pack(">2I", 0x801, count) + b"five5")
    with pytest.raises(InputError, match=said):
        read_idx(tmp_path / "labels", 1)
    (tmp_path / "images").write_bytes(struct.pack(">4I", 0x803, 0, 1 << 15, (1 << 15) + count % 2))
    if count % 2:
        with pytest.raises(InputError, match=said):
            read_idx(tmp_path / "images", 3)
    else:
        assert read_idx(tmp_path / "images", 3).shape == (0, 1 << 15, 1 << 15)


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    for size, said in (
        ((1 << 30) + (1 << 20), "begins with 00000000"),
        ((1 << 30) + (1 << 20) + 1, "it has more than"),
    ):
        with (tmp_path / "labels").open("wb") as file:
            file.truncate(size)
        with pytest.raises(InputError, match=said):
            read_idx(tmp_path / "labels", 1)
