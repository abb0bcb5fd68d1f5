"""Damage to any file of a checkpoint is seen, and the checkpoint before it is used."""

import random
import shutil

import pytest
from conftest import FAILING

from lenet_tf1.base.report import Recorded
from lenet_tf1.runs import checkpoints

NEWEST, BEFORE = "step-00000042", 28


@pytest.mark.parametrize("cases", [pytest.param(24, id="quick"), pytest.param(256, id="full", marks=pytest.mark.full)])
def test_cut_or_flipped_anywhere(run_dir, tmp_path, capsys, cases):
    run = shutil.copytree(run_dir, tmp_path / "run")
    names = sorted(path.name for path in (run / NEWEST).iterdir())
    chance = random.Random(cases)
    for case in range(cases):
        path = run / NEWEST / names[case % len(names)]
        original = path.read_bytes()
        place = chance.randrange(len(original))
        if case // len(names) % 2:
            broken = original[:place]
        else:
            broken = bytearray(original)
            broken[place] ^= 1 << chance.randrange(8)
        path.write_bytes(broken)
        report = Recorded()
        assert checkpoints.newest(run, report).step == BEFORE, (path.name, place)
        assert len(report.notes) == 1
        path.write_bytes(original)
    assert checkpoints.newest(run, FAILING).step == 42
    with capsys.disabled():
        print(f"\n{cases} damaged files of checkpoints, {cases} seen")
