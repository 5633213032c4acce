"""The house rules of templates, which no browser and no reviewer has to remember."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from template_lint import complaints

ROOT = Path(__file__).parent.parent
TEMPLATES = sorted(path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html"))
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/icons.svg").read_text()))
PART = "doctors/_card.html"

BAD = [
    ('<p style="color: red"></p>', "style="),
    ('<p onclick="x()"></p>', "onclick="),
    ('<p hx-on:click="x()"></p>', "hx-on:click="),
    ("<p hx-vals='js:{a: 1}'></p>", "no script in an attribute"),
    ('<a href="javascript:x()"></a>', "no script in an attribute"),
    ('<p hx-get="/" hx-trigger="click[ctrlKey]"></p>', "filter"),
    ('<p hx-get="/" hx-trigger="changed from:body"></p>', "from:document"),
    ('<p hx-swap="innerHtml"></p>', "htmx knows"),
    ('<button hx-disable="this"></button>', "hx-sync"),
    ('<button hx-delete="/7"></button>', "method=post"),
    ('<p hx-boost:inherited="true"></p>', "plain link"),
    ("<script>x()</script>", "<script> in the page"),
    ('<button hx-post="/7"></button>', "does nothing without script"),
    ('<form method="post">{{ csrf() }}</form>', "no action"),
    ('<form method="post" action="/"></form>', "no token"),
    ('<form method="post" action="/" hx-post="/">{{ csrf() }}</form>', "sent twice"),
    ('<form action="/" hx-post="/" hx-sync="this:drop">{{ csrf() }}</form>', "without method=post"),
    ("<p>Choose a time</p>", "'Choose a time'"),
    ('<a aria-label="Next day"></a>', "aria-label="),
    ('<p>{{ "Today" if now else day }}</p>', "'Today'"),
    ('<p>{{ field(form.email, hint="Yours alone") }}</p>', "'Yours alone'"),
    ("<p>{{ note | safe }}</p>", "|safe"),
    ("{% autoescape false %}<p></p>{% endautoescape %}", "autoescape"),
    ('{% include "scheduling/_slots.html" %}', "to the right of doctors"),
    ("{% include chosen %}", "written out"),
    ('{% from "ui/clinic.html" import call %}', "with context"),
    ('{% from "ui/icons.html" import icon with context %}', "without context"),
    ('<p id="other"></p>', 'id="card"'),
]


def upgrade_check():
    spec = spec_from_file_location("upgrade_check", ROOT / "tests/vendor/upgrade-check.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("source", "words"), BAD, ids=[words for _, words in BAD])
def test_the_lint_itself_sees_what_is_wrong(source, words):
    found = complaints(PART, source if "id=" in source else f'<div id="card">{source}</div>')
    assert any(words in complaint for complaint in found), found


def test_the_lint_itself_lets_pass_what_is_right():
    part = """{% from "ui/forms.html" import csrf %}
    <div id="card-{{ doctor.id }}"{% if doctor.busy %} class="busy"{% endif %}>
      <form method="post" action="{{ href }}" hx-post="{{ href }}" hx-sync="this:drop">
        {{ csrf() }}<button id="save" aria-label="{{ _('Save the card') }}">{{ _("Save") }} 09:15</button></form>
      {% include "accounts/_name.html" %}{% if kind == "RadioField" %}healthbook{% endif %}
      {% trans n=3 %}Three visits{% endtrans %}
    </div>"""
    assert complaints(PART, part) == []


def test_a_complaint_says_where():
    assert complaints(PART, '<div id="card">\n\n<p>Hello</p></div>')[0].startswith("templates/doctors/_card.html:3: ")


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_template_keeps_the_house_rules(name):
    found = complaints(name, (ROOT / "templates" / name).read_text())
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_icon_is_in_the_sprite(name):
    tree = Environment(extensions=["jinja2.ext.i18n"]).parse((ROOT / "templates" / name).read_text())
    missing = [
        f"templates/{name}:{line}: static/icons.svg has no {icon!r}" for line, icon in drawn(tree) if icon not in SPRITE
    ]
    assert not missing, "\n" + "\n".join(missing)


def drawn(tree: nodes.Template) -> list[tuple[int, str]]:
    """The icons that a template names in words, with their lines."""
    calls = [call for call in tree.find_all(nodes.Call) if getattr(call.node, "name", "") in ("icon", "empty")]
    return [(call.lineno, icon) for call in calls if call.args for icon in choices(call.args[0])]


def choices(expression: nodes.Node) -> list[str]:
    if isinstance(expression, nodes.Const):
        return [expression.value]
    if isinstance(expression, nodes.CondExpr):
        return choices(expression.expr1) + choices(expression.expr2)
    return choices(expression.left) + choices(expression.right) if isinstance(expression, nodes.Or) else []


def test_nothing_is_written_for_an_older_htmx():
    issues = [issue for name in TEMPLATES for issue in upgrade_check().check_file(str(ROOT / "templates" / name))]
    wrong = [str(issue) for issue in issues if not (issue.category == "inheritance" and asks_itself(issue))]
    assert not wrong, "\n" + "\n".join(wrong)


def asks_itself(issue) -> bool:
    """The attribute belongs to an element that makes a request of its own, and is meant for that one only."""
    return bool(re.search(r"hx-(get|post)=", Path(issue.file).read_text().splitlines()[issue.line - 1]))


def test_every_template_compiles_and_every_link_goes_to_a_view(app):
    for name in TEMPLATES:
        app.jinja_env.get_template(name)
        tree = app.jinja_env.parse((ROOT / "templates" / name).read_text())
        for call in tree.find_all(nodes.Call):
            if getattr(call.node, "name", "") == "url_for" and isinstance(call.args[0], nodes.Const):
                endpoint = call.args[0].value
                assert endpoint in app.view_functions or endpoint.startswith("."), (
                    f"templates/{name}:{call.lineno}: no view is called {endpoint!r}"
                )
