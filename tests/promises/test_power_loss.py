"""Whatever a power cut leaves of a save, the run directory has the old checkpoint or the new one.

The file operations of saves are recorded from the small set of calls in files.py, and every prefix of
them is replayed on a model of a disk: what was not synced is lost, or half there, as on real ones.
"""

import random
from pathlib import Path

import pytest
import tensorflow.compat.v1 as tf
from conftest import FAILING

from lenet_tf1.base import files
from lenet_tf1.base.errors import InputError
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints
from lenet_tf1.runs.manifest import Progress

SAVES = 6  # enough for pruning to begin


class Disk:
    """Files and folders as a program sees them, and as they are on the disk."""

    def __init__(self, root):
        self.root = {"seen": {}, "kept": {}}
        self.top = root

    def _folder(self, path):
        node = self.root
        for name in path.relative_to(self.top).parts:
            node = node["seen"][name]
        return node

    def make_folder(self, path):
        self._folder(path.parent)["seen"][path.name] = {"seen": {}, "kept": {}}

    def create(self, path, data):
        self._folder(path.parent)["seen"][path.name] = {"data": data, "kept": None}

    def sync(self, path):
        node = self._folder(path)
        node["kept"] = node["data"] if "data" in node else dict(node["seen"])

    def move(self, source, target):
        self._folder(target.parent)["seen"][target.name] = self._folder(source.parent)["seen"].pop(source.name)

    def remove(self, path):
        self._folder(path.parent)["seen"].pop(path.name, None)

    def after_power_loss(self, target, chance):
        """Write what is left: with chance None nothing that wasn't synced, else some of it, by chance."""

        def write(node, path):
            if "data" in node:
                content = node["kept"]
                if content is None:  # never synced: empty, a part of it, or luckily whole
                    content = node["data"][: 0 if chance is None else chance.choice([0, len(node["data"]) // 2, None])]
                path.write_bytes(content)
                return
            path.mkdir()
            entries = dict(node["kept"])
            if chance is not None:
                for name in node["kept"].keys() | node["seen"].keys():
                    if chance.random() < 0.5:  # this entry's latest change did reach the disk
                        entries.pop(name, None)
                        if name in node["seen"]:
                            entries[name] = node["seen"][name]
            for name, entry in entries.items():
                write(entry, path / name)

        write(self.root, target)


def record(monkeypatch, run_dir):
    """Make SAVES saves; returns the operations, each (name, arguments), and where each save had returned."""
    operations, returned = [], []

    def recorded(name):
        original = getattr(files, name)

        def wrapper(*arguments):
            if name != "remove" or arguments[0].exists():
                operations.append((name, arguments))
            return original(*arguments)

        return wrapper

    def save(prefix):
        for suffix in (".index", ".data-00000-of-00001"):
            data = f"{prefix}{suffix}".encode() * 50
            Path(prefix + suffix).write_bytes(data)
            operations.append(("create", (Path(prefix + suffix), data)))

    for name in ("make_folder", "create", "sync", "move", "remove"):
        monkeypatch.setattr(files, name, recorded(name))
    history = []
    for step in range(1, SAVES + 1):
        history.append(
            {"epoch": step, "step": step, "validation_accuracy": 1 - abs(step - 2) / 9, "validation_loss": 0.0}
        )
        checkpoints.commit(
            run_dir,
            recipe=find_recipe("lenet"),
            step=step,
            progress=Progress(history=history),
            provenance={},
            save=save,
        )
        returned.append(len(operations))
    monkeypatch.undo()
    return operations, returned


def test_every_prefix_of_the_operations_recovers(tmp_path, monkeypatch, capsys):
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    operations, returned = record(monkeypatch, run_dir)
    assert {name for name, _ in operations} == {"make_folder", "create", "sync", "move", "remove"}
    states = 0
    for length in range(len(operations) + 1):
        finished = sum(end <= length for end in returned)
        for variant in range(9):
            disk = Disk(run_dir)
            for name, arguments in operations[:length]:
                getattr(disk, name)(*arguments)
            left = tmp_path / f"left-{length}-{variant}"
            disk.after_power_loss(left, random.Random(variant) if variant else None)
            files.remove_temporaries(left)
            newest = checkpoints.newest(left, FAILING)  # nothing damaged is even there to be passed over
            step = newest.step if newest else 0
            assert step in (finished, finished + 1)
            if newest:
                best = checkpoints.best(left, FAILING)
                assert best.step == min(step, 2)
            if finished:
                found = tf.train.latest_checkpoint(str(left))
                assert found is None or checkpoints.verify(Path(found).parent)
            states += 1
    with capsys.disabled():
        print(f"\n{len(operations)} operations of {SAVES} saves: {states} states after a power cut, all recovered")


@pytest.mark.parametrize("forgotten", ["files", "folders"])
def test_the_model_would_notice_a_forgotten_sync(tmp_path, monkeypatch, forgotten):
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    operations, _ = record(monkeypatch, run_dir)
    disk = Disk(run_dir)
    for name, arguments in operations:
        is_file = arguments[0].name.startswith(("model", "manifest"))
        if name != "sync" or is_file != (forgotten == "files"):
            getattr(disk, name)(*arguments)
    disk.after_power_loss(tmp_path / "left", None)
    if forgotten == "files":
        with pytest.raises(InputError, match="none can be used"):
            checkpoints.newest(tmp_path / "left")
    else:
        assert checkpoints.newest(tmp_path / "left") is None
