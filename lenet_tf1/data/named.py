"""Data sets that are known by name: their classes, their files, and where copies are looked for and fetched from."""

import os
import string
import sys
from pathlib import Path
from typing import NamedTuple

from lenet_tf1.data import idx
from lenet_tf1.errors import InputError


class Named(NamedTuple):
    """A published data set of four IDX files.

    classes     names in the order of the labels
    files       what to fetch: file name -> checksum
    mirrors     addresses of the folders that hold these files, tried in turn
    stems       what the IDX files' names begin with, for training and test
    first       the label of the first class
    transposed  whether its pictures lie on their side
    """

    classes: tuple
    files: dict
    mirrors: tuple
    stems: tuple = ("train", "t10k")
    first: int = 0
    transposed: bool = False


DIGITS = tuple(string.digits)
_LETTERS = tuple(string.ascii_uppercase)
_MNIST_FILES = tuple(
    f"{part}-ubyte.gz" for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
)


def _emnist(kind, classes, first=0):
    archive = {"gzip.zip": "sha256:fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"}
    mirrors = ("https://biometrics.nist.gov/cs_links/EMNIST/", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/")
    stems = (f"emnist-{kind}-train", f"emnist-{kind}-test")
    return Named(classes, archive, mirrors, stems, first, transposed=True)


def _four(kind, *checksums):
    return dict(zip(_MNIST_FILES, (f"{kind}:{checksum}" for checksum in checksums), strict=True))


DEBIAN = Path("/usr/share/datasets")  # where the package dataset-fashion-mnist has it

# Xiao, Rasul, Vollgraf 2017; Clanuwat et al. 2018; Bulatov 2011, as MNIST's files; Cohen et al. 2017.
NAMED = {
    "fashion-mnist": Named(
        ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
        _four(
            "sha256",
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
        (
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
    ),
    "kmnist": Named(
        ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        _four(
            "sha256",
            "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
        ("https://codh.rois.ac.jp/kmnist/dataset/kmnist/", "http://codh.rois.ac.jp/kmnist/dataset/kmnist/"),
    ),
    "notmnist": Named(
        _LETTERS[:10],
        _four(
            "md5",
            "d916d7283fce4d08db9867c640ec0042",
            "eab59f88903339e01dac19deed3824c0",
            "2c87c839a4ef9b238846600eec8c35b7",
            "7ea9118cbafd0f6e3ee2ad771d782a01",
        ),
        (
            "https://github.com/davidflanagan/notMNIST-to-MNIST/raw/master/",
            "https://raw.githubusercontent.com/davidflanagan/notMNIST-to-MNIST/master/",
        ),
    ),
    "emnist-digits": _emnist("digits", DIGITS),
    "emnist-letters": _emnist("letters", _LETTERS, first=1),
    "emnist-balanced": _emnist("balanced", DIGITS + _LETTERS + tuple("abdefghnqrt")),
}


def read_named(name, data_dir, report):
    """Read a named set: {"train": (images, labels), "test": (images, labels)}, images uint8 [n, 28, 28] and upright.

    Parameters: `data_dir` a folder where FOLDER/NAME may hold a copy, or None; `report` is told what is
    fetched. Raises InputError if there is no copy and none can be fetched, or if it is damaged.
    """
    about = NAMED[name]
    folder = next((place for place in _places(name, data_dir) if _holds(place, about)), None) or _fetch(name, report)
    splits = {}
    for split, stem in zip(("train", "test"), about.stems, strict=True):
        images, labels = idx.read_pair(folder, stem)
        if len(labels) and not about.first <= labels.min() <= labels.max() < about.first + len(about.classes):
            raise InputError(f"{folder} holds labels that are not those of {name}")
        splits[split] = images.swapaxes(1, 2).copy() if about.transposed else images, labels - about.first
    return splits


def _places(name, data_dir):
    # Where copies are that somebody else fetched.
    if data_dir is not None:
        yield Path(data_dir) / name
    yield DEBIAN / name
    yield Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets" / name


def _holds(folder, about):
    return all(idx.find(folder, stem, *kind) for stem in about.stems for kind in idx.KINDS)


def _fetch(name, report):
    # The folder that the set's files are in, fetched if they aren't there or aren't what they should be.
    import pooch

    about = NAMED[name]
    pooch.get_logger().setLevel("ERROR")
    folder = pooch.os_cache("lenet_tf1") / ("emnist" if name.startswith("emnist") else name)  # one archive for all
    for file, checksum in about.files.items():
        if not (folder / file).is_file():
            report(f"fetching {file} of {name} from {about.mirrors[0]}")
        path = _fetch_one(name, file, checksum, folder)
    if file.endswith(".zip"):
        members = [f"gzip/{stem}-{kind}-idx{d}-ubyte.gz" for stem in about.stems for kind, d in idx.KINDS]
        unpacked = pooch.Unzip(members=members)(path, "fetch", None)
        folder = Path(unpacked[0]).parent
    return folder


def _fetch_one(name, file, checksum, folder):
    import pooch
    import requests

    said = []
    for mirror in NAMED[name].mirrors:
        host = mirror.split("/")[2]
        try:
            return pooch.retrieve(mirror + file, checksum, file, folder, progressbar=sys.stderr.isatty())
        except requests.ConnectionError:
            said.append(f"{host} can't be reached")
        except requests.HTTPError as error:
            said.append(f"{host} answers {error.response.status_code}")
        except requests.RequestException as error:
            said.append(f"{host} fails with {type(error).__name__}")
        except ValueError:  # pooch removes what it got
            said.append(f"what {host} sends is not what it was when its checksum was taken")
    raise InputError(
        f"{name} isn't on this machine and couldn't be fetched ({'; '.join(said)}): "
        f"get {NAMED[name].mirrors[0]}{file} elsewhere and put it into {folder}"
    )
