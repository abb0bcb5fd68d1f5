"""docs/formats.md says what is tested: each row names a test, and the test is there."""

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "formats.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the docs are not beside the tests")
def test_each_row_of_the_formats_is_a_test():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| (?!format|-)", line)]
    assert len(rows) > 30
    for row in rows:
        file, name = re.search(r"`([\w/]+\.py)::(\w+)` \|$", row).groups()
        tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, row
