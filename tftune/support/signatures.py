"""What the constructor of a registered class takes, read from its source.

Nothing is imported: `--help-search`, and a typo in the name of an option, are answered before
TensorFlow is loaded.

Example:
    >>> found = describe("tftune.oracles.multifidelity.hyperband:HyperbandOracle")
    >>> argument = found.arguments["factor"]
    >>> argument.annotation, argument.default, argument.text
    ('int', '3', 'eta, the share kept is 1/eta, an integer of at least 2.')
    >>> "fixed" in found.arguments  # of the base class
    True
"""

from __future__ import annotations

import ast
import importlib.util
import inspect
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from tftune.errors import UsageError
from tftune.support.other_words import OtherWords
from tftune.support.texts import shown


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

    The arguments of a base class count if the constructor passes `**options` on to it, except those
    without a default, which it gives itself. A class that is bound to another one, such as
    `class GridOracle(BoundOracle[GridMethod], max_trials=None)`, has the text and the arguments of
    that one, too; its keywords are defaults.

    Args:
        target: `"module:Class"`, as a registry holds it.
    """
    module, _, name = target.partition(":")
    tree = _tree(module)
    node = _class_of(tree, name)
    if tree is None or node is None:
        return Description("")
    text, texts = _sections(ast.get_docstring(node) or "")
    constructor = _constructor(node)
    found = Description(text, _arguments(constructor, texts, _constants(tree)))
    if constructor is not None and constructor.args.kwarg is None:
        return found  # nothing is passed on
    imported = _imported(tree)
    for base in node.bases:
        parent, bound = _parts(base)
        if parent in imported or _class_of(tree, parent):
            other = describe(imported.get(parent, f"{module}:{parent}"))
            for argument in other.arguments.values():
                if constructor is None or argument.default is not None:
                    text = texts.get(argument.name, argument.text)
                    found.arguments.setdefault(argument.name, replace(argument, text=text))
        if bound:
            other = describe(imported.get(bound, f"{module}:{bound}"))
            found.text = other.text or found.text
            found.arguments |= other.arguments
    for keyword in node.keywords:
        if keyword.arg in found.arguments:
            found.arguments[keyword.arg] = replace(
                found.arguments[keyword.arg], default=ast.unparse(keyword.value)
            )
    return found


def parameters_of(kind: type) -> dict[str, inspect.Parameter]:
    """Returns the parameters of the constructor of a class that is there, which need not be of this
    package.
    """
    return dict(inspect.signature(kind).parameters)


def check_arguments(
    what: str, names: Collection[str], known: Iterable[str], words: OtherWords | None = None
) -> None:
    """Checks that every name is one of the arguments.

    Args:
        what: Whose arguments, for the message.
        names: What is given.
        known: What there is.
        words: What other tools call them.

    Raises:
        UsageError: If one is not; the message proposes the nearest.

    Example:
        >>> check_arguments("gp", ["seeds"], ["seed"])  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        tftune.errors.UsageError: gp has no option 'seeds'. Did you mean 'seed'? Expected one ...
    """
    known, words = list(known), words or OtherWords()
    for name in names:
        if name not in known:
            expected = f"Expected one of: {', '.join(known)}." if known else "Expected no options."
            advice = "Remove or rename it." if known else "It has no options: leave it out."
            raise UsageError(
                f"{what} has no option {shown(name)}.{words.suggestion(name, known)} {expected} "
                f"Received: {shown(names)}. {advice}"
            )


@lru_cache
def _tree(module: str) -> ast.Module | None:
    if module.split(".")[0] != __name__.split(".")[0]:
        return None
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.origin:
        return None
    # not every loader has get_source
    return ast.parse(Path(spec.origin).read_text(encoding="utf-8"))


def _class_of(tree: ast.Module | None, name: str) -> ast.ClassDef | None:
    nodes = tree.body if tree is not None else []
    return next(
        (node for node in nodes if isinstance(node, ast.ClassDef) and node.name == name), None
    )


def _imported(tree: ast.Module) -> dict[str, str]:
    """Returns where the names come from that a module imports, as targets."""
    return {
        alias.asname or alias.name: f"{statement.module}:{alias.name}"
        for statement in tree.body
        if isinstance(statement, ast.ImportFrom) and statement.module
        for alias in statement.names
    }


def _parts(base: ast.expr) -> tuple[str, str]:
    """Returns the names in `Parent` or `Parent[Bound]`; empty ones where there is none."""
    parent, bound = (base.value, base.slice) if isinstance(base, ast.Subscript) else (base, None)
    return getattr(parent, "id", ""), getattr(bound, "id", "")


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _constructor(node: ast.ClassDef) -> ast.FunctionDef | None:
    return next(
        (
            item
            for item in node.body
            if isinstance(item, ast.FunctionDef) and item.name == "__init__"
        ),
        None,
    )


def _arguments(
    constructor: ast.FunctionDef | None, texts: dict[str, str], constants: dict[str, ast.expr]
) -> dict[str, Argument]:
    if constructor is None:
        return {}
    given = constructor.args
    positional = [*given.posonlyargs, *given.args][1:]  # without self
    missing: list[ast.expr | None] = [None] * (len(positional) - len(given.defaults))
    pairs = [*zip(positional, [*missing, *given.defaults], strict=True)]
    pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    found = {}
    for argument, default in pairs:
        if isinstance(default, ast.Name):
            default = constants.get(default.id, default)
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        shown = None if default is None else ast.unparse(default)
        text = texts.get(argument.arg, "")
        found[argument.arg] = Argument(argument.arg, annotation, shown, text)
    return found


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
