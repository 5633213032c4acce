"""What a template may say: complaints about one template's source, each with its line and what to write instead."""

import re
from html.parser import HTMLParser
from pathlib import PurePosixPath

from jinja2 import Environment, nodes

ORDER = (
    *("audit", "accounts", "doctors", "patients", "scheduling"),
    *("appointments", "records", "waitlist", "messages", "clinic"),
)
SWAPS = (
    *("innerHTML", "outerHTML", "innerMorph", "outerMorph", "textContent", "delete", "none"),
    *("beforebegin", "afterbegin", "beforeend", "afterend"),
)
SPOKEN = ("aria-label", "title", "placeholder", "alt", "data-unknown", "data-soon", "data-says", "data-on", "data-off")
NAMES = {"healthbook"}
GETTEXT = {"_", "gettext", "ngettext", "pgettext"}
FORBIDDEN = {
    r"style": "the Content-Security-Policy forbids it: use a class of healthbook.css",
    r"on\w+": "no inline script: behaviour is an hx- attribute or stands in static/hb",
    r"hx-on.*": "it needs eval, which the Content-Security-Policy forbids",
    r"hx-disable": "it drops the focus to the body: use hx-sync",
    r"hx-(delete|put|patch)": "they lose the form and its token: use a form with method=post",
    r"hx-boost.*": "it leaves the focus on the body and announces nothing: a plain link will do",
    r"data-hx-.*": "write hx-",
}


def complaints(name: str, source: str) -> list[str]:
    """`name` is the path below templates/; an empty list means that all is well."""
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse(source)
    page = Page(name)
    page.feed(without_jinja(source))
    page.close()
    found = [*page.found, *references(name, tree), *expressions(tree), *shape(name, tree, page)]
    return [f"templates/{name}:{line}: {words}" for line, words in sorted(set(found))]


def without_jinja(source: str) -> str:
    """Statements and comments go, an expression becomes ⟦…⟧ without quotes, and every line stays in its place."""
    taken = r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{%.*?%\}"
    source = re.sub(taken, lambda found: "\n" * found[0].count("\n"), source, flags=re.S)
    return re.sub(r"\{\{(.*?)\}\}", lambda found: "⟦" + re.sub(r"[^\w\s.()]", "", found[1]) + "⟧", source, flags=re.S)


def is_worded(text: str | None) -> bool:
    bare = re.sub(r"⟦.*?⟧|[\w:-]+=(\"[^\"]*\"|'[^']*')", "", text or "", flags=re.S)
    return any(word not in NAMES for word in re.findall(r"[^\W\d_]{2,}", bare))


class Page(HTMLParser):
    """Walks the tags: forbidden attributes, forms that would not work, words that nobody can translate."""

    def __init__(self, name: str):
        super().__init__()
        self.name, self.found, self.roots, self.form = name, [], [], None

    def complain(self, words: str, line: int | None = None) -> None:
        self.found.append((line or self.getpos()[0], words))

    def handle_starttag(self, tag: str, pairs: list) -> None:
        attributes = dict(pairs)
        self.roots.append((tag, attributes.get("id") or ""))
        if tag in ("script", "style") and "src" not in attributes:
            self.complain(f"<{tag}> in the page: the Content-Security-Policy forbids it")
        for attribute, value in attributes.items():
            self.check(attribute, value or "")
        if tag != "form" and "hx-post" in attributes and "formaction" not in attributes:
            self.complain(f"<{tag} hx-post> does nothing without script: put hx-post on a form with action and method")
        if tag == "form":
            self.form = (self.getpos()[0], attributes, False)

    def check(self, attribute: str, value: str) -> None:
        for pattern, why in FORBIDDEN.items():
            if re.fullmatch(pattern, attribute):
                self.complain(f"{attribute}=: {why}")
        if re.match(r"\s*(js|javascript):", value):
            self.complain(f"{attribute}=: no script in an attribute")
        if attribute == "hx-trigger" and "[" in value:
            self.complain("hx-trigger with a filter needs eval: use an event name of its own")
        if attribute == "hx-trigger" and "from:body" in value:
            self.complain("from:body misses events whose element is gone: write from:document")
        if attribute.split(":")[0] == "hx-swap" and value and value.split()[0] not in SWAPS and "⟦" not in value:
            self.complain(f"hx-swap={value!r}: htmx knows {', '.join(SWAPS)}")
        if attribute in SPOKEN and is_worded(value):
            self.complain(f'{attribute}={value!r}: people read it, so write {attribute}="{{{{ _("…") }}}}"')

    def handle_data(self, text: str) -> None:
        if self.form and re.search(r"csrf|hidden_tag", text):
            self.form = (*self.form[:2], True)
        if is_worded(text):
            skipped = text[: len(text) - len(text.lstrip())].count("\n")
            self.complain(f'{" ".join(text.split())!r}: write {{{{ _("…") }}}}', self.getpos()[0] + skipped)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.form:
            self.check_form(*self.form)
            self.form = None

    def check_form(self, line: int, form: dict, has_token: bool) -> None:
        has_token = has_token or "csrf_token" in str(form)
        if "hx-post" in form and form.get("method") != "post":
            self.complain("<form hx-post> without method=post does nothing without script", line)
        if form.get("method", "").lower() == "post":
            if "action" not in form:
                self.complain("<form method=post> has no action: name where it goes", line)
            if not has_token:
                self.complain("<form method=post> has no token: write {{ csrf() }} inside it", line)
        if "hx-post" in form and "hx-sync" not in form:
            self.complain('<form hx-post> is sent twice by a double click: add hx-sync="this:drop"', line)


WITH_CONTEXT = "import … with context, since its macros need what the page shows"
WITHOUT_CONTEXT = "import … without context, so that it is made once and not for every row of every page"


def needs_context(other: str) -> bool:
    """The clinic is the page's; and what a domain shares are parts of a page."""
    return other in ("ui/clinic.html", "ui/problems.html") or not other.startswith("ui/")


def references(name: str, tree: nodes.Template) -> list[tuple[int, str]]:
    """Templates are taken from ui/, the own folder and the folders to the left of it."""
    folder, found = name.split("/")[0], []
    allowed = {"ui", folder, *(ORDER[: ORDER.index(folder)] if folder in ORDER else ())}
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        other = node.template.value if isinstance(node.template, nodes.Const) else None
        if not isinstance(other, str):
            found.append((node.lineno, "the name of a template is written out, so that it can be found"))
        elif "/" in other and other.split("/")[0] not in allowed:
            found.append((node.lineno, f"{other} is to the right of {folder}: link to it with hx-get instead"))
        elif isinstance(node, nodes.FromImport) and folder != "ui" and needs_context(other) != node.with_context:
            found.append((node.lineno, f"{other}: {WITH_CONTEXT if needs_context(other) else WITHOUT_CONTEXT}"))
    return found


def expressions(tree: nodes.Template) -> list[tuple[int, str]]:
    """Within {{ … }}: nothing unescaped, no words outside gettext."""
    found = [
        (node.lineno, "|safe lets through what a person wrote")
        for node in tree.find_all(nodes.Filter)
        if node.name == "safe"
    ]
    found += [(node.lineno, "autoescape stays on") for node in tree.find_all(nodes.ScopedEvalContextModifier)]
    calls = list(tree.find_all(nodes.Call))
    fine = {
        id(text) for call in calls if getattr(call.node, "name", "") in GETTEXT for text in call.find_all(nodes.Const)
    }
    fine |= {id(text) for test in tree.find_all(nodes.Compare) for text in test.find_all(nodes.Const)}
    for text in tree.find_all(nodes.Const):
        if isinstance(text.value, str) and re.match(r"[A-Z][a-z]", text.value) and id(text) not in fine:
            found.append((text.lineno, f'{text.value!r}: write _("{text.value}")'))
    return found


def shape(name: str, tree: nodes.Template, page: Page) -> list[tuple[int, str]]:
    """A page extends the base and says where one is; a part has its own name as the id of its first element."""
    path = PurePosixPath(name)
    if path.parent.as_posix() in ("ui", ".", "errors"):
        return []
    if path.parent.as_posix() not in ORDER:
        return [(1, f"{path.parent}/ is no domain: {' '.join(ORDER)}")]
    if path.stem.startswith("_"):
        tag, id = page.roots[0] if page.roots else ("nothing", "")
        wanted = path.stem[1:].replace("_", "-")
        fits = re.fullmatch(rf"{wanted}(-.*)?", id)
        return [] if fits else [(1, f'<{tag}> comes first and has id="{wanted}", or "{wanted}-{{{{ … }}}}" in a list')]
    blocks = {block.name for block in tree.find_all(nodes.Block)}
    fits = list(tree.find_all(nodes.Extends)) and blocks >= {"title", "main"}
    return [] if fits else [(1, "a page extends base.html and has a title and a main; a part's name begins with _")]
