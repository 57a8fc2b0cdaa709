"""Chromium without a window, to look at a report: Debian's `chromium` and `chromium-driver`."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

from tftune.errors import UsageError

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVERS = ("chromedriver", "chromium.chromedriver")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def missing() -> str:
    """Returns what a browser lacks on this machine, or nothing."""
    wanted = {"browser (chromium)": BROWSERS, "driver (chromium-driver)": DRIVERS}
    lacking = [what for what, names in wanted.items() if not any(map(shutil.which, names))]
    return f"there is no {' and no '.join(lacking)}" if lacking else ""


@contextlib.contextmanager
def opened() -> Iterator[Any]:
    """Gives a browser that notes what it is told and what it asks for, and ends it again.

    Raises:
        UsageError: If there is none on this machine.
    """
    if missing():
        raise UsageError(
            f"A browser is needed, but {missing()}. Install Debian's chromium and chromium-driver."
        )
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(next(filter(None, map(shutil.which, BROWSERS))))
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = next(filter(None, map(shutil.which, DRIVERS)))
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    try:
        yield browser
    finally:
        browser.quit()


def resize(browser: Any, width: int, dark: bool = False, height: int = 900) -> None:
    """Makes the window so wide, in CSS pixels, and the system's colours light or dark."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
