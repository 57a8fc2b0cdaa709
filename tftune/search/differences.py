"""In which words two searches differ: a few lines that say what was and what is.

Example:
    >>> fit_lines({"batch_size": 8}, {"batch_size": 64, "shuffle": False})
    ['fit: batch_size: 8 in the folder, 64 now', 'fit: shuffle: True in the folder, False now']
"""

from __future__ import annotations

import itertools
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tftune.journal.records import Record
from tftune.search.identity import DEFAULTS
from tftune.training.settings import YOUNGER

MOST = 6  # differences that are shown of one kind
LONGEST = 60  # characters of a value
HARMLESS = (
    "max_trials, budget, workers, limits of time and memory, retries, keep_models, confirm, "
    "finish, verbose, listeners and the folder's name may change"
)
# who knows them need not change them, and another Python or Keras tells them otherwise
_NOT_COMPARED = ("python",)


def way_out(folder: Path | None) -> str:
    """Returns what to do about a folder that holds another search, a new name for it included."""
    other = _free_name(folder) if folder is not None else None
    new = (
        f"search in a new folder with --run-dir {shlex.quote(str(other))} "
        f"(project_name={other.name!r})"
        if other is not None
        else "choose another folder with --run-dir (project_name=)"
    )
    return (
        f"Run with the same settings to resume it ({HARMLESS}), {new}, or start over with "
        "--overwrite (overwrite=True)."
    )


def _free_name(folder: Path) -> Path:
    names = (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))
    return next(path for path in names if not path.exists())


def field_lines(name: str, old: Any, new: Any) -> list[str]:
    """Returns what differs in one field of the header, settings one by one; earlier results are
    only counted.
    """
    if old == new:
        return []
    if name in ("options", "scheduler_options", "training"):
        left_out = YOUNGER if name == "training" else {}
        old, new = {**left_out, **(old or {})}, {**left_out, **(new or {})}
        prefix = "training: " if name == "training" else ""
        return [
            prefix + line
            for option in dict.fromkeys((*old, *new))
            for line in field_lines(option, old.get(option), new.get(option))
        ]
    if name == "warm_start":
        old, new = (f"{len(results or ())} results" for results in (old, new))
        return [
            f"{name}: {old} in the folder, {new} now; the journal holds them, so leave it out when "
            "you resume"
        ]
    return [f"{name}: {old!r} in the folder, {new!r} now"]


def fit_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Returns what differs in the arguments of `fit`, as `fit_identity` tells them."""
    lines = []
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        if name == "callbacks":
            found = _list_changes(was or [], now or [], "class")
            lines += [f"callbacks: {change}" for change in _bounded(found)]
        elif list(changes(was, now)):
            was, now = (_given(name, value) for value in (was, now))
            lines.append(f"fit: {name}: {was} in the folder, {now} now")
    return lines


def _given(name: str, value: Any) -> str:
    value = DEFAULTS.get(name) if value is None else value
    return "not given" if value is None else shown(value)


def model_lines(old: Mapping[str, Any], new: Mapping[str, Any], lenient: bool = False) -> list[str]:
    """Returns what differs between two models, as `model_identity` tells them, in one line.

    Args:
        old: The model of then.
        new: The model of now.
        lenient: Whether Keras is another one, whose configs may tell more or less: what only one
            of them tells is then passed over.
    """
    if "config" not in old or "config" not in new:
        found = [_change(path, was, now) for path, was, now in changes(old, new, lenient)]
        return [f"another model: {'; '.join(_bounded(found))}"] if found else []
    found = _config_changes(old["config"], new["config"], lenient)
    found += _code_changes(old.get("code") or {}, new.get("code") or {}, lenient)
    if list(changes(old.get("fit"), new.get("fit"))):
        found.append("fit() of the HyperModel has other code")
    if not found and not lenient and old.get("others") != new.get("others"):
        found.append("it differs where a knob is not at its default")
    return [f"another build(): {'; '.join(_bounded(found))}"] if found else []


def _config_changes(old: Any, new: Any, lenient: bool) -> list[str]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [_change("model", old, new)] if old != new else []
    found = []
    if old.get("class") != new.get("class"):
        found.append(f"model: {old.get('class')} -> {new.get('class')}")
    found += _list_changes(old.get("layers") or [], new.get("layers") or [], "name", lenient)
    compiled = [record.get("compile_config") or {} for record in (old, new)]
    for name in dict.fromkeys((*compiled[0], *compiled[1])):
        was, now = (part.get(name) for part in compiled)
        found += [_change(_path(name, path), *each) for path, *each in changes(was, now, lenient)]
    rest = [
        {key: part for key, part in record.items() if key not in _APART} for record in (old, new)
    ]
    if not found:  # else it only tells once more how layers hang together
        found += [_change(path, *each) for path, *each in changes(rest[0], rest[1], lenient)]
    return found


_APART = ("class", "layers", "compile_config", "name")


def _list_changes(
    old: Sequence[Any], new: Sequence[Any], key: str, lenient: bool = False
) -> list[str]:
    """Returns which named entries of a list are new, gone, or other ones."""
    noun = "layer " if key == "name" else ""
    was, now = _by_name(old, key), _by_name(new, key)
    found = [f"{noun}{name} removed" for name in was if name not in now]
    found += [f"{noun}{name} added" for name in now if name not in was]
    for name in [name for name in now if name in was]:
        for path, *each in changes(was[name], now[name], lenient):
            wiring = path.startswith("inbound_nodes")
            if path.endswith("code"):
                where = path.removesuffix("code").strip(".")
                found.append(f"{name}: other code{' in ' + where if where else ''}")
            elif not (wiring and found):
                found.append(f"{name}: " + ("other inputs" if wiring else _change(path, *each)))
    if not found and list(was) != list(now):
        found.append(f"another order: {', '.join(was)} -> {', '.join(now)}")
    return list(dict.fromkeys(found))


def _by_name(entries: Sequence[Any], key: str) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for entry in entries:
        name = str(entry.get(key) if isinstance(entry, dict) else entry)
        same = sum(known.split(" #")[0] == name for known in named)
        named[f"{name} #{same + 1}" if same else name] = entry
    return named


def _code_changes(old: Mapping[str, Any], new: Mapping[str, Any], lenient: bool) -> list[str]:
    return [
        f"{name} has other code"
        for name in dict.fromkeys((*old, *new))
        if list(changes(old.get(name), new.get(name), lenient))
    ]


def changes(
    old: Any, new: Any, lenient: bool = False, path: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """Yields path, old and new value of everything that differs; what is missing counts as None.

    Bytecode of two versions of Python is not compared.
    """
    if _is_other_class(old, new):
        yield path, old, new
    elif isinstance(old, dict) and isinstance(new, dict):
        other_python = old.get("python") != new.get("python")
        for name in dict.fromkeys((*old, *new)):
            if name in _NOT_COMPARED or (name == "code" and other_python):
                continue
            if not (lenient and (name in old) != (name in new)):
                yield from changes(old.get(name), new.get(name), lenient, _path(path, name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for number, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from changes(was, now, lenient, _path(path, str(number)))
    elif old != new:
        yield path, old, new


def _is_other_class(old: Any, new: Any) -> bool:
    """Whether these are objects of two classes, whose settings need not be told besides."""
    objects = all(isinstance(value, dict) and "class" in value for value in (old, new))
    return objects and old["class"] != new["class"]


def _path(start: str, name: str) -> str:
    return ".".join(part for part in (start, name) if part)


def _change(path: str, old: Any, new: Any) -> str:
    return f"{path} {shown(old)} -> {shown(new)}".strip()


def _bounded(found: Sequence[str]) -> list[str]:
    more = len(found) - MOST
    return [*found[:MOST], *([f"and {more} more"] if more > 0 else [])]


def shown(value: Any) -> str:
    """Returns a value in at most sixty characters."""
    if isinstance(value, dict) and "class" in value:
        value = value["class"]
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def version_of(header: Record, package: str) -> str | None:
    """Returns the version of a package that a header names, or None."""
    version: str | None = header.get("versions", {}).get(package)
    return version


def doubts(header: Record, now: Record) -> list[str]:
    """Returns what speaks against going on with a search, though it is the same as far as can be
    told: sentences for warnings.
    """
    told = []
    others = _other_versions(header, now)
    if others is not None:
        told.append(
            f"The search was begun with other libraries ({others}): the same trial may give "
            "numbers that differ in the last digits."
        )
    builds = [record.get("model", {}).get("build", {}) for record in (header, now)]
    if all(builds) and list(changes(builds[0], builds[1])):
        told.append(
            "build() has other code than when the search was begun. Its model at the default "
            "knobs is the same; if others are not, choose another folder."
        )
    return told


def _other_versions(header: Record, now: Record) -> str | None:
    """Returns which of the libraries that compute are of another version than in a header, in
    words; None if none is.
    """
    told = [
        f"{package} {version_of(header, package)} then, {version_of(now, package)} now"
        for package in ("tensorflow", "keras", "numpy")
        if None not in (version_of(header, package), version_of(now, package))
        and version_of(header, package) != version_of(now, package)
    ]
    return "; ".join(told) or None
