"""The laws of the tree: who may import whom, how long things may grow, and where nothing may hide."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = sorted((ROOT / "healthbook").rglob("*.py"))
ORDER = [
    *("audit", "accounts", "doctors", "patients", "scheduling", "appointments"),
    *("records", "waitlist", "messages", "clinic", "demo"),
]
FLOORS = {
    4: {"app", "context", "commands", "__main__", "server"},
    3: {"views", "tasks"},
    2: {
        "rules",
        "forms",
        "access",
        "hypermedia",
        "reading",
        "remembered",
        "papers",
        "whom",
        "filters",
        "labels",
        "answers",
        "failures",
        "headers",
        "urls",
        "turns",
    },
    0: {"models", "db", "clock", "errors", "live", "jobs", "seal", "config", "postgres", "cluster", "unprivileged"},
}
LONGEST_FILE, LONGEST_FUNCTION = 150, 30


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module):
    """0 to 4; queries, slots and other nouns of a domain are on 1. The demo stands beside the commands."""
    parts = module.split(".")[1:]
    if parts[:1] == ["demo"]:
        return 4
    for number, words in FLOORS.items():
        if words & set(parts[:2]):
            return number
    return 1


def domain(module):
    name = module.split(".")[1] if "." in module else ""
    return ORDER.index(name) if name in ORDER else None


def imports(tree):
    """The modules of ours that a file imports, `from package import module` as the module."""
    known = {module_of(path) for path in CODE}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("healthbook"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("healthbook"):
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                yield whole if whole in known else node.module


def wrong_imports(module, tree):
    """Sentences about what this module may not import."""
    own_domain = domain(module)
    for other in imports(tree):
        if floor(other) > floor(module):
            yield f"{module} (floor {floor(module)}) imports {other} (floor {floor(other)}): imports go down"
        if own_domain is not None and domain(other) is not None and domain(other) > own_domain:
            yield f"{module} imports {other}, which stands to its right: link to it, or tell it by a job"
        if ".views" in module and other.split(".")[-2:-1] != ["views"] and other.endswith(".views"):
            yield f"{module} imports {other}: views never import views, put what both need into queries"
        if ".views." in module and ".views." in other and not other.endswith(".blueprint"):
            yield f"{module} imports {other}: views never import views"


@pytest.mark.parametrize("path", CODE, ids=module_of)
def test_imports_go_down_and_to_the_left(path):
    assert not list(wrong_imports(module_of(path), ast.parse(path.read_text())))


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("healthbook.accounts.queries", "from healthbook.accounts import rules"),
        ("healthbook.accounts.queries", "from healthbook.doctors import queries"),
        ("healthbook.doctors.rules", "import healthbook.app"),
        ("healthbook.models.doctors", "from healthbook import access"),
        ("healthbook.clinic.views", "from healthbook.accounts import views"),
        ("healthbook.appointments.views.holds", "from healthbook.appointments.views import agenda"),
    ],
)
def test_the_reader_of_imports_sees_what_is_wrong(module, line):
    assert list(wrong_imports(module, ast.parse(line)))


@pytest.mark.parametrize("path", CODE, ids=module_of)
def test_nothing_is_imported_inside_a_function(path):
    hidden = [
        f"{function.name} (line {node.lineno})"
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden, f"imports belong at the top: {hidden}"


@pytest.mark.parametrize("path", [p for p in CODE if p.name == "__init__.py"], ids=module_of)
def test_an_init_file_is_empty(path):
    if path.parent.name != "models":
        assert not path.read_text().strip(), "what stands here is found by nobody: give it a file with a name"


@pytest.mark.parametrize("path", CODE, ids=module_of)
def test_files_and_functions_stay_small(path):
    text = path.read_text()
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) <= LONGEST_FILE, f"{len(lines)} lines: make it a folder with a file for each resource"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("path", [p for p in CODE if p.name != "clock.py"], ids=module_of)
def test_only_the_clock_reads_the_clock(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow", "time"):
            owner = node.value.id if isinstance(node.value, ast.Name) else ""
            assert (owner, node.attr) not in {
                ("datetime", "now"),
                ("datetime", "utcnow"),
                ("date", "today"),
                ("datetime", "today"),
                ("time", "time"),
            }, f"line {node.lineno}: call clock.now()"


@pytest.mark.parametrize("path", [p for p in CODE if p.name != "hypermedia.py"], ids=module_of)
def test_only_hypermedia_knows_htmx_headers(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
            assert not node.value.startswith("HX-"), f"line {node.lineno}: ask hypermedia"
