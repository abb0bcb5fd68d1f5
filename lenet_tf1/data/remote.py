"""Published data sets: their classes, their files, and where copies are looked for and fetched from.

References
----------
H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, 2017. T. Clanuwat et al., Deep learning for classical Japanese
literature (KMNIST), 2018. Y. Bulatov, notMNIST, 2011, here as MNIST's files. G. Cohen et al., EMNIST, 2017.
"""

import os
import string
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import QUIET, Report
from lenet_tf1.data import idx


class RemoteDataset(NamedTuple):
    """A published data set of four IDX files.

    Attributes
    ----------
    classes : tuple of str
        Names in the order of the labels.
    files : dict
        What to fetch: file name -> checksum, as "sha256:..." or "md5:...".
    mirrors : tuple of str
        Addresses of the folders that hold these files, tried in turn.
    stems : tuple of str
        What the IDX files' names begin with, for training and test.
    first : int
        The label of the first class.
    transposed : bool
        Whether its images have rows for columns.
    """

    classes: tuple[str, ...]
    files: dict[str, str]
    mirrors: tuple[str, ...]
    stems: tuple[str, str] = ("train", "t10k")
    first: int = 0
    transposed: bool = False


DIGITS = tuple(string.digits)
_LETTERS = tuple(string.ascii_uppercase)
_MNIST_FILES = tuple(
    f"{part}-ubyte.gz" for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
)


def _emnist(kind: str, classes: tuple[str, ...], first: int = 0) -> RemoteDataset:
    archive = {"gzip.zip": "sha256:fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e"}
    mirrors = ("https://biometrics.nist.gov/cs_links/EMNIST/", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/")
    stems = (f"emnist-{kind}-train", f"emnist-{kind}-test")
    return RemoteDataset(classes, archive, mirrors, stems, first, transposed=True)


def _four(kind: str, *checksums: str) -> dict[str, str]:
    return dict(zip(_MNIST_FILES, (f"{kind}:{checksum}" for checksum in checksums), strict=True))


DEBIAN = Path("/usr/share/datasets")  # where the package dataset-fashion-mnist has it

REMOTE = {
    "fashion-mnist": RemoteDataset(
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
    "kmnist": RemoteDataset(
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
    "notmnist": RemoteDataset(
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


def read_remote(
    name: str, data_dir: str | os.PathLike[str] | None = None, report: Report = QUIET
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Read a published set: a copy that is on this machine, or else what is fetched and kept in the user's cache.

    Parameters
    ----------
    name : str
        A key of REMOTE.
    data_dir : path, optional
        A folder in which a folder of the set's name may hold a copy. It comes before others' copies.
    report : Report
        Is told what is fetched.

    Returns
    -------
    dict
        {"train": (images, labels), "test": (images, labels)}: uint8 [n, 28, 28], upright, and uint8 [n] from 0 on.

    Raises
    ------
    InputError
        If there is no copy and none can be fetched or kept, or if it is damaged.
    """
    about = REMOTE[name]
    folder = _copy(name, data_dir, report) or _fetch(name, report)
    splits = {}
    for split, stem in zip(("train", "test"), about.stems, strict=True):
        images, labels = idx.read_pair(folder, stem)
        if len(labels) and not about.first <= labels.min() <= labels.max() < about.first + len(about.classes):
            raise InputError(f"{folder} holds labels that are not those of {name}")
        splits[split] = images.swapaxes(1, 2).copy() if about.transposed else images, labels - about.first
    return splits


def _copy(name: str, data_dir: str | os.PathLike[str] | None, report: Report) -> Path | None:
    # The folder of a copy that somebody else fetched.
    places = [] if data_dir is None else [Path(data_dir) / name]
    places.append(DEBIAN / name)
    with suppress(RuntimeError):  # there is no home folder
        places.append(Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "datasets" / name)
    about = REMOTE[name]
    for place in places:
        try:
            if all(idx.find(place, stem, *kind) for stem in about.stems for kind in idx.KINDS):
                return place
        except OSError as error:  # such as another user's home folder
            report.note(f"{place} is passed over, because it can't be read ({error.strerror})")
    return None


def _fetch(name: str, report: Report) -> Path:
    # The folder that the set's files are in, fetched if they aren't there or aren't what they should be.
    import pooch

    about = REMOTE[name]
    pooch.get_logger().setLevel("ERROR")
    folder = _cache(report) / ("emnist" if name.startswith("emnist") else name)  # one archive for all of EMNIST
    try:
        for file, checksum in about.files.items():
            if not (folder / file).is_file():
                report.note(f"fetching {file} of {name} from {about.mirrors[0]}")
            path = _fetch_one(name, file, checksum, folder, report)
        if file.endswith(".zip"):
            members = [f"gzip/{stem}-{kind}-idx{d}-ubyte.gz" for stem in about.stems for kind, d in idx.KINDS]
            return _unpack(Path(path), members)
    except OSError as error:
        # Pooch's own PermissionError has the system's as its cause, and no words for people itself.
        reason = getattr(error.__cause__, "strerror", None) or error.strerror or error
        raise InputError(
            f"{name} can't be kept in {folder} ({reason}): make room there, or name another folder in XDG_CACHE_HOME"
        ) from error
    return folder


def _unpack(archive: Path, members: Sequence[str]) -> Path:
    # The folder beside the archive, whose checksum is right, that the members are in: unpacked unless they are there
    # whole. Each is moved there once it is on the disk.
    folder = archive.with_name(f"{archive.name}.unzip") / "gzip"
    files.make_parents(folder)
    files.remove_temporaries(folder)
    with zipfile.ZipFile(archive) as opened:
        for member in members:
            target = folder / Path(member).name
            if not target.is_file() or target.stat().st_size != opened.getinfo(member).file_size:
                with files.naming(target):
                    files.write(target, opened.read(member))
    return folder


def _cache(report: Report) -> Path:
    import pooch

    try:
        return pooch.os_cache("lenet_tf1").expanduser()
    except RuntimeError:  # from platformdirs, or, where an old one leaves the ~, from pathlib: there is no home folder
        try:
            folder = files.user_folder("lenet_tf1")
        except InputError as error:
            raise InputError(
                f"{error}, and there is no home folder to keep data sets in: name a folder in XDG_CACHE_HOME, or of "
                "copies in --data-dir"
            ) from None
        report.note(f"there is no home folder: data sets are kept in {folder}, if XDG_CACHE_HOME names no other")
        return folder


def _fetch_one(name: str, file: str, checksum: str, folder: Path, report: Report) -> str:
    # The file's path, from the first mirror that has it as it should be.
    import pooch
    import requests

    said = []
    for mirror in REMOTE[name].mirrors:
        host = mirror.split("/")[2]
        try:
            return pooch.retrieve(mirror + file, checksum, file, folder, progressbar=report.bars)
        except requests.HTTPError as error:
            said.append(f"{host} answers {'with an error' if error.response is None else error.response.status_code}")
        except requests.ConnectionError:
            said.append(f"{host} can't be reached")
        except requests.RequestException as error:
            said.append(f"{host} fails with {type(error).__name__}")
        except ValueError:  # pooch removes what it got
            said.append(f"what {host} sends is not what it was when its checksum was taken")
    raise InputError(
        f"{name} isn't on this machine and couldn't be fetched ({'; '.join(said)}): "
        f"get {REMOTE[name].mirrors[0]}{file} elsewhere and put it into {folder}"
    )
