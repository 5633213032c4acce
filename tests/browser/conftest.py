"""Real browsers: Chromium through Playwright, one context for each person, and everything it complains about."""

import pytest

TOLERATED = ("Failed to load resource", "Transition was aborted", "Transition was skipped")


CUT_OFF = """
const asked = window.fetch;
window.fetch = (what, ...more) =>
  String(what.url ?? what).includes('/events') ? Promise.reject(new TypeError('cut off')) : asked(what, ...more);
"""


class Person:
    """Somebody with a browser of their own. `complaints` are CSP violations and errors of scripts."""

    def __init__(self, chromium, site, name=None, tolerated=(), **options):
        self.tolerated = (*TOLERATED, *tolerated)
        self.context = chromium.new_context(base_url=site.url, **options)
        self.context.set_default_timeout(10_000)
        if name:
            self.context.add_cookies(
                [{"name": "session", "value": site.cookie(f"{name}@test.example"), "url": site.url}]
            )
        self.complaints = []
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complain(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complain(str(error)))

    def complain(self, words):
        if not any(tolerated in words for tolerated in self.tolerated):
            self.complaints.append(words)

    def wait_until_live(self):
        """The page's stream has opened: from now on it hears what happens."""
        self.page.locator(".live-dot:not(.off):visible").first.wait_for()

    def cut_off(self):
        """No page's stream opens, as on a train: only answers tell what happens."""
        self.page.add_init_script(CUT_OFF)

    @property
    def focus(self):
        """The id of the element that has the focus."""
        return self.page.evaluate("document.activeElement.id || document.activeElement.tagName")


@pytest.fixture
def person(chromium, site):
    """person("ada"): her browser; person(): a guest's. Nobody's may complain about anything."""
    people = []

    def open_for(name=None, **options):
        people.append(Person(chromium, site, name, **options))
        return people[-1]

    yield open_for
    for one in people:
        one.context.close()
        assert not one.complaints
