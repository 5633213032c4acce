"""The catalogue of attacks and the tests that prove its rows name the same codes."""

import ast
import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parent
ROW = re.compile(r"^\| ([A-Z]{2}[0-9]+) \| [^|]+ \| [^|]+ \|$", re.MULTILINE)
NAMED = re.compile(r"\(([A-Z]{2}[0-9]+(?:, [A-Z]{2}[0-9]+)*)\)")


def rows():
    return ROW.findall((TESTS / "attacks.md").read_text())


def codes(text):
    return {code for found in NAMED.findall(text) for code in found.split(", ")}


def named():
    """By code, the tests whose docstrings name it."""
    found = defaultdict(set)
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name.lower().startswith("test"):
                for code in codes(ast.get_docstring(node) or ""):
                    found[code].add(f"{path.relative_to(TESTS)}::{node.name}")
    return found


def test_each_row_stands_once_in_the_catalogue():
    assert len(rows()) == len(set(rows()))
    lines = [line for line in (TESTS / "attacks.md").read_text().splitlines() if re.match(r"\| [A-Z]{2}[0-9]", line)]
    assert len(lines) == len(rows())


def test_each_row_is_proved_by_a_test():
    unproved = sorted(set(rows()) - set(named()))
    assert not unproved, f"No test's docstring names {', '.join(unproved)}."


def test_each_code_in_a_docstring_has_its_row():
    strangers = {code: sorted(tests) for code, tests in named().items() if code not in rows()}
    assert not strangers, f"tests/attacks.md has no row for these: {strangers}"


def test_a_code_is_found_alone_and_among_others():
    assert codes("What is tried (UP1, AZ16). And more (PR1).") == {"UP1", "AZ16", "PR1"}
    assert codes("Blood of AB- and a B12 (in a list) is no code.") == set()
