"""What README and the pages of docs name exists, what they show runs, and their numbers are the measured ones."""

import contextlib
import dataclasses
import functools
import importlib
import inspect
import io
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from lenet_tf1 import catalogue, plot
from lenet_tf1.__main__ import COMMANDS
from lenet_tf1.app import server
from lenet_tf1.app.server import application
from lenet_tf1.base.report import QUIET
from lenet_tf1.recipes import find_recipe

ROOT = Path(__file__).parent.parent
LANGUAGES = ["README.md", "README.zh-CN.md"]
DOCS = sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))
PAGES = [*LANGUAGES, *DOCS, "checkpoints/README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
OTHERS_OPTIONS = {"--full", "--pdb", "--seeds", "--logdir", "--data-binary", "--check"}  # pytest's and so on
OTHERS_OPTIONS |= {"--rm", "--read-only", "--user", "--cpus"}  # docker's
FAMILY = ["speedrun", "sprint", "lap", "mile", "marathon"]  # the recipes for the least time to an accuracy
NAMES = {"Keras": "keras", "PyTorch": "pytorch", "JAX": "jax", "ONNX Runtime": "onnxruntime"}
NAMES |= {"OpenVINO": "openvino", "LiteRT": "litert"}


def read(page):
    return (ROOT / page).read_text(encoding="utf-8")


def code_lines(text):
    """Lines of code: what is set in backquotes or indented by four."""
    return re.findall(r"`([^`\n]+)`", text) + re.findall(r"^    (?:\$ )?(.*)$", text, re.MULTILINE)


def commands(text):
    """Every `python -m lenet_tf1.X ...` in code, as X and its arguments."""
    found = [match for line in code_lines(text) for match in re.findall(r"python -m lenet_tf1\.(\w+)([^&|`]*)", line)]
    return [(name, arguments.split()) for name, arguments in found]


def blocks(page):
    """The fenced blocks of Python."""
    return re.findall(r"^```python\n([\s\S]*?)^```$", read(page), re.MULTILINE)


def below(page, heading):
    """What stands between a heading and the next one."""
    return re.split(r"^#+ ", read(page).split(f"# {heading}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(page, heading=None):
    """The rows of the page's tables, or of those below a heading, as lists of cells without bold type."""
    text = read(page) if heading is None else below(page, heading)
    lines = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("|-")]
    return [[cell.strip().replace("**", "") for cell in line.strip("|").split("|")] for line in lines]


@functools.cache
def help_of(name, kind=None):
    module = importlib.import_module("lenet_tf1.app.__main__" if name == "app" else f"lenet_tf1.{name}")
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert module.main([*([kind] if kind else []), "--help"]) == 0
    return out.getvalue()


def options(text):
    return set(re.findall(r"--[a-z][a-z0-9-]*", text))


@functools.cache
def parameters(recipe):
    return f"{catalogue.parameters(find_recipe(recipe)):,}"


@functools.cache
def printed_recipes():
    return catalogue.table()


@functools.cache
def compared():
    return json.loads(read("benchmarks/compare.json"))


@functools.cache
def raced():
    """The runs of benchmarks/curve.py, by label."""
    return json.loads(read("benchmarks/curve.json"))["runs"]


def seconds_of(runs):
    low, middle, high = np.percentile([run["seconds"] for run in runs], [25, 50, 75])
    return f"{middle:.1f} s ± {(high - low) / 2:.1f}" if len(runs) > 1 else f"{middle:.1f} s"


def mean_and_deviation(shares):
    return f"{100 * statistics.mean(shares):.2f} ± {100 * statistics.stdev(shares):.2f} %"


def percent(share):
    return f"{share:.2%}".replace("%", " %")


# What is named exists.


@pytest.mark.parametrize("page", PAGES)
def test_every_path_is_there(page):
    text, folder = read(page), (ROOT / page).parent
    places = re.findall(r"\]\(([^)#]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    places = [folder / place for place in places if "://" not in place]
    named = r"\b(?:tests|docs|benchmarks|lenet_tf1)/[\w./]*\w"
    places += [ROOT / place for line in code_lines(text) for place in re.findall(named, line) if page not in LANGUAGES]
    places += [ROOT / place for place in re.findall(r"python ((?:benchmarks|docs)/\w+\.py)", text)]
    assert not [str(place) for place in places if not place.exists()]


@pytest.mark.parametrize("page", PAGES)
def test_every_heading_that_is_linked_is_there(page):
    for target, anchor in re.findall(r"\]\(([^)#]*)#([^)]+)\)", read(page)):
        text = (ROOT / page).parent.joinpath(target).read_text(encoding="utf-8") if target else read(page)
        headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
        assert anchor in anchors


@pytest.mark.parametrize("page", PAGES)
def test_every_command_and_option_is_there(page):
    for name, arguments in commands(read(page)):
        kind = arguments[0] if name == "plot" and arguments and arguments[0] in plot.KINDS else None
        known = options(help_of(name, kind)) | (options(help_of("train")) if name == "cluster" else set())
        assert options(" ".join(arguments)) <= known, name


@pytest.mark.parametrize("page", PAGES)
def test_options_that_are_named_alone_are_there(page):
    known = OTHERS_OPTIONS.union(*(options(help_of(name)) for name in COMMANDS if name != "plot"))
    known |= set().union(*(options(help_of("plot", kind)) for kind in plot.KINDS))
    named = options("\n".join(code_lines(read(page))))
    assert named <= known, named - known


def test_there_are_commands_to_look_at():
    named = {name for page in [*LANGUAGES, *DOCS] for name, _ in commands(read(page))}
    assert named == set(COMMANDS)


def test_every_kind_of_plot_has_a_row():
    assert [row[0].strip("`") for row in rows("docs/plots.md", "plot")][1:] == list(plot.KINDS)


def test_every_module_has_its_place_in_the_layout():
    text = read("docs/layout.md")
    package = ROOT / "lenet_tf1"
    modules = [path for path in package.rglob("*.py") if not path.stem.startswith("__")]
    assert len(modules) > 40
    assert not [path.name for path in modules if f"`{path.stem}`" not in text]
    named = {name for row in rows("docs/layout.md") if row[0] != "module" for name in re.findall(r"`(\w+)`", row[0])}
    assert named <= {path.stem for path in modules}


def test_the_order_of_imports_is_the_tested_one():
    floors = importlib.import_module("test_import_order").FLOORS
    line = next(line for line in read("docs/layout.md").splitlines() if line.startswith("    base < "))
    shown = [set(floor.strip().split(", ")) for floor in line.split("<")]
    assert shown == [floor - {"__main__"} for floor in floors if floor != {"__init__"}]


def test_every_request_of_the_server_is_described():
    shown = {tuple(row[0].strip("`").split()) for row in rows("docs/reading.md", "HTTP")} - {("request",)}
    routes = {
        (min(route.methods - {"HEAD"}), re.sub("/why/.*", "/why/{method}", route.path))
        for route in application(Mock(), None).routes
        if route.path not in server._FILES
    }
    assert shown == routes


# README is short, and links each page once.


def test_the_front_page_is_short():
    assert 900 <= len(read("README.md").split()) <= 1500


def test_its_tables_have_five_columns_at_most():
    for page in LANGUAGES:
        assert max(map(len, rows(page))) <= 5


@pytest.mark.parametrize("readme", LANGUAGES)
def test_every_page_of_docs_is_linked_once(readme):
    assert len(DOCS) >= 7
    linked = re.findall(r"\]\((docs/[^)]+\.md)\)", read(readme))
    assert sorted(linked) == DOCS
    for page in ("CONTRIBUTING.md", "CHANGELOG.md"):
        assert read(readme).count(f"]({page})") == 1


def test_document_000_is_explained_where_it_is_first_named():
    text = read("README.md")
    start = text.index("document 000")
    assert "Feng Lepeng" in text[start : start + 400]


def test_both_languages_have_the_same_code():
    english, chinese = map(read, LANGUAGES)
    assert commands(english) == commands(chinese)
    for pattern in (r"^    .*$", r"^```python$[\s\S]*?^```$", r'src="[^"]+"', r"^#+ .*$"):
        one, other = (re.findall(pattern, text, re.MULTILINE) for text in (english, chinese))
        assert len(one) == len(other) > 0
        if not pattern.startswith("^#"):
            assert one == other


def test_both_languages_have_the_same_numbers():
    numbers = [[re.findall(r"\d[\d,.]*", " ".join(row)) for row in rows(page)] for page in LANGUAGES]
    assert numbers[0] == numbers[1]


def test_the_workflow_runs_the_commands_of_the_readme():
    workflow = read(".github/workflows/tests.yml")
    shown = re.findall(r"^    (python3 -m venv .*)$", read("README.md"), re.MULTILINE)
    assert len(shown) == 2
    for command in shown:
        assert f"run: {command}{'' if command.endswith('pytest') else ' --epochs 1'}\n" in workflow
    for python in ("3.10", "3.13"):
        assert f'"{python}"' in workflow


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_left_to_be_filled_in(page):
    assert not re.search(r"OVERHEAD|TODO|XXX|@[A-Z]+@", read(page))


# Numbers are the measured ones.


@pytest.mark.parametrize("page", [*LANGUAGES, "docs/training.md"])
def test_the_accuracies_are_the_measured_ones(page):
    shown = [row for row in rows(page) if row[0].startswith("`") and "± " in " ".join(row)]
    entries = list(catalogue.measured().values())
    assert len(entries) >= 11
    for entry in entries:
        kinds = [row for row in shown if row[0].startswith(f"`{entry['recipe']}`, {entry['precision']}")]
        wanted = {str(len(entry["runs"])), mean_and_deviation([run["test_accuracy"] for run in entry["runs"]])}
        if page in LANGUAGES:
            wanted.add(parameters(entry["recipe"]))
        else:
            wanted.add(mean_and_deviation([run["validation_accuracy"] for run in entry["runs"]]))
            wanted.add(percent(entry["together"]))
        assert any(wanted <= set(row) for row in kinds), (entry["recipe"], wanted)
    if page in LANGUAGES:
        lap = [run["accuracy"] for run in raced()["lap"]]
        row = next(row for row in shown if row[0] == "`lap`, bf16")
        assert row[2:] == [parameters("lap"), str(len(lap)), mean_and_deviation(lap)]
    assert len(shown) == len(entries) + (page in LANGUAGES)


@pytest.mark.parametrize("readme", LANGUAGES)
def test_the_four_numbers_are_the_measured_ones(readme):
    first = rows(readme)[1:5]
    for row, name in zip(first, ("lenet", "best"), strict=False):
        runs = catalogue.measured()[f"{name} bf16"]["runs"]
        assert row[0] == percent(statistics.mean(run["test_accuracy"] for run in runs))
        assert f" {statistics.median(run['train_seconds'] for run in runs):.0f} " in row[1]
        assert row[2].split()[0] == str(len(runs))
        assert f"`{name}`" in row[1]
    runs = raced()["lap"]
    assert first[2][0] == f"{statistics.median(run['seconds'] for run in runs):.1f} s"
    assert percent(statistics.mean(run["accuracy"] for run in runs)) in first[2][1]
    assert "`lap`" in first[2][1]
    assert first[2][2].split()[0] == str(len(runs))
    pens = next(row for row in rows("docs/reading.md", "How well real writing is read") if "digits of pens" in row[0])
    assert (first[3][0], first[3][2].split()[0]) == (pens[2], pens[1])


def test_the_trainings_took_as_long_as_is_said():
    shown = rows("docs/speed.md", "A whole training")[1:]
    assert len(shown) == 3
    for name, n, training, speed in shown:
        runs = catalogue.measured()[name.replace("`", "").replace(",", "")]["runs"]
        assert n == str(len(runs))
        assert training == f"{statistics.median(run['train_seconds'] for run in runs):.0f} s"
        assert speed == f"{statistics.median(run['images_per_second'] for run in runs):,.0f}"


def test_the_ratios_are_those_of_compare():
    tables = [row for row in rows("docs/speed.md", "Speed")[1:] if row[0].split(",")[0] in NAMES]
    peers = [label for label in compared()["peak_megabytes"] if not label.startswith("lenet_tf1")]
    assert len(peers) >= 5
    assert [f"{NAMES[peer]} {precision}" for peer, precision in (row[0].split(", ") for row in tables)] == peers * 2
    for row, is_best in zip(tables, [False] * len(peers) + [True] * len(peers), strict=True):
        peer, precision = row[0].split(", ")
        for task, shown in zip(compared()["per_second"], row[1:], strict=True):
            speeds = compared()["per_second"][task]
            theirs = speeds.get(f"{NAMES[peer]} {precision}")
            if theirs is None:
                assert shown == ""
                continue
            ours = speeds[f"lenet_tf1 {precision}"]
            low, middle, high = np.percentile(np.array(ours) / np.array(theirs), [25, 50, 75])
            wanted = f"{max(ours) / max(theirs):.2f}" if is_best else f"{middle:.2f} ± {(high - low) / 2:.2f}"
            assert shown == wanted, (row[0], task)


def test_the_versions_are_those_of_compare():
    versions = compared()["versions"]
    text = " ".join(read("docs/speed.md").split())
    compared_with = {name: key for name, key in NAMES.items() if key in versions}
    assert len(compared_with) >= 3
    for name, key in {"TensorFlow": "tensorflow", **compared_with}.items():
        assert f"{name} {versions[key].split('+')[0]}" in text
    assert f"medians of {compared()['rounds']} rounds" in text


def test_the_times_to_an_accuracy_are_those_of_the_curve():
    shown = {row[0].replace("`", "").split(":")[0]: row[1:] for row in rows("docs/speed.md", "To an accuracy")[1:]}
    assert set(shown) == set(raced())
    for label, (n, seconds, accuracy) in shown.items():
        runs = raced()[label]
        assert n == str(len(runs))
        assert seconds == seconds_of(runs)
        accuracies = [run["accuracy"] for run in runs]
        assert accuracy == (mean_and_deviation(accuracies) if len(runs) > 1 else percent(accuracies[0]))


@pytest.mark.parametrize(("name", "aim"), [*zip(FAMILY, (0.99, 0.993, 0.994, 0.995, 0.996), strict=True)])
def test_the_family_reaches_what_it_is_for(name, aim):
    assert len(raced()[name]) >= 10
    assert (
        round(statistics.mean(run["accuracy"] for run in raced()[name]), 3) >= aim
    )  # as it is said: in tenths of a per cent


def test_the_shares_of_the_machine_are_those_of_compare(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    flops = importlib.import_module("compare").FLOPS
    shown = {row[0]: row[1:] for row in rows("docs/speed.md", "Speed")}
    for precision in ("bf16", "fp32"):
        limit = compared()["ceilings"][f"{precision}_gflops"] * 1e9
        for task, share in zip(flops, shown[precision], strict=True):
            speed = statistics.median(compared()["per_second"][task][f"lenet_tf1 {precision}"])
            assert share == f"{speed * flops[task] / limit:.0%}".replace("%", " %")


def test_the_list_of_recipes_is_the_printed_one():
    assert "\n".join(f"    {line}" for line in printed_recipes().splitlines()) in read("docs/training.md")


def test_what_the_list_of_recipes_leaves_to_the_readme_is_there():
    starred = re.findall(r"^(\S+)\* ", printed_recipes(), re.MULTILINE)
    assert starred
    for name in starred:
        assert f"`{name}` had " in read("README.md")


# Code is what is there, and runs.


def test_lenet_is_shown_as_it_stands():
    from lenet_tf1.graph.networks import lenet

    shown = blocks("README.md")[0].splitlines()
    source = inspect.getsource(lenet)
    without_docstring = source.replace(f'    """{lenet.__doc__}"""\n', "")
    assert without_docstring != source
    assert shown == without_docstring.splitlines()


@pytest.fixture
def short_training(small_recipe, tmp_path, monkeypatch):
    """A folder in which `train` takes three steps on few images."""
    from lenet_tf1 import train as module

    train = module.train

    def train_shortly(recipe, run_dir):
        return train(dataclasses.replace(recipe, dataset=small_recipe.dataset, steps=3), run_dir, report=QUIET)

    monkeypatch.setattr(module, "train", train_shortly)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("mine", None)


def test_the_python_runs(short_training):
    exec(blocks("README.md")[1], {})
    assert (short_training / "checkpoints" / "mine" / "result.json").exists()
    assert (short_training / "features.png").exists()


@pytest.mark.full
def test_a_network_of_ones_own_is_trained_and_evaluated(short_training):
    module, training = blocks("README.md")[2:]
    assert module.startswith("# mine.py\n")
    (short_training / "mine.py").write_text(module)
    exec(training, {})
    command = ["-m", "lenet_tf1.evaluate", "checkpoints/tiny"]
    assert f"python {' '.join(command)}" in read("README.md")
    result = subprocess.run([sys.executable, *command], cwd=short_training, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stderr
    assert "Accuracy on Test-Set" in result.stdout
