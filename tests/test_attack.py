import json

import pytest

from lenet_tf1.attack import attack, main
from lenet_tf1.base.errors import InputError
from lenet_tf1.inference import attacks

QUICK = ["--images", "60", "--steps", "3", "--epsilons", "0.2", "0", "0.1"]


def test_a_table_of_80_columns_and_a_picture(run_dir, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(attacks, "_NOISE_STEPS", 3)
    out = tmp_path / "attack.png"
    assert main([str(run_dir), *QUICK, "--target", "8", "--out", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert out.read_bytes().startswith(b"\x89PNG")
    assert max(map(len, lines[:-1])) <= 80
    assert lines[1] == "FGSM in one step, PGD in 3 from 1 start, seed 0."
    assert [line.split()[0] for line in lines[5:8]] == ["0.000", "0.100", "0.200"]
    assert lines[-1] == f"Saved to {out}"


def test_json_is_one_object_with_the_same_numbers(run_dir, capsys):
    assert main([str(run_dir), *QUICK, "--restarts", "2", "--seed", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    again = attack(run_dir, images=60, steps=3, epsilons=[0, 0.1, 0.2], restarts=2, seed=3)
    assert found == again.to_json()
    assert {name: found[name] for name in ("split", "images", "steps", "restarts", "seed", "target")} == {
        "split": "test",
        "images": 60,
        "steps": 3,
        "restarts": 2,
        "seed": 3,
        "target": None,
    }
    clean, *others = found["strengths"]
    assert clean["epsilon"] == 0 and clean["fgsm"] == clean["pgd"]
    assert all(row["pgd"] <= clean["pgd"] and row["noise"] is None for row in others)


def test_no_more_images_than_there_are(run_dir):
    assert attack(run_dir, images=10**9, epsilons=[0], steps=1).images == 300


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"images": 0}, "images must be 1 or more, not 0"),
        ({"steps": 0}, "steps must be 1 or more, not 0"),
        ({"restarts": -1}, "restarts must be 1 or more, not -1"),
        ({"seed": -1}, "seed must be 0 or more, not -1"),
        ({"epsilons": [0.1, 1.5]}, "epsilons go from 0 to 1"),
        ({"epsilons": [float("nan")]}, "epsilons go from 0 to 1"),
        ({"epsilons": []}, "epsilons go from 0 to 1"),
        ({"split": "dev"}, "there is no split named dev"),
        ({"target": "x"}, "there is no class x; there are 0, 1, 2"),
        ({"recipe": "lenett"}, "there is no recipe named lenett"),
    ],
)
def test_what_cannot_be_is_a_sentence(run_dir, options, said):
    with pytest.raises(InputError, match=said):
        attack(run_dir, **options)


def test_errors_of_the_command_are_one_line(run_dir, capsys):
    for arguments in (["nowhere"], [str(run_dir), "--out", "picture.doc"], [str(run_dir), "--epsilons", "x"]):
        assert main(arguments) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err.count("\n") == 1
