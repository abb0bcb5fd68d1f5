import ast
from pathlib import Path

import pytest

import lenet_tf1
from lenet_tf1.base.errors import InputError
from lenet_tf1.base.report import Report, visible
from lenet_tf1.recipes import Recipe

NASTY = {
    "an escape sequence": "\x1b[2J\x1b]0;title\x07",
    "a line break": "one\nlenet_tf1: all is well",
    "a carriage return": "one\rtwo",
    "another way to break lines": "one\u2028two\x85three\x0bfour",
    "a mark of direction": "gpj.\u202egnp",
    "half a pair": "\udce4",
    "a null": "a\0b",
    "an eight-bit escape": "\x9b2J",
}


@pytest.mark.parametrize("name", NASTY.values(), ids=NASTY)
def test_notes_are_one_line_without_control_characters(name, capsys):
    Report().note(f"{name} can't be read")
    said = capsys.readouterr().err
    assert said.endswith(" can't be read\n")
    assert said.removesuffix("\n").isprintable()
    assert "\\" in said


@pytest.mark.parametrize("name", NASTY.values(), ids=NASTY)
def test_lines_break_where_they_should_and_hold_no_control_characters(name, capsys):
    Report().line(f"{visible(name)}: 7\n\tand more")
    first, second = capsys.readouterr().out.removesuffix("\n").split("\n")
    assert first.isprintable()
    assert second == "\tand more"
    Report().line(name)
    assert capsys.readouterr().out.replace("\n", "").isprintable()


def test_what_can_be_printed_stays():
    assert visible("数字 é £ 😀 \\x1b") == "数字 é £ 😀 \\x1b"


@pytest.mark.parametrize("name", NASTY.values(), ids=NASTY)
@pytest.mark.parametrize("field", ["name", "network", "dataset", "data_dir", "classes"])
def test_recipes_have_no_such_names(name, field):
    fields = Recipe("mine").to_json() | {field: ["a", name] if field == "classes" else name}
    with pytest.raises(InputError) as error:
        Recipe.from_json(fields)
    assert str(error.value).isprintable()


PRINTING = ("base/report.py", "__main__.py", "runs/foreign.py", "data/matlab.py", "data/parquet.py")


def test_only_reports_print():
    """One place writes to a terminal, besides the list of commands and what children answer."""
    folder = Path(lenet_tf1.__file__).parent
    for path in folder.rglob("*.py"):
        if path.relative_to(folder).as_posix() not in (
            "base/report.py",
            "__main__.py",
            "runs/foreign.py",
            "data/matlab.py",
            "data/parquet.py",
        ):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                assert getattr(called, "id", "") != "print", f"{path}:{node.lineno}"
