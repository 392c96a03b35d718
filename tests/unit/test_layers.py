"""The imports between our modules, in the one order they may point: down."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

LAYERS = (
    {"errors", "settings_table", "unlogged", "credential_process"},
    {"aws_globals", "partitions", "person", "credentials", "assertion"},
    {"settings"},
    {"login", "aws_settings"},
    {"roles", "sts", "store", "capture"},  # the plugs: none imports another
    {"install", "demo", "renewal"},
    {"extension"},
    {"cli"},
    {"entry"},
    {"__main__"},
)
"""Rooms of the house, lowest first; a folder is one room and orders itself."""

PACKAGE = Path(__file__).parents[2] / "aws_saml_ext"


def room(module: str) -> str:
    """`capture.wire` is in the room `capture`."""
    return module.partition(".")[0]


def imported(path: Path) -> set[str]:
    """The rooms that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aws_saml_ext"):
            below = (node.module or "").removeprefix("aws_saml_ext").lstrip(".")
            found |= {room(below)} if below else {room(alias.name) for alias in node.names}
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            found |= {room(name[13:]) for name in names if name.startswith("aws_saml_ext.")}
    return found - {"__version__"}


def rooms() -> dict[Path, str]:
    return {
        path: room(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
        for path in PACKAGE.rglob("*.py")
        if path != PACKAGE / "__init__.py"
    }


def test_imports_point_down() -> None:
    height = {name: level for level, names in enumerate(LAYERS) for name in names}
    upward = [
        f"{path.relative_to(PACKAGE)} imports {other}"
        for path, own in rooms().items()
        for other in imported(path)
        if other != own and height[other] >= height[own]
    ]
    assert upward == []


def test_every_room_has_its_layer() -> None:
    assert set(rooms().values()) == set().union(*LAYERS)


def test_the_package_itself_imports_nothing() -> None:
    """So that `import aws_saml_ext` costs a program nothing, and the command starts at once."""
    heavy = ("aws_saml_ext.", "botocore", "typing", "json")
    script = (
        f"import sys; sys.path.append({str(PACKAGE.parent)!r}); import aws_saml_ext; "
        f"print([module for module in sys.modules if module.startswith({heavy!r})])"
    )
    done = subprocess.run(
        [sys.executable, "-IS", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
