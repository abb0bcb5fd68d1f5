import gzip
import hashlib
import re
import shutil

import numpy as np
import pytest
from conftest import write_idx

from lenet_tf1.data.datasets import EMBEDDED, load
from lenet_tf1.errors import InputError


def test_the_embedded_files_are_canonical_mnist():
    sums = re.findall(r"([0-9a-f]{64})  (\S+)", (EMBEDDED["mnist"] / "README.md").read_text())
    assert len(sums) == 4
    for digest, name in sums:
        data = gzip.decompress((EMBEDDED["mnist"] / f"{name}.gz").read_bytes())
        assert hashlib.sha256(data).hexdigest() == digest


def test_the_split_is_the_documents(mnist):
    assert [len(split) for split in (mnist.train, mnist.validation, mnist.test)] == [55000, 5000, 10000]
    # The first labels of the original training file, and of the test file.
    assert mnist.validation.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert mnist.train.images.shape == (55000, 28, 28)
    assert mnist.train.images.dtype == np.uint8


def test_a_folder_holds_a_tenth_back(small_folder):
    data = load(str(small_folder), classes=10)
    assert [len(split) for split in (data.train, data.validation, data.test)] == [900, 100, 300]


def test_the_digest_sees_every_pixel(small_folder):
    data, again = load(str(small_folder), classes=10), load(str(small_folder), classes=10)
    assert data.digest() == again.digest()
    again.train.images.flags.writeable = False
    changed = again.train.images.copy()
    changed[-1, 27, 27] ^= 1
    assert (
        type(data)(type(data.train)(changed, data.train.labels), data.validation, data.test).digest() != data.digest()
    )


def break_files(folder, name):
    labels = np.zeros(1000, np.uint8)
    if name == "missing":
        (folder / "t10k-labels-idx1-ubyte.gz").unlink()
    elif name == "mismatched":
        write_idx(folder / "train-labels-idx1-ubyte.gz", labels[:999])
    elif name == "label":
        labels[7] = 10
        write_idx(folder / "train-labels-idx1-ubyte.gz", labels)
    elif name == "size":
        write_idx(folder / "train-images-idx3-ubyte", np.zeros([1000, 32, 32], np.uint8))
    elif name == "few":
        write_idx(folder / "train-images-idx3-ubyte", np.zeros([9, 28, 28], np.uint8))
        write_idx(folder / "train-labels-idx1-ubyte.gz", labels[:9])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing", "holds no t10k-labels-idx1-ubyte and no t10k-labels-idx1-ubyte.gz"),
        ("mismatched", "train-images-idx3-ubyte holds 1,000 images, but .*train-labels-idx1-ubyte.gz 999 labels"),
        ("label", "train-labels-idx1-ubyte.gz holds the label 10; with 10 classes the last is 9"),
        ("size", "images of 32 x 32 pixels, not 28 x 28"),
        ("few", "holds 9 training and 300 test images"),
    ],
)
def test_files_that_do_not_go_together(small_folder, tmp_path, name, said):
    folder = shutil.copytree(small_folder, tmp_path / "data")
    break_files(folder, name)
    with pytest.raises(InputError, match=said):
        load(str(folder), classes=10)


def test_an_unknown_name():
    with pytest.raises(InputError, match="no data set or folder named 'nmist'; known data sets: mnist"):
        load("nmist", classes=10)
