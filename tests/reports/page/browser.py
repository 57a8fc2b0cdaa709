"""A browser without a window, for tests that look at a page: Debian's chromium and its driver."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVERS = ("chromedriver", "chromium.chromedriver")


def first_of(names: tuple[str, ...]) -> str | None:
    """The path of the first of these programs that is installed."""
    return next((path for name in names if (path := shutil.which(name))), None)


def open_browser() -> Any:
    """A browser that notes what it asks for; the test is skipped, or in CI fails, without one."""
    program, driver = first_of(BROWSERS), first_of(DRIVERS)
    if program is None or driver is None:
        why = f"there is no {'browser' if program is None else 'driver'}; .ci/run installs chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options, webdriver.ChromeService(driver))


class Page:
    """A page that is looked at.

    Args:
        driver: The browser.
    """

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, path: Path, width: int = 1400, dark: bool = False) -> Page:
        """Opens a file in a window of a width."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get("about:blank")
        self.driver.get_log("browser"), self.driver.get_log("performance")
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
    """One browser for all tests of a module."""
    driver = open_browser()
    try:
        yield Page(driver)
    finally:
        driver.quit()
