"""Browsing: a page of a file opened in headless Chromium as a person would, with everything told that the browser complains of.

Here lives: the browser, a page in it, what its console said and what it asked of the network.  Here does not live: what a report must
show (``test_report_*``).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

PATIENCE = 20
"""Seconds until what a page should do by itself counts as not done: a bound for a busy machine, and no measure."""
WIDE, NARROW = 1440, 390
HARMLESS = ("data:", "blob:")
"""What these ask for is in the page: no byte leaves it."""


def program(*names):
    """The path of a program; without it the test is skipped."""
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip(f"{names[0]} is not installed")
    return found


def begin(folder):
    """Start Chromium with a profile of its own in ``folder``; skips where there is none."""
    pytest.importorskip("selenium", reason="selenium is not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    for switch in (
        "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--disable-dev-shm-usage", f"--user-data-dir={folder}",
    ):  # fmt: skip
        options.add_argument(switch)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium refuses to start as root with one
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = Service(program("chromedriver"))  # its path is given, so that nothing is downloaded
    return Browser(webdriver.Chrome(options, service))


class Browser:
    """One browser for many pages, one after another."""

    def __init__(self, driver):
        self.driver = driver
        driver.execute_cdp_cmd("Network.enable", {})
        offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)

    def command(self, name, **parameters):
        """A command of the DevTools protocol."""
        return self.driver.execute_cdp_cmd(name, parameters)

    def open(self, path, *, width=WIDE, dark=False, script=True, fragment="", ready=True):
        """Open a file in a window so many pixels wide; ``fragment``: what stands behind # in its address."""
        self.driver.get("about:blank")
        self.heard()
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self.command("Emulation.setScriptExecutionDisabled", value=not script)
        page = Page(self, Path(path).resolve())
        page.media(dark=dark)
        self.driver.get(page.address + (f"#{fragment}" if fragment else ""))
        if script and ready:
            page.until("document.documentElement.dataset.ready === 'yes'")
        return page

    def heard(self):
        """What came since the last call: (lines of the console, addresses that were asked for)."""
        lines = [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]
        asked = {}
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            told = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                asked[told["requestId"]] = told["request"]["url"]
            elif message["method"] == "Network.webSocketCreated":
                asked[told["requestId"]] = told["url"]
            elif message["method"] == "Network.loadingFailed" and told.get("blockedReason") == "csp":
                asked.pop(told["requestId"], None)  # never sent; the console tells of it
        return lines, list(asked.values())

    def end(self):
        """Close it."""
        self.driver.quit()


class Page:
    """An open page.  Selectors are those of CSS."""

    def __init__(self, browser, path):
        self.browser, self.driver = browser, browser.driver
        self.address = path.as_uri()
        self.expected = ()
        """Words of lines of the console that a test provoked."""

    # ---- what is there

    def run(self, script, *arguments):
        """Run a script of the test's own; what it returns."""
        return self.driver.execute_script(script, *arguments)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def one(self, selector):
        return self.driver.find_element("css selector", selector)

    def text(self, selector):
        """The text of an element as it stands in the document, seen or not."""
        return self.run("return document.querySelector(arguments[0]).textContent.trim()", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim())", selector)

    def until(self, condition, *arguments):
        """Wait until a condition of the page holds."""
        from selenium.common.exceptions import TimeoutException
        from selenium.webdriver.support.ui import WebDriverWait

        try:
            WebDriverWait(self.driver, PATIENCE, 0.02).until(lambda _: self.run(f"return {condition}", *arguments))
        except TimeoutException:
            pytest.fail(f"the page never came to: {condition} {arguments}; console: {self.browser.heard()[0]}")

    def active(self):
        """The element that has the focus."""
        return self.driver.switch_to.active_element

    def size(self):
        """(width of the document, width of the window): a document that is wider scrolls sideways."""
        return self.run("return [document.documentElement.scrollWidth, document.documentElement.clientWidth]")

    # ---- a table

    def column(self, name, table="#handshake-table"):
        """The texts of a column, of the rows that are shown."""
        return self.run(
            """const heads = [...document.querySelectorAll(`${arguments[0]} thead th`)];
            const at = heads.findIndex((one) => one.dataset.column === arguments[1]);
            return [...document.querySelectorAll(`${arguments[0]} tbody tr[data-row]`)].map((row) => row.cells[at].textContent.trim());""",
            table, name,
        )  # fmt: skip

    def whole(self, pager="#pager"):
        """Show as many rows on a page as it can."""
        self.run(
            """const sizes = document.querySelector(`${arguments[0]} select`);
            sizes.value = sizes.options[sizes.options.length - 1].value; sizes.dispatchEvent(new Event("change", { bubbles: true }));""",
            pager,
        )  # fmt: skip

    def counts(self, words, matches="#matches"):
        """Wait until the count of rows says so."""
        self.until("document.querySelector(arguments[0]).textContent === arguments[1]", matches, words)

    # ---- what a person does

    def go(self, fragment):
        """Follow a link inside of the page, and wait until it is shown."""
        self.run("location.hash = arguments[0]; return new Promise((done) => setTimeout(done, 10))", fragment)
        self.settled()

    def settled(self):
        """Wait until no view is being filled."""
        self.run(
            """return new Promise((done) => {
            const look = () => (document.querySelector("[aria-busy=true]") === null ? done() : setTimeout(look, 10));
            setTimeout(look, 20); })"""
        )

    def press(self, *keys):
        """Press keys, one after another, wherever the focus is; names as in selenium's Keys."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        for key in keys:
            ActionChains(self.driver).send_keys(getattr(Keys, key, key)).perform()

    def enter(self, selector, words):
        """Empty a field, as a person does, and type words into it."""
        from selenium.webdriver.common.keys import Keys

        self.one(selector).send_keys(Keys.CONTROL, "a", Keys.NULL, Keys.DELETE, words)

    def media(self, kind="", *, dark=False):
        """How the page is looked at: kind "print" or "" (a screen), in which colours."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.browser.command("Emulation.setEmulatedMedia", media=kind, features=[scheme])

    def back(self):
        self.driver.back()
        self.settled()

    def printed(self):
        """The page as PDF."""
        return base64.b64decode(self.browser.command("Page.printToPDF", printBackground=True)["data"])

    def picture(self, path, *, whole=False):
        """Save what is seen as a PNG file."""
        shot = self.browser.command("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        Path(path).write_bytes(base64.b64decode(shot["data"]))

    # ---- what must hold for every page

    def close(self):
        """Fail where the browser complained of anything, or something was asked for that is not in the file."""
        lines, asked = self.browser.heard()
        left = [line for line in lines if not any(words in line for words in self.expected)]
        assert not left, left
        elsewhere = [one for one in asked if not one.startswith(HARMLESS) and one.partition("#")[0] != self.address]
        assert not elsewhere, elsewhere
        for words in self.expected:
            assert any(words in line for line in lines), f"the console never said {words!r}: {lines}"
