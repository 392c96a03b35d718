"""The prose of the package: docstrings begin with a verb or a noun, never with a clause."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.package_source import PACKAGE, modules, nodes

A_CLAUSE = re.compile(r"\s*(What|Whatever|Who|Whoever|Whose|Which|Where|How|Whether)\b")


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield every docstring with its place; the text below a variable or a field is one, too."""
    for name, path in modules().items():
        for node in nodes(name):
            if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Constant):
                continue
            if isinstance(node.value.value, str):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno}", node.value.value


def test_no_docstring_begins_with_a_clause() -> None:
    assert [place for place, text in docstrings() if A_CLAUSE.match(text)] == []


def test_every_docstring_ends_with_a_full_stop() -> None:
    """Its first paragraph, that is; one may end in a colon before a list."""
    firsts = ((place, text.strip().partition("\n\n")[0]) for place, text in docstrings())
    assert [place for place, first in firsts if not first.endswith((".", ":"))] == []
