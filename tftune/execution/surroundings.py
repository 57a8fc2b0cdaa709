"""What a process has around it besides Keras: environment, working directory, umask, where modules
are looked for, which warnings and log records are shown.

A child gets those of the user's process at the time its job is sent, whenever the fork server began
and whatever an earlier job has changed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import cloudpickle

from tftune.support.files import umask

_AT_START = dict(os.environ)  # what a program sets later travels to other machines, too


@dataclass(frozen=True)
class Surroundings:
    """Those of one process at one moment, ready to travel.

    Attributes:
        environment: All variables.
        changed: Names of the variables that the program itself has set.
        folder: The working directory, or None if it was removed.
        paths: Where modules are looked for.
        filters: Of warnings, the first counts; in place of a class its module and name.
        levels: Of loggers by name, where one is set; "" is the root.
        handlers: Of the root logger, those that write to the terminal: level and pickled format.
        mask: What it takes from the rights of new files.
    """

    environment: dict[str, str]
    changed: frozenset[str]
    folder: str | None
    paths: list[str]
    filters: list[tuple[Any, Any, tuple[str, str], Any, int]]
    levels: dict[str, int]
    handlers: list[tuple[int, bytes]]
    mask: int = 0o077

    @classmethod
    def capture(cls) -> Surroundings:
        """Returns those of this process."""
        environment, folder = dict(os.environ), None
        with contextlib.suppress(OSError):
            folder = os.getcwd()
        changed = {name for name, value in environment.items() if _AT_START.get(name) != value}
        named = {
            name: logger.level
            for name, logger in logging.Logger.manager.loggerDict.items()
            if isinstance(logger, logging.Logger) and logger.level
        }
        root = logging.getLogger()
        return cls(
            environment,
            frozenset(changed),
            folder,
            list(sys.path),
            [
                (action, message, (category.__module__, category.__qualname__), module, line)
                for action, message, category, module, line in warnings.filters
                if isinstance(category, type)
            ],
            {"": root.level, **named},
            [(handler.level, _pickle(handler.formatter)) for handler in _to_terminal(root)],
            umask(),
        )

    def enter(self, own: Collection[str] = ()) -> None:
        """Makes them those of this process.

        Args:
            own: Variables that are this process's own and stay as they are here.
        """
        for name in set(os.environ) - set(self.environment) - set(own):
            del os.environ[name]
        _set({name: value for name, value in self.environment.items() if name not in own})
        self._enter_rest()

    def enter_elsewhere(self, own: Collection[str] = ()) -> None:
        """Does so on another machine, whose own variables and folders stay.

        Args:
            own: As for `enter`.
        """
        _set({name: self.environment[name] for name in self.changed if name not in own})
        self._enter_rest()

    def _enter_rest(self) -> None:
        os.umask(self.mask)
        if self.folder is not None:
            with contextlib.suppress(OSError):
                os.chdir(self.folder)
        # what a job has added stays behind: a module that did so is not run again
        sys.path[:] = [*self.paths, *(path for path in sys.path if path not in self.paths)]
        self._filter_warnings()
        for name, level in self.levels.items():
            logging.getLogger(name or None).setLevel(level)
        root = logging.getLogger()
        for handler in _to_terminal(root):
            root.removeHandler(handler)
        for level, formatter in self.handlers:
            handler = logging.StreamHandler()
            handler.setLevel(level)
            with contextlib.suppress(Exception):  # a class of the user's that is not here
                handler.setFormatter(cloudpickle.loads(formatter))
            root.addHandler(handler)

    def _filter_warnings(self) -> None:
        filters = []
        for action, message, (place, name), module, line in self.filters:
            category = getattr(sys.modules.get(place), name, None)
            if category is not None:  # what is not imported warns of nothing
                filters.append((action, message, category, module, line))
        warnings.resetwarnings()
        warnings.filters.extend(filters)  # type: ignore[attr-defined]


@contextlib.contextmanager
def kept() -> Iterator[None]:
    """Puts environment, working directory and paths back, for a job in the user's own process."""
    environment, paths, scratch = dict(os.environ), list(sys.path), tempfile.tempdir
    folder = None
    with contextlib.suppress(OSError):
        folder = os.getcwd()
    try:
        yield
    finally:
        now = dict(os.environ)
        if now != environment:
            for name in set(now) - set(environment):
                del os.environ[name]
            _set(environment)
        sys.path[:] = [*paths, *(path for path in sys.path if path not in paths)]
        tempfile.tempdir = scratch
        if folder is not None:
            with contextlib.suppress(OSError):
                os.chdir(folder)


def _set(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


def _pickle(value: Any) -> bytes:
    with contextlib.suppress(Exception):
        return bytes(cloudpickle.dumps(value))
    return b""


def _to_terminal(logger: logging.Logger) -> list[logging.Handler]:
    return [handler for handler in logger.handlers if type(handler) is logging.StreamHandler]
