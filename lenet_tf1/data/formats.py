"""A data set in a file or folder of a person's, in whatever format it is: told apart by content, then by name."""

import re
from collections.abc import Iterable
from pathlib import Path

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data import idx, npz, pickles, tables
from lenet_tf1.data.arrays import Arrays, as_images, as_labels, from_zero

SPLIT_NAMES = {  # what people call the parts of a data set, in any case
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
READABLE = (
    "four IDX files, .npz, Kaggle's .csv, mnist.pkl.gz, EMNIST's .mat, .parquet of pictures, a folder of pictures for "
    "each class"
)
_LARGEST = 1 << 40  # bytes, of a file that only its first are read of
_Parts = dict[str, Arrays]
_Names = tuple[str, ...] | None


def read_place(path: Path, classes: _Names, report: Report) -> tuple[_Parts, _Names]:
    """Read the splits of a data set.

    Parameters
    ----------
    path : Path
        A file or folder that is there.
    classes : tuple of str or None
        The names that the data must go with, where a network that tells these apart is there already.
    report : Report
        Is told what was changed or left out.

    Returns
    -------
    parts : dict
        "train", "test" and perhaps "validation" -> images uint8 [n, 28, 28] and labels int64 [n] from 0 on.
    names : tuple of str or None
        The classes', if the data know them.

    Raises
    ------
    InputError
        For what is in no format that is known here, or damaged.
    """
    try:
        found, names = _read_folder(path, classes, report) if path.is_dir() else _read_file(path, report)
    except OSError as error:
        raise InputError(f"{error.filename or path} can't be read ({error.strerror})") from error
    parts = {}
    for part, (images, labels) in found.items():
        name = f"{path} ({part})"
        parts[part] = as_images(images, name, report), as_labels(labels, name)
        if len(images) != len(labels):
            raise InputError(f"{path} holds {len(images):,} images, but {len(labels):,} labels")
    if names is None:
        parts, names = from_zero(parts, classes, report)
    return parts, names


def split_of(name: str) -> str | None:
    """The split that a folder of this name is meant for, or None."""
    return next((split for split, words in SPLIT_NAMES.items() if name.lower() in words), None)


def _read_file(path: Path, report: Report) -> tuple[_Parts, _Names]:
    kind = _kind(path)
    if kind == "npz":
        return npz.read_npz(path), None
    if kind == "csv":
        return _from_tables({"train": path}, report), None
    if kind == "pickle":
        return pickles.read_pickle(path), None
    if kind == "mat":
        from lenet_tf1.data.matlab import read_mat

        return read_mat(path)
    if kind == "parquet":
        return _from_parquet({"train": [path]}, report)
    raise InputError(f"{path} is {kind}; as a data set can be read: {READABLE}")


def _kind(path: Path) -> str:
    # The name of a format, or in words what it is else.
    with files.naming(path), files.open_regular(path, _LARGEST) as file:
        begin = file.read(132)
    name = path.name.lower()
    kinds: list[tuple[bool, str]] = [
        (begin.startswith(b"PAR1"), "parquet"),
        (begin.startswith(b"MATLAB 5.0"), "mat"),
        (begin.startswith(b"MATLAB 7.3"), "a .mat file of version 7.3 (save it with -v7)"),
        (begin.startswith(b"\x89HDF"), "an HDF5 file, such as Keras's weights"),
        (begin.startswith(b"PK") and not name.endswith(".zip"), "npz"),
        (begin.startswith(b"PK"), "a zip archive (unpack it, and give the folder)"),
        (begin.startswith((b"\0\0\x08", b"\x1f\x8b")) and "ubyte" in name, "one IDX file of four (give their folder)"),
        (name.endswith((".pkl", ".pkl.gz", ".pickle", ".pickle.gz")), "pickle"),
        (name.endswith((".tar.gz", ".tgz", ".tar")), "a tar archive (unpack it, and give the folder)"),
        (name.endswith(".npz"), "npz"),
        (name.endswith(".csv") or re.match(rb"[\w\", ]+\n|[\d, ]+$", begin) is not None, "csv"),
        (begin.startswith(b"\x93NUMPY"), "one array (numpy.savez puts images and labels into one .npz)"),
        (begin.startswith((b"<!DOCTYPE", b"<html")), "a page of the web, not what it links to"),
        (not begin, "empty"),
    ]
    return next((kind for matches, kind in kinds if matches), "in no format that is known here")


def _read_folder(path: Path, classes: _Names, report: Report) -> tuple[_Parts, _Names]:
    archives = sorted(path.glob("*.npz"))
    if len(archives) == 1:
        return npz.read_npz(archives[0]), None
    if archives and (pairs := _pairs(archives)):
        return {part: (npz.read_array(a), npz.read_array(b)) for part, (a, b) in pairs.items()}, None
    if any(idx.find(path, stem, *kind) for stem in ("train", "t10k", "test") for kind in idx.KINDS):
        return _read_idx(path), None
    if by_split := _by_split(path.glob("*.csv")):
        return _from_tables({part: places[0] for part, places in by_split.items()}, report), None
    parquets = [*path.glob("*.parquet"), *path.glob("*/*.parquet")]
    if by_split := _by_split(parquets):
        return _from_parquet(by_split, report)
    for pattern in ("*.pkl.gz", "*.pkl", "*.mat"):
        if len(one := list(path.glob(pattern))) == 1:
            return _read_file(one[0], report)
    return _read_pictures(path, classes, report)


def _pairs(archives: list[Path]) -> dict[str, tuple[Path, Path]]:
    # As KMNIST ships: kmnist-train-imgs.npz, kmnist-train-labels.npz, and the same for the test.
    found = {}
    for part in ("train", "test"):
        images, labels = (
            [path for path in archives if re.search(rf"{part}.*({kind})", path.name.lower())]
            for kind in ("imgs|images", "labels")
        )
        if len(images) != 1 or len(labels) != 1:
            return {}
        found[part] = (images[0], labels[0])
    return found


def _by_split(paths: Iterable[Path]) -> dict[str, list[Path]]:
    # Files that have a split's name in theirs: mnist_train.csv, test-00000-of-00001.parquet.
    found: dict[str, list[Path]] = {}
    for path in sorted(paths):
        words = re.split(r"[^a-z]+", path.stem.lower())
        if part := next((split for split in map(split_of, words) if split), None):
            found.setdefault(part, []).append(path)
    return found if "train" in found else {}


def _from_tables(paths: dict[str, Path], report: Report) -> _Parts:
    parts: _Parts = {}
    for part, path in paths.items():
        images, labels = tables.read_table(path)
        if labels is not None:
            parts[part] = (images, labels)
        elif part == "train":
            raise InputError(f"{path} has no labels to train on; predict --submission OUT.csv recognises such a table")
        else:
            report.note(f"{path} has no labels: predict --submission OUT.csv recognises it")
    return _with_test(parts, report)


def _from_parquet(paths: dict[str, list[Path]], report: Report) -> tuple[_Parts, _Names]:
    from lenet_tf1.data.parquet import read_parquet

    parts, names = {}, None
    for part, places in paths.items():
        images, labels, told = read_parquet(places)
        parts[part], names = (images, labels), told or names
    return _with_test(parts, report), names


def _with_test(parts: _Parts, report: Report) -> _Parts:
    # Where there is no test, the last tenth of what there is for training.
    if "test" in parts:
        return parts
    images, labels = parts["train"]
    end = len(labels) - len(labels) // 10
    report.note(f"there is no test set: the last {len(labels) - end:,} of {len(labels):,} training images are taken")
    return parts | {"train": (images[:end], labels[:end]), "test": (images[end:], labels[end:])}


def _read_idx(folder: Path) -> _Parts:
    stems = {"train": "train", "test": "t10k" if any(idx.find(folder, "t10k", *kind) for kind in idx.KINDS) else "test"}
    if idx.find(folder, "validation", *idx.KINDS[0]):
        stems["validation"] = "validation"
    return {part: idx.read_pair(folder, stem) for part, stem in stems.items()}


def _read_pictures(path: Path, classes: _Names, report: Report) -> tuple[_Parts, tuple[str, ...]]:
    from lenet_tf1.data.pictures import class_folders, class_places, read_pictures  # OpenCV takes a while

    places = {split: place for place in class_places(path) if (split := split_of(place.name))}
    if "train" in places and (len(places) > 1 or class_folders(places["train"])):
        names = classes or tuple(child.name for child in class_folders(places["train"]))
        return _with_test(
            {split: read_pictures(place, names, report) for split, place in places.items()}, report
        ), names
    if folders := class_folders(path):
        names = classes or tuple(child.name for child in folders)
        images, labels = read_pictures(path, names, report)
        end = len(labels) - len(labels) // 10
        return {"train": (images[:end], labels[:end]), "test": (images[end:], labels[end:])}, names
    raise InputError(
        f"{path} holds no data set: neither IDX files (train-images-idx3-ubyte and so on), nor one .npz, nor a folder "
        f"of pictures for each class, or such folders within both train and test; what can be read: {READABLE}"
    )
