"""Every entry of ORACLES keeps the promises; a new oracle is tested by being listed there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.oracles.searching import INSTALLED, REQUIRED, make_named
from tftune.oracles import ORACLES
from tftune.oracles.core.oracle import Oracle
from tftune.oracles.sampling.random_search import RandomMethod
from tftune.testing.oracles import OracleContract
from tftune.testing.searching import Make, Trials

NAMES = [
    pytest.param(
        name,
        marks=()
        if name in INSTALLED
        else pytest.mark.skip(f"{REQUIRED.get(name)} is not installed"),
    )
    for name in ORACLES
]


@pytest.fixture(scope="module")
def all_elsewhere() -> dict[str, Trials]:
    """The trials of every method from one fresh process with another hash seed, by name."""
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": os.pathsep.join(sys.path)}
    script = Path(__file__).with_name("searching.py")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    return dict(json.loads(done.stdout))


class TestEveryOracle(OracleContract):
    @pytest.fixture(autouse=True, params=NAMES)
    def named(self, request: pytest.FixtureRequest) -> None:
        self.case = request.param

    def make_oracle(self, **arguments: Any) -> Any:
        return make_named(self.case, **arguments)

    @pytest.fixture
    def elsewhere(self, all_elsewhere: dict[str, Trials]) -> Trials:
        return all_elsewhere[self.case]

    def test_its_class_is_an_oracle_of_keras_tuner(self, make: Make) -> None:
        assert issubclass(ORACLES[self.case], keras_tuner.Oracle)
        assert type(make()) is ORACLES[self.case] and make().kind is ORACLES[self.case]


class TestMethodByHand(OracleContract):
    """As whoever writes a method uses the suite."""

    def make_oracle(self, **arguments: Any) -> Any:
        return Oracle(RandomMethod(), **arguments)
