"""A page as a person meets it: parsed strictly, found by tag and id, and sent back by the form it carries."""

from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib

VOID_OK = ("expected-doctype-but-got-start-tag", "expected-doctype-but-got-chars")


class Page:
    """An answer of the application. `text` is what a reader sees; forms are sent as they came but for what is given."""

    def __init__(self, browser, response, path):
        self.browser, self.response, self.path = browser, response, path
        self.status, self.headers = response.status_code, response.headers
        self.content = response.get_data()
        self.body = self.content.decode(errors="replace")
        self.tree = self.parse() if "html" in (response.content_type or "") and self.body else Element("empty")

    def parse(self):
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        whole = self.body.lstrip().lower().startswith("<!doctype")
        # A row alone is read as htmx puts it: into a table.
        container = "tbody" if self.body.lstrip().startswith("<tr") else "div"
        tree = parser.parse(self.body) if whole else parser.parseFragment(self.body, container)
        errors = [error for error in parser.errors if whole or error[1] not in VOID_OK]
        assert not errors, f"{self.path}: the page is not well-formed: {errors[:3]}"
        return tree

    def find_all(self, tag, **attributes):
        names = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        return [
            found
            for found in self.tree.iter(tag)
            if all(
                value in found.get(key, "").split() if key == "class" else found.get(key) == value
                for key, value in names.items()
            )
        ]

    def find(self, tag, **attributes):
        found = self.find_all(tag, **attributes)
        assert len(found) == 1, f"{self.path}: {len(found)} of <{tag} {attributes}>, not one"
        return found[0]

    def has(self, tag, **attributes):
        return bool(self.find_all(tag, **attributes))

    def by_id(self, name):
        found = [element for element in self.tree.iter() if element.get("id") == name]
        assert len(found) == 1, f"{self.path}: {len(found)} elements have the id {name}"
        return found[0]

    def error_at(self, field):
        """What stands beside the field with this id."""
        return text_of(self.by_id(f"{field}-err")).removeprefix("Error: ")

    @property
    def text(self):
        return text_of(self.tree)

    @property
    def title(self):
        return text_of(self.find("title"))

    @property
    def h1(self):
        return text_of(self.find("h1"))

    @property
    def links(self):
        return [found.get("href") for found in self.tree.iter("a")]

    @property
    def location(self):
        """Where the answer sends the person, without the host."""
        to = self.headers.get("HX-Redirect") or self.headers.get("Location") or ""
        parts = urlsplit(to)
        return parts.path + ("?" + parts.query if parts.query else "")

    @property
    def starts(self):
        """The free times that the page offers, as it writes them."""
        return [found.get("value") for found in self.find_all("button", name="start")]

    def form(self, action=None, id=None):
        """The one form with this action or id, as the fields that a browser would send."""
        forms = [
            f
            for f in self.tree.iter("form")
            if (action is None or f.get("action") == action) and (id is None or f.get("id") == id)
        ]
        assert len(forms) == 1, f"{self.path}: {len(forms)} forms for {action or id}"
        return Form(self, forms[0])

    def follow(self):
        assert self.location, f"{self.path}: {self.status} leads nowhere"
        return self.browser.get(self.location)


class Form:
    def __init__(self, page, element):
        self.page, self.element = page, element
        self.action = urljoin(page.path, element.get("action") or page.path)
        self.method = element.get("method", "get").lower()

    @property
    def fields(self):
        sent = {}
        for found in self.element.iter():
            name = found.get("name")
            if not name or found.get("disabled") is not None:
                continue
            if found.tag == "input" and found.get("type") in ("radio", "checkbox"):
                if found.get("checked") is not None:
                    sent[name] = found.get("value", "on")
            elif found.tag == "input":
                sent[name] = found.get("value", "")
            elif found.tag == "textarea":
                sent[name] = "".join(found.itertext())
            elif found.tag == "select":
                options = list(found.iter("option"))
                chosen = [o for o in options if o.get("selected") is not None] or options[:1]
                for option in chosen:
                    sent[name] = option.get("value", text_of(option))
        return sent

    def submit(self, htmx=False, **given):
        """Send the form with these fields changed; None leaves a field out."""
        fields = {name: value for name, value in (self.fields | given).items() if value is not None}
        send = self.page.browser.post if self.method == "post" else self.page.browser.get
        return send(self.action, fields, htmx=htmx)


def text_of(element):
    """The words of an element with single spaces; what is in templates and scripts is not said."""
    words = []

    def walk(node):
        if node.tag in ("script", "style", "template"):
            return
        words.append(node.text or "")
        for child in node:
            walk(child)
            words.append(child.tail or "")

    walk(element)
    return " ".join("".join(words).split())
