"""What the constructor of a registered class takes, read from its source.

Nothing is imported: `--help-search`, and a typo in the name of an option, are answered before
TensorFlow is loaded.

Example:
    >>> found = describe("tftune.oracles.multifidelity.hyperband:HyperbandOracle")
    >>> found.arguments["factor"].annotation, found.arguments["factor"].default
    ('int', '3')
    >>> found.arguments["factor"].text
    'eta, the share kept is 1/eta, an integer of at least 2.'
    >>> "fixed" in found.arguments  # of the base class
    True
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tftune.errors import UsageError
from tftune.support.checks import nearest


@dataclass(frozen=True)
class Argument:
    """One argument of a constructor.

    Attributes:
        name: Its name.
        annotation: Its type as the source says it, such as `int | None`.
        default: Its default as the source says it; None if it has none.
        text: What the docstring says of it.
    """

    name: str
    annotation: str
    default: str | None
    text: str


@dataclass
class Description:
    """A class as its source tells it.

    Attributes:
        text: The docstring up to its sections.
        arguments: The arguments of the constructor, those of base classes that it passes on among
            them.
    """

    text: str
    arguments: dict[str, Argument] = field(default_factory=dict)


@lru_cache
def describe(target: str) -> Description:
    """Returns what the source says of a class.

    Args:
        target: `"module:Class"`, as a registry holds it.
    """
    module, _, name = target.partition(":")
    classes = list(_lineage(module, name))
    documents = [_sections(ast.get_docstring(node) or "") for node, _ in classes]
    found = Description(documents[0][0])
    for node, constants in classes:
        constructor = _constructor(node)
        if constructor is None:
            continue
        for argument, default in _arguments(constructor):
            text = next(
                (texts[argument.arg] for _, texts in documents if argument.arg in texts), ""
            )
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            shown = None if default is None else ast.unparse(_resolved(default, constants))
            found.arguments.setdefault(
                argument.arg, Argument(argument.arg, annotation, shown, text)
            )
        if constructor.args.kwarg is None:
            break  # nothing is passed on
    return found


def check_arguments(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Checks that every name is one of the arguments.

    Raises:
        UsageError: If one is not; the message proposes the nearest.

    Example:
        >>> check_arguments("search method hyperband", ["factr"], ["factor", "iterations"])
        Traceback (most recent call last):
        ...
        tftune.errors.UsageError: search method hyperband has no option 'factr'. Did you mean ...
    """
    known = list(known)
    for name in names:
        if name not in known:
            expected = (
                f"Expected one of: {', '.join(known)}."
                if known
                else "It has no options: leave it out."
            )
            raise UsageError(f"{what} has no option {name!r}.{nearest(name, known)} {expected}")


def _lineage(module: str, name: str) -> Iterator[tuple[ast.ClassDef, dict[str, ast.expr]]]:
    """Yields a class and its base classes inside this package, each with the constants of its
    module.
    """
    tree = _tree(module)
    if tree is None:
        return
    node = next(
        (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name), None
    )
    if node is None:
        return
    yield node, _constants(tree)
    imported = {
        alias.asname or alias.name: (statement.module, alias.name)
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module
        for alias in statement.names
    }
    for base in node.bases:
        if isinstance(base, ast.Name):
            yield from _lineage(*imported.get(base.id, (module, base.id)))


@lru_cache
def _tree(module: str) -> ast.Module | None:
    if module.split(".")[0] != __name__.split(".")[0]:
        return None
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.origin:
        return None
    # not every loader has get_source
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _resolved(default: ast.expr, constants: dict[str, ast.expr]) -> ast.expr:
    return constants.get(default.id, default) if isinstance(default, ast.Name) else default


def _constructor(node: ast.ClassDef) -> ast.FunctionDef | None:
    return next(
        (
            item
            for item in node.body
            if isinstance(item, ast.FunctionDef) and item.name == "__init__"
        ),
        None,
    )


def _arguments(constructor: ast.FunctionDef) -> Iterator[tuple[ast.arg, ast.expr | None]]:
    given = constructor.args
    positional = [*given.posonlyargs, *given.args][1:]  # without self
    missing: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
    yield from zip(positional, [*missing, *given.defaults], strict=True)
    yield from zip(given.kwonlyargs, given.kw_defaults, strict=True)


def _sections(docstring: str) -> tuple[str, dict[str, str]]:
    """Returns the text before the sections of a docstring in Google style, and what it says of each
    argument.
    """
    text: list[str] = []
    arguments: dict[str, list[str]] = {}
    section, current = "", ""
    for line in docstring.splitlines():
        if line.rstrip() in (
            "Args:",
            "Attributes:",
            "Raises:",
            "Returns:",
            "Example:",
            "Examples:",
        ):
            section = line.strip()
        elif not section:
            text.append(line)
        elif (
            section == "Args:"
            and line.startswith("    ")
            and not line.startswith("     ")
            and ":" in line
        ):
            current, _, rest = line.strip().partition(":")
            arguments[current] = [rest.strip()]
        elif section == "Args:" and current and line.strip():
            arguments[current].append(line.strip())
    return "\n".join(text).strip(), {name: " ".join(lines) for name, lines in arguments.items()}
