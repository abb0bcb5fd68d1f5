import gzip
import hashlib
import re
import shutil

import numpy as np
import pytest
from conftest import write_idx
from PIL import Image

from lenet_tf1.base.errors import InputError
from lenet_tf1.data.datasets import EMBEDDED, load


def test_the_embedded_files_are_canonical_mnist():
    sums = re.findall(r"([0-9a-f]{64})  (\S+)", (EMBEDDED / "README.md").read_text())
    assert len(sums) == 4
    for digest, name in sums:
        data = gzip.decompress((EMBEDDED / f"{name}.gz").read_bytes())
        assert hashlib.sha256(data).hexdigest() == digest


def test_the_split_is_the_documents(mnist):
    assert [len(split) for split in (mnist.train, mnist.validation, mnist.test)] == [55000, 5000, 10000]
    # The first labels of the original training file, and of the test file.
    assert mnist.validation.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert mnist.train.images.shape == (55000, 28, 28)
    assert mnist.train.images.dtype == np.uint8


def test_a_folder_holds_a_tenth_back(small_folder):
    data = load(str(small_folder))
    assert [len(split) for split in (data.train, data.validation, data.test)] == [900, 100, 300]


def test_a_folder_may_bring_its_own_validation_split(small_folder, mnist, tmp_path):
    folder = shutil.copytree(small_folder, tmp_path / "data")
    write_idx(folder / "validation-images-idx3-ubyte.gz", mnist.test.images[300:350])
    write_idx(folder / "validation-labels-idx1-ubyte", mnist.test.labels[300:350])
    data = load(str(folder))
    assert [len(split) for split in (data.train, data.validation, data.test)] == [1000, 50, 300]


def break_files(folder, name):
    labels = np.zeros(1000, np.uint8)
    if name == "missing":
        (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    elif name == "mismatched":
        write_idx(folder / "train-labels-idx1-ubyte.gz", labels[:999])
    elif name == "label":
        labels[7] = 10
        write_idx(folder / "train-labels-idx1-ubyte.gz", labels)
    elif name == "few":
        write_idx(folder / "train-images-idx3-ubyte", np.zeros([9, 28, 28], np.uint8))
        write_idx(folder / "train-labels-idx1-ubyte.gz", labels[:9])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "holds no t10k-labels-idx1-ubyte and no t10k-labels-idx1-ubyte.gz"),
        ("mismatched", "train-images-idx3-ubyte holds 1,000 images, but .*train-labels-idx1-ubyte.gz 999 labels"),
        ("label", "holds the label 10; with 10 classes the last is 9"),
        ("few", "has no images for validation: 10 for training and 1 for the test are the least"),
    ],
)
def test_files_that_do_not_go_together(small_folder, tmp_path, name, said):
    folder = shutil.copytree(small_folder, tmp_path / "data")
    break_files(folder, name)
    with pytest.raises(InputError, match=said):
        load(str(folder), classes=tuple("0123456789"))


def test_a_folder_of_other_classes(small_folder, tmp_path):
    folder = shutil.copytree(small_folder, tmp_path / "data")
    write_idx(folder / "train-labels-idx1-ubyte.gz", np.arange(1000, dtype=np.uint8) % 200)
    assert load(str(folder)).classes == tuple(map(str, range(200)))
    with pytest.raises(InputError, match="the classes of mnist are 0, 1"):
        load("mnist", classes=tuple("ABCDEFGHIJ"))


def test_an_unknown_name():
    with pytest.raises(InputError, match="no data set or folder named 'nmist'; known data sets: mnist"):
        load("nmist")


def test_idx_files_are_taken_before_pictures(small_folder, tmp_path):
    folder = shutil.copytree(small_folder, tmp_path / "both")
    (folder / "figures").mkdir()
    Image.new("L", (28, 28)).save(folder / "figures" / "1.png")
    assert len(load(str(folder)).test) == 300


def test_a_folder_of_nothing_names_what_could_be_there(tmp_path):
    (tmp_path / "train").mkdir()
    with pytest.raises(
        InputError, match=r"holds no data set: neither IDX files .* nor one \.npz, nor a folder of pictures"
    ):
        load(str(tmp_path))
