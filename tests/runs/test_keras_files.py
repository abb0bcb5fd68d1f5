import io
import zipfile

import h5py
import numpy as np
import pytest

from lenet_tf1.runs import keras_files
from lenet_tf1.runs.keras_files import KerasFile


def hdf5(fill):
    """An HDF5 file in memory, which `fill` has filled."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        fill(file)
    data.seek(0)
    return data


def legacy(group):
    """Keras 2's: lists of names, of which those that are too long for an attribute are in several."""
    group.attrs["layer_names"] = [b"conv2d", b"dense"]
    group.create_group("conv2d").attrs["weight_names"] = [b"conv2d/kernel:0", b"conv2d/bias:0"]
    group.create_group("dense").attrs["weight_names0"] = ["dense/kernel:0"]
    group["dense"].attrs["weight_names1"] = ["dense/bias:0"]
    for i, name in enumerate(LEGACY):
        group[name] = np.full([i + 1], i, np.float64)


LEGACY = ["conv2d/conv2d/kernel:0", "conv2d/conv2d/bias:0", "dense/dense/kernel:0", "dense/dense/bias:0"]


def current(file):
    """Keras 3's."""
    for name in reversed(CURRENT):
        file[name] = np.ones([2, 3], np.float32)
    file["layers/dense/vars/seed"] = file["layers/dense/count"] = 1


CURRENT = ["layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_2/vars/0", "layers/dense_10/vars/0"]


def test_keras_2s_weights():
    file = KerasFile(hdf5(legacy))
    assert list(file.contents()) == LEGACY
    assert file.contents()[LEGACY[2]] == ([3], "float64")
    assert file.value(LEGACY[2]).tolist() == [2, 2, 2]


def test_a_whole_model_of_keras_2():
    def fill(file):
        legacy(file.create_group("model_weights"))
        file["optimizer_weights/adam/m:0"] = np.ones(3)

    assert list(KerasFile(hdf5(fill)).contents()) == LEGACY


@pytest.mark.parametrize(
    "other", [lambda file, name: file.create_group(name), lambda file, name: file.create_dataset(name, [3])]
)
def test_a_list_of_layers_that_is_cut(other):
    def fill(file):
        legacy(file)
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"dense"], [b"conv2d"]
        other(file, "model_weights")  # holds no layers

    assert list(KerasFile(hdf5(fill)).contents()) == LEGACY[2:] + LEGACY[:2]


def archive(data):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("model.weights.h5", data)
    packed.seek(0)
    return packed


@pytest.mark.parametrize("pack", [io.BytesIO, archive], ids=["weights.h5", "keras"])
def test_keras_3s_variables_in_the_order_of_the_layers(pack):
    file = KerasFile(pack(hdf5(current).getvalue()))
    assert list(file.contents()) == CURRENT
    assert file.contents()[CURRENT[0]] == ([2, 3], "float32")
    assert file.value(CURRENT[0]).tolist() == [[1, 1, 1], [1, 1, 1]]


def test_an_archive_is_unpacked_up_to_a_limit(monkeypatch):
    data = hdf5(current).getvalue()
    monkeypatch.setattr(keras_files, "_LARGEST", len(data))
    assert KerasFile(archive(data)).contents()
    monkeypatch.setattr(keras_files, "_LARGEST", len(data) - 1)
    with pytest.raises(ValueError, match=r"^model\.weights\.h5 has more than 0 MiB"):
        KerasFile(archive(data))


@pytest.mark.parametrize(("fill", "count", "what"), [(legacy, 2, "names"), (current, 6, "variables")])
def test_names_are_read_up_to_a_limit(monkeypatch, fill, count, what):
    monkeypatch.setattr(keras_files, "_MOST", count)
    assert len(KerasFile(hdf5(fill)).contents()) == 4
    monkeypatch.setattr(keras_files, "_MOST", count - 1)
    with pytest.raises(ValueError, match=f"it has more than {count - 1} {what}"):
        KerasFile(hdf5(fill))


def test_other_hdf5_files_are_refused():
    with pytest.raises(ValueError, match=r"^it is an HDF5 file without Keras's layers"):
        KerasFile(hdf5(lambda file: file.create_dataset("data", [3])))


def put(place):
    """What makes a legacy file of one variable, which `place` makes."""

    def fill(file):
        file.attrs["layer_names"] = ["conv2d"]
        file.create_group("conv2d").attrs["weight_names"] = ["w"]
        place(file["conv2d"])

    return fill


@pytest.mark.parametrize(
    "place",
    [
        lambda group: group.create_group("w"),
        lambda group: group.create_dataset("w", [4], "f4", external=[("secret", 0, 16)]),
        lambda group: group.create_virtual_dataset("w", h5py.VirtualLayout((4,), "f4")),
    ],
    ids=["a group", "another file", "made up"],
)
def test_weights_that_are_elsewhere_are_refused(place):
    with pytest.raises(ValueError, match=r"^it names data that are not in it"):
        KerasFile(hdf5(put(place)))


def test_another_file_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with h5py.File("secret.h5", "w") as file:
        file["secret"] = np.ones(4, np.float32)
    with pytest.raises(KeyError, match="object 'secret' doesn't exist"):  # in the file that is open
        KerasFile(hdf5(put(lambda group: group.__setitem__("w", h5py.ExternalLink("secret.h5", "secret")))))
