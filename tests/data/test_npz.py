import os
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.datasets import load


@pytest.fixture
def arrays(mnist):
    return {
        "x_train": mnist.train.images[:100],
        "y_train": mnist.train.labels[:100],
        "x_test": mnist.test.images[:30],
        "y_test": mnist.test.labels[:30],
    }


def test_keras_layout(arrays, tmp_path):
    np.savez_compressed(tmp_path / "mine.npz", **arrays)
    for place in (tmp_path / "mine.npz", tmp_path):
        data = load(str(place))
        assert [len(split) for split in (data.train, data.validation, data.test)] == [90, 10, 30]
        assert np.array_equal(data.validation.images, arrays["x_train"][:10])
        assert np.array_equal(data.test.labels, arrays["y_test"])
        assert data.classes == tuple("0123456789")


def test_other_shapes_that_mean_the_same(arrays, tmp_path):
    np.savez(
        tmp_path / "mine.npz",
        x_train=np.asfortranarray(arrays["x_train"])[..., None],
        y_train=arrays["y_train"].astype(">i8")[:, None],
        x_test=arrays["x_test"],
        y_test=arrays["y_test"].astype(np.int32),
    )
    data = load(str(tmp_path / "mine.npz"))
    assert np.array_equal(data.validation.images, arrays["x_train"][:10])
    assert np.array_equal(data.train.labels, arrays["y_train"][10:])


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("x_{}", "y_{}"),
        ("{}_X", "{}_Y"),
        ("{}x", "{}y"),
        ("{}_images", "{}_labels"),
        ("images_{}", "labels_{}"),
        ("{}_imgs", "{}_label"),
        ("{}_data", "{}_labels"),
    ],
)
def test_names_that_mean_the_same(arrays, tmp_path, images, labels):
    names = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    np.savez(tmp_path / "a.npz", **{form.format(name[2:]): arrays[name] for name, form in names.items()})
    data = load(str(tmp_path / "a.npz"))
    assert np.array_equal(data.test.images, arrays["x_test"])
    assert np.array_equal(data.test.labels, arrays["y_test"])


def test_a_member_that_numpy_did_not_name(arrays, tmp_path):
    np.savez(tmp_path / "a.npz", **{name: arrays[name] for name in ("x_train", "y_train")})
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        archive.writestr("x_test", b"")
        archive.writestr("y_test", b"")
    with pytest.raises(InputError, match="it holds no x_test"):
        load(str(tmp_path / "a.npz"))


def test_any_number_of_classes(arrays, tmp_path):
    labels = {"y_train": np.arange(100) % 37, "y_test": np.arange(30)}
    np.savez(tmp_path / "mine.npz", **arrays | labels)
    assert load(str(tmp_path / "mine.npz")).classes == tuple(map(str, range(37)))


class Trap:
    """A pickle that would do something when it is loaded."""

    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"y_test": None}, "it holds no y_test"),
        ({"x_test": np.full([30, 28, 28], -1.0)}, "values from -1.0 to -1.0; greys are from 0 to 255"),
        ({"x_test": np.full([30, 28, 28], np.nan)}, "values from nan to nan"),
        ({"x_test": np.zeros([30, 28, 27, 5], np.uint8)}, "is uint8 of shape .30, 28, 27, 5., not images"),
        ({"y_test": np.zeros(29, np.uint8)}, "holds 30 images, but 29 labels"),
        ({"y_test": np.full(30, 0.5)}, "float64 with other than whole numbers"),
        ({"y_test": np.full([30, 4], 1)}, "its rows are not one-hot"),
        ({"y_test": np.full(30, -1)}, "labels from -1 to -1"),
        ({"y_test": np.full(30, 255)}, "labels from 255 to 255"),
        ({"y_test": np.array([Trap()] * 30)}, "y_test is of type object"),
    ],
)
def test_other_archives_are_refused(arrays, tmp_path, changes, said):
    changed = {name: array for name, array in (arrays | changes).items() if array is not None}
    np.savez(tmp_path / "mine.npz", **changed)
    with pytest.raises(InputError, match=said):
        load(str(tmp_path / "mine.npz"))


def test_a_header_that_claims_more_than_there_is(tmp_path, arrays):
    np.savez(tmp_path / "small.npz", **arrays)
    with zipfile.ZipFile(tmp_path / "small.npz") as small, zipfile.ZipFile(tmp_path / "mine.npz", "w") as archive:
        for name in small.namelist():
            data = small.read(name)
            archive.writestr(name, data.replace(b"(100, 28, 28)", b"(9100, 99, 9)"))
    with pytest.raises(InputError, match=r"should hold 8,108,100 bytes"):
        load(str(tmp_path / "mine.npz"))


def test_a_file_that_is_no_archive(tmp_path):
    (tmp_path / "mine.npz").write_bytes(b"PK no")
    with pytest.raises(InputError, match=r"mine\.npz is a damaged \.npz file"):
        load(str(tmp_path / "mine.npz"))


def test_the_order_of_the_bytes_makes_no_difference(arrays, tmp_path):
    digests = []
    for order in "CF":
        np.savez(tmp_path / "a.npz", **{name: np.asarray(array, order=order) for name, array in arrays.items()})
        digests.append(load(str(tmp_path / "a.npz")).digest())
    assert digests[0] == digests[1]


def repacked(arrays, path, compression):
    """The arrays in an archive of that compression."""
    np.savez(path.with_suffix(".plain"), **arrays)
    with (
        zipfile.ZipFile(path.with_suffix(".plain.npz")) as plain,
        zipfile.ZipFile(path, "w", compression) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))


def test_damage_within_a_compressed_member(arrays, tmp_path):
    repacked(arrays, tmp_path / "a.npz", zipfile.ZIP_DEFLATED)
    assert len(load(str(tmp_path / "a.npz")).train)
    data = bytearray((tmp_path / "a.npz").read_bytes())
    data[200:260] = bytes(60)
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.npz"):
        load(str(tmp_path / "a.npz"))


@pytest.mark.parametrize("compression", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_compressions_that_unpack_to_any_size_at_once(arrays, tmp_path, compression):
    repacked(arrays, tmp_path / "a.npz", compression)
    with pytest.raises(InputError, match="x_train is compressed in another way than NumPy does it"):
        load(str(tmp_path / "a.npz"))


def test_a_header_of_any_length_is_not_read(arrays, tmp_path):
    """NumPy reads what the header claims to be long before it says that it is too long."""
    np.savez(tmp_path / "small.npz", **arrays)
    with (
        zipfile.ZipFile(tmp_path / "small.npz") as small,
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in small.namelist():
            data = small.read(name)
            if name == "x_train.npy":
                data = b"\x93NUMPY\x02\0" + (300_000_000).to_bytes(4, "little") + bytes(300_000_000)
            packed.writestr(name, data)
    del data
    tracemalloc.start()
    with pytest.raises(InputError, match=r"the header of x_train can't be read"):
        load(str(tmp_path / "a.npz"))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("comment", [b"", b"mine", bytes(65_535)])
def test_members_whose_names_fill_a_megabyte_are_not_listed(arrays, tmp_path, comment):
    """The directory's size is told before a comment of any length."""
    np.savez(tmp_path / "a.npz", **arrays)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        for i in range(15):
            archive.writestr(f"{i:065000}", b"")
        archive.comment = comment
    assert len(load(str(tmp_path / "a.npz")).test) == 30
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive:
        for i in range(15, 17):
            archive.writestr(f"{i:065000}", b"")
    with pytest.raises(InputError, match="it has too many members"):
        load(str(tmp_path / "a.npz"))


def test_a_directory_that_only_a_larger_format_tells_the_size_of(arrays, tmp_path):
    np.savez(tmp_path / "a.npz", **arrays)
    data = (tmp_path / "a.npz").read_bytes()
    larger = b"PK\6\6" + bytes(52) + b"PK\6\7" + bytes(16)  # zip64's own end, and where it is
    (tmp_path / "a.npz").write_bytes(data[:-22] + larger + data[-22:])
    with pytest.raises(InputError, match="it has too many members"):
        load(str(tmp_path / "a.npz"))


@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_regular_file_is_not_waited_for(tmp_path, kind):
    place = Path("/dev/zero")
    if kind == "pipe":
        place = tmp_path / "a.npz"
        os.mkfifo(place)
    with pytest.raises(InputError, match=rf"{place} can't be read \(it is no regular file\)"):
        load(str(place))
