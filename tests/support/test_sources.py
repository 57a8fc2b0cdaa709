"""Source lines of functions that travelled by value."""

from __future__ import annotations

import linecache
import sys
import types

import cloudpickle
import pytest

from tftune.support.sources import with_sources
from tftune.support.tracebacks import describe, summary


def failure_of(function) -> str:
    """What a process says in which the function arrived by value."""
    arrived = cloudpickle.loads(cloudpickle.dumps(function))
    try:
        arrived()
    except Exception as error:
        return describe(error)
    raise AssertionError("it did not fail")


def made_in(file: str, text: str, monkeypatch: pytest.MonkeyPatch):
    """The function `build` of a script or cell that is `__main__`."""
    main = types.ModuleType("__main__")
    monkeypatch.setitem(sys.modules, "__main__", main)
    exec(compile(text, file, "exec"), main.__dict__)
    return main.build


TEXT = "def helper(n):\n    raise ValueError(n)\n\ndef build():\n    return helper('few')\n"


def test_a_script_tells_its_line(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "script.py"
    script.write_text(TEXT)
    build = made_in(str(script), TEXT, monkeypatch)
    sys.modules["__main__"].__file__ = str(script)
    message = failure_of(build)
    assert ", line 2, in helper" in message  # of <dynamic-code>; before 3.1.3 cloudpickle told it
    told = with_sources(message, build)
    assert summary(told) == f"ValueError: few ({script}, line 2, in helper: raise ValueError(n))"
    assert f'File "{script}", line 5, in build\n    return helper(' in told
    assert "<dynamic-code>" not in told


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/tmp/ipykernel_77/123456.py", "notebook cell"),
        ("<ipython-input-3-0123abcd>", "notebook cell 3"),
    ],
)
def test_a_cell_tells_its_line(monkeypatch: pytest.MonkeyPatch, file: str, name: str) -> None:
    text = "%matplotlib inline\n!ls\n" + TEXT
    build = made_in(file, "\n\n" + TEXT, monkeypatch)
    older = "<ipython-input-2-0123abcd>"
    for each, lines in ((older, text.replace("(n)\n", "(n, 'older')\n")), (file, text)):
        entry = (len(lines), None, lines.splitlines(keepends=True), each)
        monkeypatch.setitem(linecache.cache, each, entry)
    told = with_sources(failure_of(build), build)
    assert summary(told) == f"ValueError: few ({name}, line 4, in helper: raise ValueError(n))"


def test_a_function_within_a_function_tells_its_line() -> None:
    def outer():
        def build():
            return {}["nothing"]

        return build

    told = with_sources(failure_of(outer()), outer())
    assert told.splitlines()[0] == "KeyError: 'nothing'"
    assert "test_sources.py, line " in told and ', in build: return {}["nothing"]' in told


def test_what_nobody_knows_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    build = made_in("<string>", TEXT.replace("helper", "unheard_of"), monkeypatch)
    message = failure_of(build)
    assert with_sources(message, build) == message
    assert with_sources("plain words") == "plain words"
