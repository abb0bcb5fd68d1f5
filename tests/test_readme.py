"""What the READMEs name exists, and what they say was measured is what measured.json says."""

import dataclasses
import importlib
import re
import statistics
from pathlib import Path

import pytest

from lenet_tf1 import catalogue
from lenet_tf1.base.report import QUIET

ROOT = Path(__file__).parent.parent
READMES = ["README.md", "README.zh-CN.md", "checkpoints/README.md"]


def commands(text):
    """Every `python -m lenet_tf1.X ...` in code, without what isn't given to it."""
    code = re.findall(r"`([^`\n]+)`", text) + re.findall(r"^    (?:\$ )?(.*)$", text, re.MULTILINE)
    found = [match for line in code for match in re.findall(r"python -m lenet_tf1\.(\w+)([^&|`]*)", line)]
    return [(name, arguments.split()) for name, arguments in found]


@pytest.mark.parametrize("readme", READMES)
def test_every_path_is_there(readme):
    path = ROOT / readme
    text = path.read_text(encoding="utf-8")
    places = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    places = [place for place in places if "://" not in place]
    places += re.findall(r"python ((?:benchmarks|docs)/\w+\.py)", text)
    assert not [place for place in places if not (path.parent / place).exists()]


@pytest.mark.parametrize("readme", READMES[:2])
def test_every_heading_that_is_linked_is_there(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= anchors


@pytest.mark.parametrize("readme", READMES)
def test_every_command_and_option_is_there(readme, capsys):
    text = (ROOT / readme).read_text(encoding="utf-8")
    asked = commands(text)
    assert asked
    helps = {}
    for name, arguments in asked:
        kind = arguments[:1] if name == "plot" and arguments and arguments[0].isalpha() else []
        command = " ".join([name, *kind])
        if command not in helps:
            module = importlib.import_module("lenet_tf1.app.__main__" if name == "app" else f"lenet_tf1.{name}")
            assert module.main([*kind, "--help"]) == 0
            helps[command] = capsys.readouterr().out
        for word in arguments:
            if word.startswith("--"):
                assert word in helps[command], f"{command} has no {word}"


def test_options_that_are_named_alone_are_there(capsys):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    from lenet_tf1 import evaluate, plot, predict, train
    from lenet_tf1.app import __main__ as app

    known = "--full --seeds"  # pytest's and accuracy.py's
    for main, kinds in (
        (train.main, [[]]),
        (evaluate.main, [[]]),
        (predict.main, [[]]),
        (app.main, [[]]),
        (plot.main, [[kind] for kind in plot.KINDS]),
    ):
        for kind in kinds:
            main([*kind, "--help"])
            known += capsys.readouterr().out
    assert not [option for option in set(re.findall(r"`(--[a-z-]+)", text)) if option not in known]


def test_both_languages_have_the_same_code():
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in READMES[:2])
    assert commands(english) == commands(chinese)
    for pattern in (r"^    .*$", r"^```python$[\s\S]*?^```$", r'src="[^"]+"', r"^## .*$|^### .*$"):
        one, other = (re.findall(pattern, text, re.MULTILINE) for text in (english, chinese))
        assert len(one) == len(other)
        if not pattern.startswith("^##"):
            assert one == other


@pytest.mark.parametrize("readme", READMES[:2])
def test_the_results_are_the_measured_ones(readme):
    rows = [line for line in (ROOT / readme).read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    entries = catalogue.measured().values()
    assert len(entries) >= 11
    for entry in entries:
        kind = [row for row in rows if row.startswith(f"| `{entry['recipe']}`, {entry['precision']}")]
        runs = {name: [100 * run[name] for run in entry["runs"]] for name in entry["runs"][0]}
        accuracies = [
            f"{statistics.mean(runs[name]):.2f} ± {statistics.stdev(runs[name]):.2f} %"
            for name in ("validation_accuracy", "test_accuracy")
        ]
        speed = f"{statistics.median(run['images_per_second'] for run in entry['runs']):,.0f}"
        wanted = [*accuracies, f"{entry['together']:.2%}".replace("%", " %"), speed, f"| {len(entry['runs'])} |"]
        assert any(all(part in row for part in wanted) for row in kind), (entry["recipe"], wanted)


def test_the_list_of_recipes_is_the_printed_one():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "\n".join(f"    {line}" for line in catalogue.table().splitlines()) in text


@pytest.mark.parametrize("block", range(2))
def test_the_python_runs(block, small_recipe, tmp_path, monkeypatch):
    """On few images, which is what makes it short."""
    from lenet_tf1 import train as module

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n([\s\S]*?)^```$", text, re.MULTILINE)[block]
    train = module.train

    def train_shortly(recipe, run_dir):
        return train(dataclasses.replace(recipe, dataset=small_recipe.dataset, steps=3), run_dir, report=QUIET)

    monkeypatch.setattr(module, "train", train_shortly)
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec(code, scope)
    assert list(tmp_path.glob("checkpoints/*/result.json"))


def test_nothing_is_left_to_be_filled_in():
    for readme in READMES:
        assert not re.search(r"OVERHEAD|TODO|XXX", (ROOT / readme).read_text(encoding="utf-8"))
