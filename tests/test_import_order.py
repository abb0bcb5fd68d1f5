"""Imports run one way: the plan of the house in one list."""

import ast
from pathlib import Path

import pytest

import lenet_tf1

PACKAGE = Path(lenet_tf1.__file__).parent
# From the ground up. A room may import from its own and from those before it; the modules of one entry are rooms of
# the same floor, which don't know each other.
FLOORS = [
    {"__init__"},
    {"base"},
    {"recipes"},
    {"data"},
    {"graph"},
    {"runs"},
    {"inference"},
    {"figures"},
    {"training", "reading", "convert", "catalogue"},
    {"train", "evaluate", "predict", "plot", "export", "import_checkpoint", "attack", "search", "__main__"},
    {"app", "cluster"},
]
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def room(module):
    """The room of a dotted name or path below the package."""
    return (
        (module.split(".")[1:] or ["__init__"])[0] if isinstance(module, str) else module.parts[0].removesuffix(".py")
    )


def imported(path):
    """The modules of this package that a file imports, anywhere in it."""
    tree = ast.parse((PACKAGE / path).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lenet_tf1":
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                place = PACKAGE.joinpath(*inner.split(".")[1:])
                yield inner if place.with_suffix(".py").exists() or place.is_dir() else node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] == "lenet_tf1")


def test_every_module_has_its_floor():
    assert {room(path) for path in MODULES} == set(FLOOR)


@pytest.mark.parametrize("path", [path for path in MODULES if path != Path("__init__.py")], ids=str)
def test_no_import_goes_up(path):
    mine = room(path)
    for module in imported(path):
        other = room(module)
        assert other == mine or FLOOR[other] < FLOOR[mine], f"{path} imports {module}"


def test_there_are_no_circles():
    names = {"lenet_tf1." + ".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in MODULES}
    edges = {name: {module for module in imported(path) if module in names} for name, path in names.items()}
    done: set = set()

    def visit(name, trail):
        assert name not in trail, " -> ".join([*trail, name])
        if name not in done:
            for other in edges[name] - {"lenet_tf1"}:
                visit(other, [*trail, name])
            done.add(name)

    for name in edges:
        if name != "lenet_tf1":  # whose names are imported late
            visit(name, [])


@pytest.mark.parametrize("folder", ["data", "base/console.py", "base/files.py", "base/report.py", "recipes"])
def test_what_needs_no_tensorflow_has_none(folder):
    place = PACKAGE / folder
    for path in place.rglob("*.py") if place.is_dir() else [place]:
        names = {
            name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else
                [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            )
        }  # fmt: skip
        assert "tensorflow" not in names, path


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] == "graph"], ids=str)
def test_the_graph_opens_no_session_and_reads_no_file(path):
    text = (PACKAGE / path).read_text(encoding="utf-8")
    assert "Session(" not in text
    assert "open(" not in text
