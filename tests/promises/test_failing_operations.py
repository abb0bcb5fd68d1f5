"""Each operation of the system on a file failing once: one sentence that names a file, and the checkpoints before."""

import builtins
import errno
import io
import json
import os
import re
from pathlib import Path

import pytest

from lenet_tf1.base import console, files
from lenet_tf1.recipes import find_recipe
from lenet_tf1.runs import checkpoints, directory
from lenet_tf1.runs.manifest import Progress

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE)
# What tells its file in the error, as the system's own calls do; the others tell none.
NAMED = [(os, name) for name in ("open", "mkdir", "replace", "unlink", "rmdir", "scandir", "listdir")]
NAMED += [(io, "open"), (builtins, "open")]
UNNAMED = [(os, "fsync"), (os, "ftruncate"), (os, "write"), (Path, "write_bytes")]
STEPS = 5  # saves, of which pruning removes one


def write_a_run(run):
    """What a training does with files, without TensorFlow: its checkpoints are a few bytes."""

    def save(prefix):
        for suffix in (".index", ".data-00000-of-00001"):
            files.create(Path(prefix + suffix), prefix.encode())

    with directory.exclusive(run):
        latest = checkpoints.newest(run)
        history = latest.manifest.progress.history if latest else []
        directory.write_json(run / "recipe.json", find_recipe("lenet").to_json())
        for step in range(latest.step + 1 if latest else 1, STEPS + 1):
            row = {"epoch": step, "step": step, "validation_accuracy": step / 9, "validation_loss": 0.0}
            history = [*history, row]
            checkpoints.commit(
                run,
                recipe=find_recipe("lenet"),
                step=step,
                progress=Progress(history=history),
                provenance={},
                save=save,
            )
            directory.write_metrics(run, history)
        directory.write_json(run / "result.json", {"seed": 0})


@console.command
def main(argv):
    write_a_run(Path(argv[0]))


class Injected:
    """While entered, the call number `point` of those that touch the folder fails with the error."""

    def __init__(self, folder, point, error):
        self.folder, self.point, self.error, self.calls = str(folder), point, error, 0
        self.failed = None  # which one did

    def __enter__(self):
        self.patch = pytest.MonkeyPatch()
        for owner, name in [*NAMED, *UNNAMED]:
            self.patch.setattr(owner, name, self._wrapped(getattr(owner, name), name, (owner, name) in NAMED))
        return self

    def __exit__(self, *exception):
        self.patch.undo()

    def _wrapped(self, original, name, named):
        def call(*arguments, **options):
            place = arguments[0] if arguments else "."
            mine = isinstance(place, int) or str(place).startswith(self.folder) or options.get("dir_fd") is not None
            if (mine and name != "unlink") or (mine and Path(str(place)).exists()):  # there is nothing to fail at else
                self.calls += 1
                if self.calls == self.point:
                    self.failed = name
                    said = (str(place),) if named and not isinstance(place, int) else ()
                    raise OSError(self.error, os.strerror(self.error), *said)
            return original(*arguments, **options)

        return call


def test_the_run_is_what_training_writes(tmp_path):
    assert main([str(tmp_path / "run")]) == 0
    assert [folder.name for folder in directory.checkpoint_folders(tmp_path / "run")] == [
        f"step-{step:08d}" for step in (5, 4, 3)
    ]
    assert len(directory.read_result(tmp_path / "run")) == 1


def failures(tmp_path, errors, every):
    """The run of `write_a_run` with one operation of `every` failing once; yields what failed, and how it ended."""
    for number, error in enumerate(errors):
        for point in range(1 + number, 10_000, every):
            run = tmp_path / f"{errno.errorcode[error]}-{point}" / "run"
            run.parent.mkdir()
            with Injected(run, point, error) as injected:
                code = main([str(run)])
            if injected.failed is None:
                break
            yield injected.failed, error, run, code


@pytest.mark.parametrize("every", [pytest.param(29, id="quick"), pytest.param(1, id="full", marks=pytest.mark.full)])
def test_each_operation_failing_once(tmp_path, capsys, every):
    cases = passed = 0
    for name, error, run, code in failures(tmp_path, ERRORS, every):
        said = capsys.readouterr().err
        case = f"{name} as {errno.errorcode[error]} in {run}: {code}, {said!r}"
        assert "Traceback" not in said, case
        assert code in (0, 2), case
        if code == 2:
            assert said.count("\n") == 1, case
            assert str(run) in said, case
            assert "the output" not in said, case
            assert os.strerror(error) in said or re.search("damaged|none can be used", said), case
        else:
            passed += 1  # what only tidies up, or is done again
        assert main([str(run)]) == 0, case  # and once it works again, it goes on
        assert checkpoints.newest(run).step == STEPS, case
        assert json.loads((run / "result.json").read_bytes()) == {"seed": 0}, case
        capsys.readouterr()
        cases += 1
    assert cases > 1000 / every
    with capsys.disabled():
        print(f"\n{cases} operations failing once: {cases - passed} told in a sentence each, {passed} did no harm")
