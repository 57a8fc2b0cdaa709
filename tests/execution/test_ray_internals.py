"""The guard of what Ray does not promise: another version that lacks it makes a test here fail; one
that cannot be kept to this machine is not started.

Ray is asked in a process of its own: it reads its settings once, when it is imported.
"""

from __future__ import annotations

import importlib.util
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tftune.errors import UsageError
from tftune.execution.ray_internals import (
    LOOPBACK,
    NICENESS,
    init_on_loopback,
    keep_token_private,
    loopback_only,
)

PROGRAM = """
import json
import ray, ray.util
from ray._private import ray_constants
from tftune.execution.ray_internals import loopback_only

before = ray_constants.ENABLE_RAY_CLUSTER
with loopback_only():
    address, switch = ray.util.get_node_ip_address(), ray_constants.ENABLE_RAY_CLUSTER
try:
    ray.init(address="local", _node_ip_address="127.0.0.1", _temp_dir="/nowhere", _no_such=1)
    refusal = None
except RuntimeError as error:
    refusal = str(error)
print(json.dumps([before, switch, ray_constants.ENABLE_RAY_CLUSTER, address, refusal]))
"""


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed")
def test_ray_has_what_is_relied_on() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=100
    )
    before, inside, after, address, refusal = json.loads(answer.stdout.splitlines()[-1])
    assert inside is False and before is after
    assert address == LOOPBACK
    assert refusal == "Unknown keyword argument(s): _no_such"  # the two others are known


@pytest.fixture
def constants(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stands in for the module of Ray with the switch."""
    found = ModuleType("ray._private.ray_constants")
    found.ENABLE_RAY_CLUSTER = True  # type: ignore[attr-defined]
    for name in ("ray", "ray._private"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, found.__name__, found)
    monkeypatch.setenv(NICENESS, "0")  # so that it is put back
    return found


def test_the_switch_is_put_back_also_after_an_error(constants: Any) -> None:
    with pytest.raises(KeyError), loopback_only():
        assert constants.ENABLE_RAY_CLUSTER is False
        raise KeyError
    assert constants.ENABLE_RAY_CLUSTER is True


def test_a_ray_without_the_switch_is_not_started(constants: Any) -> None:
    del constants.ENABLE_RAY_CLUSTER
    started: list[Any] = []
    with pytest.raises(UsageError, match=r"cannot be kept to this machine\. .*`ray start --head`"):
        init_on_loopback(lambda **options: started.append(options), "folder")
    assert started == []


class Init:
    """A `ray.init` that does not know some arguments."""

    def __init__(self, *unknown: str) -> None:
        self.unknown, self.started = set(unknown), list[dict[str, Any]]()

    def __call__(self, **options: Any) -> None:
        if refused := sorted(self.unknown & options.keys()):
            raise RuntimeError(f"Unknown keyword argument(s): {', '.join(refused)}")
        self.started.append(options)


def test_ray_is_told_its_address_and_its_folder(
    constants: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(NICENESS)
    init = Init()
    init_on_loopback(init, "folder", num_cpus=2)
    assert init.started == [{"num_cpus": 2, "_node_ip_address": LOOPBACK, "_temp_dir": "folder"}]
    assert os.environ[NICENESS] == "0"


def test_a_ray_that_chooses_its_folder_itself_is_started(constants: Any) -> None:
    init = Init("_temp_dir")
    init_on_loopback(init, "folder", num_cpus=2)
    assert init.started == [{"num_cpus": 2, "_node_ip_address": LOOPBACK}]


@pytest.mark.parametrize("unknown", [["_node_ip_address"], ["_node_ip_address", "_temp_dir"]])
def test_a_ray_that_chooses_its_address_itself_is_not_started(
    constants: Any, unknown: list[str]
) -> None:
    init = Init(*unknown)
    with pytest.raises(UsageError, match=r"cannot be kept to this machine\. Expected to listen at"):
        init_on_loopback(init, "folder")
    assert init.started == []


def test_other_errors_of_ray_come_through(constants: Any) -> None:
    with pytest.raises(RuntimeError, match="num_cpus"):
        init_on_loopback(Init("num_cpus"), "folder", num_cpus=2)


@pytest.mark.skipif(os.name == "nt", reason="there are no rights of a group")
@pytest.mark.parametrize("mode", [0o644, 0o660, 0o604, 0o600, 0o400])
@pytest.mark.parametrize("is_named", [False, True])
def test_the_token_is_readable_to_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, is_named: bool
) -> None:
    token = tmp_path / ("elsewhere" if is_named else ".ray/auth_token")
    token.parent.mkdir(exist_ok=True)
    token.write_text("secret")
    token.chmod(mode)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("RAY_AUTH_TOKEN_PATH", raising=False)
    if is_named:
        monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(token))
    keep_token_private()
    assert stat.S_IMODE(token.stat().st_mode) == (mode if mode in (0o600, 0o400) else 0o600)


def test_the_rights_of_what_a_token_leads_to_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text("x")
    foreign.chmod(0o644)
    (tmp_path / "link").symlink_to(foreign)
    for name in ("link", "absent"):
        monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", str(tmp_path / name))
        keep_token_private()
    assert stat.S_IMODE(foreign.stat().st_mode) == 0o644
