"""A data set in a file or folder of a person's, in whatever format it is: told apart by content, then by name."""

import re
from collections.abc import Iterable
from pathlib import Path

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report
from lenet_tf1.data import SPLIT_WORDS, idx, npz, pickles, tables
from lenet_tf1.data.arrays import Arrays, as_images, as_labels, from_zero
from lenet_tf1.data.picture_formats import folders_in, is_nobodys

READABLE = (
    "four IDX files, .npz, Kaggle's .csv, mnist.pkl.gz, EMNIST's .mat, .parquet of pictures, a folder of pictures for "
    "each class"
)
_TABLES = (".csv", ".csv.gz")
_PACKED = (b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")  # bzip2, xz, 7z, rar, zstd
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
    return next((split for split, words in SPLIT_WORDS.items() if name.lower() in words), None)


def _read_file(path: Path, report: Report) -> tuple[_Parts, _Names]:
    kind = _kind(path)
    if kind == "npz":
        return _with_test(npz.read_npz(path, report), report), None
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
        (re.search(r"\.(tar(\.\w+)?|t[gbx]z2?)$", name) is not None, "a tar archive (unpack it, and give the folder)"),
        (begin.startswith(_PACKED), "an archive (unpack it, and give the folder)"),
        (name.endswith(".npz"), "npz"),
        (name.endswith(_TABLES) or re.match(rb'(\xef\xbb\xbf)?[\w". ]+,[\w". ,\r\n]*$', begin) is not None, "csv"),
        (begin.startswith(b"\x93NUMPY"), "one array (numpy.savez puts images and labels into one .npz)"),
        (begin.startswith((b"<!DOCTYPE", b"<html")), "a page of the web, not what it links to"),
        (not begin, "empty"),
    ]
    return next((kind for matches, kind in kinds if matches), "in no format that is known here")


def _read_folder(path: Path, classes: _Names, report: Report, deeper: int = 3) -> tuple[_Parts, _Names]:
    archives = _named(path, (".npz",))
    if len(archives) == 1:
        return _read_file(archives[0], report)
    if archives and (pairs := _pairs(archives)):
        return {part: (npz.read_array(a), npz.read_array(b)) for part, (a, b) in pairs.items()}, None
    if any(idx.find(path, stem, *kind) for stem in ("train", "t10k", "test") for kind in idx.KINDS):
        return _read_idx(path), None
    if by_split := _by_split(_named(path, _TABLES), report):
        return _from_tables({part: _only(places, part) for part, places in by_split.items()}, report), None
    parquets = [file for place in (path, *folders_in(path)) for file in _named(place, (".parquet",))]
    if by_split := _by_split(parquets, report):
        return _from_parquet(by_split, report)
    for suffixes in ((".pkl.gz", ".pkl"), (".mat",)):
        if len(one := _named(path, suffixes)) == 1:
            return _read_file(one[0], report)
    if pictures := _read_pictures(path, classes, report):
        return pictures
    if len(one := _named(path, _TABLES)) == 1:
        return _read_file(one[0], report)
    within = folders_in(path)
    if len(within) == 1 and deeper:  # archives are unpacked into folders of their names, often twice
        return _read_folder(within[0], classes, report, deeper - 1)
    raise InputError(
        f"{path} holds no data set: neither IDX files (train-images-idx3-ubyte and so on), nor one .npz, nor a folder "
        f"of pictures for each class, or such folders within both train and test; what can be read: {READABLE}"
    )


def _named(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    files = [path for path in folder.iterdir() if path.name.lower().endswith(suffixes) and path.is_file()]
    return sorted(path for path in files if not is_nobodys(path))


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


def _by_split(paths: Iterable[Path], report: Report) -> dict[str, list[Path]]:
    # Files that have a split's name in theirs: mnist_train.csv, test-00000-of-00001.parquet.
    found: dict[str | None, list[Path]] = {}
    for path in sorted(paths):
        words = re.split(r"[^a-z]+", path.stem.lower())
        found.setdefault(next(filter(None, map(split_of, words)), None), []).append(path)
    if "train" not in found:
        return {}
    if others := found.pop(None, []):
        report.note(f"{', '.join(map(str, others[:5]))}: left out, because no split is in the name")
    return {part: places for part, places in found.items() if part}


def _only(paths: list[Path], part: str) -> Path:
    if len(paths) > 1:
        raise InputError(f"{paths[0]} and {paths[1]} are both for the {part} split; leave one of them there")
    return paths[0]


def _from_tables(paths: dict[str, Path], report: Report) -> _Parts:
    parts: _Parts = {}
    for part, path in paths.items():
        images, labels = tables.read_table(path, report)
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
    stems = {"train": "train"}
    for part, words in (("test", ("t10k", *SPLIT_WORDS["test"])), ("validation", SPLIT_WORDS["validation"])):
        there = [word for word in words if any(idx.find(folder, word, *kind) for kind in idx.KINDS)]
        stems |= {part: there[0]} if there else {}
    return {part: idx.read_pair(folder, stem) for part, stem in ({"test": "t10k"} | stems).items()}


def _read_pictures(path: Path, classes: _Names, report: Report) -> tuple[_Parts, _Names] | None:
    from lenet_tf1.data.pictures import class_folders, read_pictures  # OpenCV takes a while

    places: dict[str, list[Path]] = {}
    for place in folders_in(path):
        if split := split_of(place.name):
            places.setdefault(split, []).append(place)
    if "train" in places and (len(places) > 1 or class_folders(places["train"][0])):
        by_split = {split: _only(found, split) for split, found in places.items()}
        if others := [place.name for place in folders_in(path) if not split_of(place.name)]:
            report.note(f"folders in {path} are left out, because they are named for no split: {', '.join(others[:5])}")
        names = classes or tuple(child.name for child in class_folders(by_split["train"]))
        parts = {split: read_pictures(place, names, report) for split, place in by_split.items()}
        return _with_test(parts, report), names
    if places_of_classes := class_folders(path):
        names = classes or tuple(child.name for child in places_of_classes)
        images, labels = read_pictures(path, names, report)
        end = len(labels) - len(labels) // 10
        return {"train": (images[:end], labels[:end]), "test": (images[end:], labels[end:])}, names
    return None
