"""Hugging Face's parquet files of pictures: a column `image` of files in bytes and a column `label`, by pyarrow.

They are read in a child process, because the readers of such files are large and not made for hostile ones.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lenet_tf1.base import child, system
from lenet_tf1.base.errors import InputError
from lenet_tf1.data import images
from lenet_tf1.data.pictures import prepared

_TIMEOUT = 600  # seconds
_MEGABYTES = 12 << 10  # of address space, of which pyarrow reserves most
_MOST = 1_000_000  # pictures
_LARGEST_ROWS = 512 << 20  # bytes of a row group, unpacked
_ROWS = 1024  # at a time


def read_parquet(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray, tuple[str, ...] | None]:
    """Read the parquet files of one split.

    Returns
    -------
    images : ndarray
        uint8 [n, 28, 28]: pictures of that size as they are, others as MNIST's are made.
    labels : ndarray
        int64 [n].
    names : tuple of str or None
        The classes', where the files tell them.

    Raises
    ------
    InputError
        For anything else, or without pyarrow.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = child.ask("lenet_tf1.data.parquet", [folder, *map(str, paths)], timeout=_TIMEOUT)
        if "missing" in answer:
            raise InputError(f"{paths[0]} needs pyarrow: pip install 'lenet_tf1[import]' ({answer['missing']})")
        if "unreadable" in answer:
            raise InputError(f"{paths[0]} holds no pictures with labels ({answer['unreadable']})")
        found = [np.load(Path(folder) / f"{key}.npy", allow_pickle=False) for key in ("images", "labels")]
    return found[0], found[1], tuple(answer["names"]) or None


def _read_here(folder: str, paths: Sequence[str]) -> dict[str, Any]:
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        return {"missing": str(error)}
    system.limit_memory(_MEGABYTES)
    try:
        pixels: list[np.ndarray] = []
        labels: list[int] = []
        names: list[str] = []
        for path in paths:
            with parquet.ParquetFile(path) as file:
                names = _class_names(file.schema_arrow.metadata or {}) or names
                for picture, label in _rows(file, len(labels)):
                    pixels.append(prepared(images.decode(picture, f"picture {len(labels):,}")))
                    labels.append(label)
        if not labels:
            return {"unreadable": "it has no rows"}
        np.save(Path(folder) / "images.npy", np.stack(pixels))
        np.save(Path(folder) / "labels.npy", np.array(labels, np.int64))
        return {"names": names}
    except InputError as error:
        return {"unreadable": str(error)}
    except Exception as error:  # whatever a damaged file makes of pyarrow
        return {"unreadable": (str(error).splitlines() or [type(error).__name__])[0][:200]}


def _rows(file: Any, before: int) -> Iterator[tuple[bytes, int]]:
    names = file.schema_arrow.names
    image = next((name for name in ("image", "img", "picture") if name in names), None)
    label = next((name for name in ("label", "labels", "class") if name in names), None)
    if image is None or label is None:
        raise InputError(f"its columns are {', '.join(names)[:200]}, not image and label")
    about = file.metadata
    if about.num_rows + before > _MOST:
        raise InputError(f"it holds more than {_MOST:,} pictures")
    if any(about.row_group(i).total_byte_size > _LARGEST_ROWS for i in range(about.num_row_groups)):
        raise InputError(f"it holds rows of more than {_LARGEST_ROWS >> 20} MiB together")
    for batch in file.iter_batches(_ROWS, columns=[image, label], use_threads=False):
        for row in batch.to_pylist():
            picture = row[image].get("bytes") if isinstance(row[image], dict) else row[image]
            if not isinstance(picture, bytes) or not isinstance(row[label], int):
                raise InputError("a row has no picture in bytes, or a label that is no whole number")
            yield picture, row[label]


def _class_names(metadata: dict[bytes, bytes]) -> list[str]:
    # What Hugging Face's library notes of a label's names.
    try:
        names = json.loads(metadata[b"huggingface"])["info"]["features"]["label"]["names"]
        return names if all(isinstance(name, str) and name.isprintable() and name for name in names) else []
    except (KeyError, ValueError, TypeError, RecursionError):
        return []


if __name__ == "__main__":
    print(json.dumps(_read_here(sys.argv[1], sys.argv[2:])))
