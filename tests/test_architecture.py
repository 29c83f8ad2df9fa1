"""The rule of the layout (docs/architecture.md), checked on the imports of all files."""

import ast
import collections
import functools
import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
METHODS = ROOT / "amnat" / "methods"
FAMILIES = sorted(path.name for path in METHODS.iterdir() if (path / "__init__.py").exists())
# A family imports at most the one that it builds on.
BUILDS_ON = {
    "nat_gan": "am_gan",
    "semi_supervised": "pytorch_gan",
    "infogan": "pytorch_gan",
    "translator": "infogan",
    "toys": "dist_gan",
}
# They stand above the methods.
ABOVE = ("methods", "compat", "benchmark", "__main__")
# The names of the repositories that are ported, which methods and compat alone may know.
REPOSITORIES = (
    *("AM-GAN2", "AM-GANs-for-reproduce", "tntrung", "msgan", "gan-intro", "PyTorch-GAN"),
    *("improved-gan", "info-cycle-sim-gan", "natpaper", "pytorch-cifar"),
)


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def modules():
    """{module: path} of the package."""
    return {module_of(path): path for path in sorted((ROOT / "amnat").rglob("*.py"))}


def _is_for_types(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports_of(path, everywhere=True):
    """The modules of amnat that a file imports; without `everywhere` those that its own import
    imports, which are not in a function."""
    known, found, todo = modules(), set(), [ast.parse(path.read_text())]
    while todo:
        for node in ast.iter_child_nodes(todo.pop()):
            if _is_for_types(node):
                continue
            if everywhere or not isinstance(node, (ast.FunctionDef, ast.Lambda)):
                todo.append(node)
            if isinstance(node, ast.Import):
                found |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                full = {f"{node.module}.{name.name}" for name in node.names}
                found |= {name if name in known else node.module for name in full}
    return {name for name in found if name in known} - {module_of(path)}


@functools.cache
def graph(everywhere=True):
    """{module: modules that it imports}."""
    return {name: imports_of(path, everywhere) for name, path in modules().items()}


def room(module):
    """'training', 'methods.am_gan', ... or the module itself, directly in amnat."""
    parts = module.split(".")[1:]
    if len(parts) > 1 and parts[0] == "methods":
        return ".".join(parts[:2])
    is_package = len(parts) > 1 or (ROOT / "amnat" / (parts or ["x"])[0]).is_dir()
    return parts[0] if is_package else module


def circles(edges):
    """Groups of nodes of {node: nodes} that reach one another, of two or more."""
    reached = {}
    for node in edges:
        seen, todo = set(), [node]
        while todo:
            new = edges.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        reached[node] = seen
    found = {
        frozenset({node, *(other for other in reached[node] if node in reached.get(other, ()))})
        for node in edges
    }
    return [sorted(group) for group in found if len(group) > 1]


def test_the_rooms_below_the_methods_do_not_know_them():
    against = [
        f"{module} imports {target}"
        for module, targets in graph().items()
        if module.split(".")[1:2] and module.split(".")[1] not in ABOVE
        for target in targets
        if target.startswith("amnat.methods")
    ]
    assert against == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_imports_at_most_the_one_it_builds_on(family):
    allowed = {f"methods.{family}", f"methods.{BUILDS_ON.get(family, family)}"}
    against = [
        f"{module} imports {target}"
        for module, targets in graph().items()
        if room(module) == f"methods.{family}"
        for target in targets
        if room(target).startswith("methods.") and room(target) not in allowed
    ]
    assert against == []


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_does_not_stand_above_compat_or_benchmark(family):
    against = [
        f"{module} imports {target}"
        for module, targets in graph().items()
        if room(module) == f"methods.{family}"
        for target in targets
        if room(target) == "benchmark" or (room(target) == "compat" and "tfgan" not in target)
    ]
    assert against == []


def test_no_room_imports_the_server_and_the_server_imports_few():
    edges = {(room(module), room(target)) for module in graph() for target in graph()[module]}
    assert {own for own, target in edges if target == "serving"} == {"serving"}
    allowed = {"amnat", "serving", "sampling", "training", "export"}
    found = {target for own, target in edges if own == "serving"}
    allowed |= {f"amnat.{name}" for name in ("command_text", "errors", "files", "json_text")}
    assert found <= allowed


def test_no_packages_import_in_a_circle():
    edges = collections.defaultdict(set)
    for module, targets in graph().items():
        if module != "amnat":
            edges[room(module)] |= {room(target) for target in targets} - {room(module), "amnat"}
    assert circles(edges) == []


def test_no_files_import_in_a_circle():
    assert circles(graph()) == []


def test_nothing_in_the_package_imports_tools():
    for path in modules().values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = [name.name for name in node.names]
                module = getattr(node, "module", None) or ""
                assert not any(name.split(".")[0] == "tools" for name in [module, *names]), path


def test_the_engine_names_no_repository():
    against = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sorted((ROOT / "amnat" / "training").rglob("*.py"))
        for name in REPOSITORIES
        if name in path.read_text()
    ]
    assert against == []


def test_every_family_says_what_it_is_and_has_tests():
    for family in FAMILIES:
        assert ast.get_docstring(ast.parse((METHODS / family / "__init__.py").read_text()))
        assert list((ROOT / "tests" / "methods" / family).glob("test_*.py"))
