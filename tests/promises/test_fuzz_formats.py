"""No file of another format makes a reader crash, hang or eat memory: it is read, or refused in one sentence."""

import gzip
import io
import pickle
import random
import zipfile

import h5py
import numpy as np
import pytest
from PIL import Image, features
from test_fuzz import examples, fuzz  # noqa: F401 (a fixture)

from lenet_tf1.base.errors import InputError
from lenet_tf1.data import images
from lenet_tf1.data.datasets import load
from lenet_tf1.data.matlab import read_mat
from lenet_tf1.data.parquet import read_parquet
from lenet_tf1.data.pickles import read_pickle
from lenet_tf1.data.tables import read_table
from lenet_tf1.runs import foreign

SHAPES = {"conv2/w": [3, 3, 1, 4], "conv2/b": [4]}


@pytest.fixture
def few(mnist):
    return mnist.test.images[:6], mnist.test.labels[:6].astype(np.int64)


PACKS = pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])


@PACKS
@pytest.mark.parametrize("protocol", [2, 5])
def test_pickles(few, tmp_path, examples, protocol, pack):  # noqa: F811
    def read(data):
        path = tmp_path / "mnist.pkl.gz"
        path.write_bytes(data)
        read_pickle(path)

    pair = (few[0].reshape(6, 784).astype(np.float32)[:, :49], few[1])
    fuzz(read, pack(pickle.dumps((pair, pair, pair), protocol)), examples)


@PACKS
def test_tables(few, tmp_path, examples, pack):  # noqa: F811
    def read(data):
        path = tmp_path / "train.csv"
        path.write_bytes(data)
        read_table(path)

    rows = np.column_stack([few[1], few[0].reshape(6, 784)])
    text = "label," + ",".join(f"pixel{i}" for i in range(784)) + "\n"
    text += "".join(",".join(map(str, row)) + "\n" for row in rows)
    fuzz(read, pack(text.encode()), examples // 2)


def test_archives_of_other_arrays(few, tmp_path, examples):  # noqa: F811
    archive = io.BytesIO()
    pictures, labels = np.zeros([20, 12, 14, 3], np.float32), np.eye(5)[np.arange(20) % 5]
    np.savez_compressed(archive, train_images=pictures, train_labels=labels, test_images=pictures, test_labels=labels)

    def read(data):
        path = tmp_path / "mine.npz"
        path.write_bytes(data)
        load(str(path))

    fuzz(read, archive.getvalue(), examples // 2)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("kind", ["WEBP", "TIFF", "AVIF", "PPM", "HEIC"])
def test_pictures(mnist, examples, kind):  # noqa: F811
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow is built without AVIF")
    picture, image = io.BytesIO(), Image.fromarray(mnist.train.images[0]).convert("RGB").resize([60, 40])
    if kind == "HEIC":
        pytest.importorskip("pillow_heif", reason="pillow-heif isn't installed, which writes such a file")
        import pillow_heif

        pillow_heif.from_pillow(image).save(picture)
    else:
        image.save(picture, kind, **({"compression": "tiff_lzw"} if kind == "TIFF" else {}))
    fuzz(lambda data: images.decode(data), picture.getvalue(), examples // 2)


@pytest.fixture
def weights(tmp_path):
    """A file of Keras's with one convolution."""
    path = tmp_path / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/conv2d/vars/0"] = np.ones([3, 3, 1, 4], np.float32)
        file["layers/conv2d/vars/1"] = np.ones([4], np.float32)
    return path


CASES = [pytest.param(4, id="quick"), pytest.param(100, id="full", marks=pytest.mark.full)]


def fuzz_child(path, read, cases):
    """As `fuzz`, for a `read` that asks a child process, of which each takes a while."""
    chance, original = random.Random(cases), path.read_bytes()
    for _ in range(cases):
        data = bytearray(original)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(8, len(data))] = chance.randrange(256)
        path.write_bytes(data if chance.random() < 0.7 else data[: chance.randrange(9, len(data))])
        try:
            read()
        except InputError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize("cases", CASES)
def test_mutated_weights_of_keras(weights, cases):
    assert foreign.read(str(weights), SHAPES)["conv2/b"].tolist() == [1, 1, 1, 1]
    fuzz_child(weights, lambda: foreign.read(str(weights), SHAPES), cases)


@pytest.mark.parametrize("cases", CASES)
def test_mutated_mat(few, tmp_path, cases):
    scipy_io = pytest.importorskip("scipy.io", reason="SciPy isn't installed: pip install 'lenet_tf1[import]'")
    part = {"images": few[0].reshape(6, 784), "labels": few[1][:, None]}
    path = tmp_path / "a.mat"
    scipy_io.savemat(path, {"dataset": {"train": part, "test": part, "mapping": np.eye(9, 2)}}, do_compression=True)
    assert len(read_mat(path)[0]["test"][0]) == 6
    fuzz_child(path, lambda: read_mat(path), cases)


@pytest.mark.parametrize("cases", CASES)
def test_mutated_parquet(few, tmp_path, cases):
    arrow = pytest.importorskip("pyarrow", reason="pyarrow isn't installed: pip install 'lenet_tf1[import]'")
    import pyarrow.parquet

    file = io.BytesIO()
    Image.fromarray(few[0][0]).save(file, "PNG")
    path = tmp_path / "train.parquet"
    rows = {"image": [{"bytes": file.getvalue(), "path": "0.png"}] * 6, "label": few[1].tolist()}
    pyarrow.parquet.write_table(arrow.table(rows), path)
    assert len(read_parquet([path])[0]) == 6
    fuzz_child(path, lambda: read_parquet([path]), cases)


def test_weights_that_are_elsewhere_are_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(range(144)))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("layers/conv2d/vars")
        group.create_dataset("0", [3, 3, 1, 4], np.float32, external=[(tmp_path / "secret", 0, 144)])
        file["layers/conv2d/vars/1"] = np.ones([4], np.float32)
    with pytest.raises(InputError, match="it names data that are not in it"):
        foreign.read(str(tmp_path / "a.h5"), SHAPES)
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["layers/conv2d/vars/0"] = h5py.ExternalLink(str(tmp_path / "a.h5"), "layers/conv2d/vars/1")
    with pytest.raises(InputError, match="without Keras's layers"):
        foreign.read(str(tmp_path / "b.h5"), SHAPES)


def test_weights_that_claim_to_be_large_take_no_memory(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("layers/conv2d/vars/0", [1 << 20, 1 << 20], np.float32, chunks=(1024, 1024))
    with pytest.raises(InputError, match="of another network: it holds"):
        foreign.read(str(tmp_path / "a.h5"), SHAPES)
    with zipfile.ZipFile(tmp_path / "a.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(1 << 20))
    with pytest.raises(InputError, match="can't be read as a checkpoint"):
        foreign.read(str(tmp_path / "a.keras"), SHAPES)
