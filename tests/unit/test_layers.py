"""The imports between our modules: each in its layer, none upwards, no circle anywhere."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache

from tests.package_source import PACKAGE, modules, nodes

LAYERS = (
    {"errors", "clock", "text", "net", "logs", "paths", "hints", "config.table", "fast_path"}
    | {"short_status"}
    | {"progress"}
    | {"core_dumps", "fast_exec", "light_imports"},
    {"partitions", "prompt", "choosing", "credentials", "assertion", "files", "config"}
    | {"role_memory", "session_policies", "checks"}
    | {"assertion_life", "picker", "line_reading", "role_facts", "role_menu"},
    {"login", "role_choice", "sts", "store", "capture"},  # the plugs: none imports another
    {"installer", "demo", "identity", "peers"},
    {"renewal"},
    {"extension"},
    {"cli"},
    {"entry"},
    {"__main__"},
)
"""Rooms of the house, lowest first. A folder is one room unless a module of it is named."""

ROOMS = set().union(*LAYERS)


@cache
def imported(module: str) -> frozenset[str]:
    """The modules that one imports, at its top or inside a function; not those for types."""
    for_types = {
        part
        for node in nodes(module)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for part in ast.walk(statement)
    }
    found = set()
    for node in nodes(module):
        if node in for_types:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aws_saml_ext"):
            below = (node.module or "").removeprefix("aws_saml_ext").lstrip(".")
            for alias in node.names:
                name = f"{below}.{alias.name}".lstrip(".")
                found.add(name if name in modules() else below)
        elif isinstance(node, ast.Import):
            names = {alias.name.removeprefix("aws_saml_ext.") for alias in node.names}
            found |= names & set(modules())
    return frozenset(found - {"", module})


def graph() -> dict[str, frozenset[str]]:
    """Which module imports which."""
    return {name: imported(name) for name in modules() if name}


def room(module: str) -> str:
    """The room that a module lies in: `store` of `store.cache`."""
    return module if module in ROOMS else module.partition(".")[0]


def test_imports_point_down() -> None:
    height = {name: level for level, names in enumerate(LAYERS) for name in names}
    upward = [
        f"{module} imports {other}"
        for module, others in graph().items()
        for other in others
        if room(other) != room(module) and height[room(other)] > height[room(module)]
    ]
    assert upward == []


def test_plugs_do_not_import_each_other() -> None:
    plugs = {"role_choice", "sts", "store", "capture"}
    crossing = [
        f"{module} imports {other}"
        for module, others in graph().items()
        for other in others
        if room(module) in plugs and room(other) in plugs - {room(module)}
    ]
    assert crossing == []


def test_no_circle_between_modules() -> None:
    edges = graph()
    while free := [name for name, others in edges.items() if not others & set(edges)]:
        for name in free:
            del edges[name]
    assert edges == {}, "each of these imports another one of them"


def test_every_room_has_its_layer() -> None:
    assert {room(module) for module in modules() if module} <= ROOMS


def test_no_name_stands_twice() -> None:
    stems = [path.stem for path in modules().values() if path.stem != "__init__"]
    assert {stem for stem in stems if stems.count(stem) > 1} == set()


def test_no_module_is_long() -> None:
    long = {
        name
        for name, path in modules().items()
        if len(path.read_text(encoding="utf-8").splitlines()) > 420
    }
    assert long == set()


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


def test_only_config_and_the_extension_set_variables_of_a_session() -> None:
    """Settings flow one way: what was found out is an override, not pushed to be read back."""
    setting = {
        name
        for name in modules()
        if any(
            isinstance(node, ast.Attribute) and node.attr == "set_config_variable"
            for node in nodes(name)
        )
    }
    assert setting == {"config.aws_settings", "extension"}
