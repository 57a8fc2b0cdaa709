"""A failure in a few lines: which line is quoted, and where it is said to have happened."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time

import pytest

from tftune.support.tracebacks import LONGEST, describe, is_users, own_line, summary, telling

KERAS = (
    "Exception encountered when calling L2.call().\n\n\x1b[1m{}\x1b[0m\n\nArguments received by "
    "L2.call():\n  \u2022 args=('<KerasTensor shape=(None, 4)>',)\n  "
    "\u2022 kwargs=<class 'inspect._empty'>"
)
INFERRED = (
    "Could not automatically infer the output shape / dtype of 'l2' (of type L2). Either the "
    "`L2.call()` method is incorrect. Error encountered:\n\nbad shape\nsecond line"
)
GRAPH = (
    "Graph execution error:\n\nDetected at node l_1/Reshape defined at (most recent call last):\n"
    "{}Input to reshape is a tensor with 32 values\n\t [[{{{{node l_1/Reshape}}}}]] "
    "[Op:__inference_multi_step_on_iterator_250]"
)
RESHAPE = "Input to reshape is a tensor with 32 values"
LIBRARY = '  File "/usr/lib/python3/site-packages/keras/src/layers/layer.py", line 59, in call\n\n'


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("negative units", "negative units"),
        ("\n\n  first\nsecond", "first"),
        ("", ""),
        (KERAS.format("bad shape\nmore"), "bad shape (calling L2.call())"),
        (KERAS.format(INFERRED), "bad shape (calling L2.call())"),
        (
            KERAS.format(KERAS.format("inner").replace("L2", "Inner")),
            "inner (calling Inner.call()) (calling L2.call())",
        ),
        (GRAPH.format(LIBRARY * 3), RESHAPE),
        (
            GRAPH.format("<stack traces unavailable>\n"),
            "Input to reshape is a tensor with 32 values",
        ),
        (
            "Graph execution error:\n\nDetected at node a defined at (most recent call last):\n"
            + LIBRARY
            + "\nDetected at node b defined at (most recent call last):\n"
            + LIBRARY
            + "2 root error(s) found.\n  (0) INVALID_ARGUMENT:  indices[0] = 5 is not in [0, 2)\n"
            "\t [[{{node a}}]]\n  (1) CANCELLED: Function was cancelled\n0 successful operations.",
            "indices[0] = 5 is not in [0, 2)",
        ),
        (
            "{{function_node __wrapped____MklMatMul_device_/job:localhost/device:CPU:0}} Matrix "
            "size-incompatible: In[0]: [2,3] [Op:MatMul] name: ",
            "Matrix size-incompatible: In[0]: [2,3]",
        ),
        (
            'in user code:\n\n    File "a.py", line 3, in call  *\n        return g(x)\n    '
            'File "a.py", line 1, in g  *\n        raise ValueError("d")\n\n    ValueError: deep\n',
            "deep",
        ),
    ],
    ids=lambda value: repr(value[:12]),
)
def test_the_line_that_says_what_is_wrong_is_quoted(message: str, told: str) -> None:
    assert telling(message) == told


def failing(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


class Silent(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("negative units\nmore"), "ValueError: negative units"),
        (AssertionError(), "AssertionError"),
        (KeyError("units"), "KeyError: 'units'"),
        (KeyError(KERAS.format("gone")), "KeyError: gone (calling L2.call())"),
        (
            failing(RuntimeError("cannot build"), KeyError("units")),
            "RuntimeError: cannot build",
        ),
        (failing(RuntimeError(), KeyError("units")), "RuntimeError: because of KeyError: 'units'"),
        (
            ExceptionGroup("two", [ValueError("a\nb"), KeyError("c")]),
            "ExceptionGroup: two (2 sub-exceptions): ValueError: a; KeyError: 'c'",
        ),
        (Silent(), "Silent: its message cannot be shown"),
        (ValueError("\x1b[31mred\x07\u202e"), "ValueError: red\\x07\\u202e"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_exceptions_own_line(error: BaseException, line: str) -> None:
    assert own_line(error) == line
    assert describe(error).split("\n")[0] == line
    assert summary(describe(failing(error, error.__cause__))).startswith(line)


def test_the_place_is_the_users_last_frame() -> None:
    def helper():
        return textwrap.dedent(3)  # the standard library is not to blame

    try:
        helper()
    except Exception as error:
        assert summary(describe(error)).endswith(
            "in helper: return textwrap.dedent(3) # the standard library is not to blame)"
        )
        assert f"({os.path.relpath(__file__)}, line " in summary(describe(error))


def test_the_place_is_found_behind_an_exception_of_a_library() -> None:
    try:
        try:
            raise KeyError("units")
        except KeyError as inner:
            outer = ValueError("wrapped").with_traceback(None)
            outer.__cause__ = inner
    finally:
        assert 'in test_the_place_is_found_behind_an_exception_of_a_library: raise KeyError("u' in (
            summary(describe(outer))
        )


def test_the_graph_tells_the_place(tmp_path) -> None:
    code = tmp_path / "mine.py"
    code.write_text("\n\n    return tf.reshape(a, (7, -1))\n")
    frames = LIBRARY + f'  File "{code}", line 3, in call\n\n' + LIBRARY
    error = failing(ValueError(GRAPH.format(frames)))
    assert summary(describe(error)) == (
        f"ValueError: Input to reshape is a tensor with 32 values ({code}, line 3, in call: return "
        "tf.reshape(a, (7, -1)))"
    )


def test_megabytes_cost_nothing_and_no_description_is_long() -> None:
    started = time.process_time()  # others may use the machine
    for message in ("x" * 5_000_000, "\x1b[31m" * 1_000_000, "a\n" * 2_000_000, "\x07" * 5_000_000):
        text = describe(failing(ValueError(message)))
        assert len(text) <= LONGEST and "\x1b" not in text and "\x07" not in text
        assert len(text.split("\n")[0]) <= 300
        assert len(summary(message)) <= 700
    assert time.process_time() - started < 5.0


def test_a_bare_traceback_of_an_older_journal_is_read() -> None:
    old = (
        "Traceback (most recent call last):\n" + LIBRARY.rstrip() + "\n    call()\n"
        '  File "/nowhere/mine.py", line 7, in build\n    f()\n'
        "keras.errors.ValueError: " + KERAS.format("bad shape")
    )
    assert (
        summary(old)
        == "ValueError: bad shape (calling L2.call()) (/nowhere/mine.py, line 7, in build)"
    )
    chained = "Traceback (most recent call last):\nKeyError: 'a'\n\nDuring handling:\n\n" + old
    assert summary(chained) == summary(old)
    assert summary("Traceback (most recent call last):\n  ...\nMemoryError") == "MemoryError"
    assert summary(None) == summary(" \n ") == "no message"


@pytest.mark.parametrize(
    ("file", "users"),
    [
        ("/home/me/train.py", True),
        ("<dynamic-code>", True),
        ("/tmp/ipykernel_12/345.py", True),
        ("<ipython-input-3-abc>", True),
        ("/home/me/.venv/lib/python3.11/site-packages/keras/src/x.py", False),
        ("/usr/lib/python3/dist-packages/numpy/core.py", False),
        (os.__file__, False),
        (subprocess.__file__, False),
        (describe.__code__.co_filename, False),
        ("<frozen importlib._bootstrap>", False),
        ("<string>", False),
        ("/tmp/__autograph_generated_file0.py", False),
        (__file__, True),
    ],
)
def test_whose_code_a_file_is(file: str, users: bool) -> None:
    assert is_users(file) is users
    assert sys.version_info
