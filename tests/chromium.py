"""Debian's Chromium. Where there is none a browser test skips with a clear line, but never in CI."""

import os
import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

PLACES = (
    *("chromium", "chromium-browser", "google-chrome"),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@contextmanager
def running():
    """A running browser; each test opens contexts of its own in it."""
    path = next(filter(None, map(shutil.which, PLACES)), None)
    if path is None and os.environ.get("CI"):
        pytest.fail("CI runs the browser tests, and here is no Chromium.")
    if path is None:
        pytest.skip("Here is no Chromium: on Debian, apt-get install chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
