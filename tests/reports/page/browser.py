"""A browser without a window, for tests that look at a page."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.browser import missing, opened, resize


class Page:
    """A page that is looked at.

    Args:
        driver: The browser.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path, width: int = 1400, dark: bool = False) -> Page:
        """Opens a file in a window of a width."""
        resize(self.driver, width, dark)
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)  # what was told before is forgotten
        self.driver.get(path.absolute().as_uri())
        return self

    def run(self, code: str, *arguments: Any) -> Any:
        """What a piece of script in the page returns."""
        return self.driver.execute_script(code, *arguments)

    def count(self, selector: str) -> int:
        """Elements that a selector finds."""
        return int(self.run("return document.querySelectorAll(arguments[0]).length", selector))

    def texts(self, selector: str) -> list[str]:
        """Their texts."""
        found = "[...document.querySelectorAll(arguments[0])].map((each) => each.textContent)"
        return list(self.run(f"return {found}", selector))

    def settle(self) -> None:
        """Waits until what was done is drawn."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))"
        )

    def console(self) -> list[str]:
        """What the browser has complained of since the page was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that it has asked for since."""
        messages = [
            json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")
        ]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    """One browser for all tests of a module; they skip without one, and fail in CI."""
    if why := missing():
        told = f"{why}; .ci/run installs Debian's chromium and chromium-driver"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    with opened() as driver:
        yield Page(driver)
