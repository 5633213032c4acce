"""What the browser loads: vendored files are unchanged and licensed, our script is built, the first view is light."""

import gzip
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATIC = ROOT / "static"
SOURCES = json.loads((STATIC / "vendor/SOURCES.json").read_text())
OWN = {path.name: path.read_text() for path in (*sorted((STATIC / "hb").glob("*.js")), STATIC / "notes.js")}
SCRIPT = "".join(OWN.values())
PAGE_BYTES = 12_000  # what the directory's own HTML may weigh, compressed


def weight(path: Path) -> int:
    """Bytes on the wire; a font is compressed already."""
    content = path.read_bytes()
    return len(content if path.suffix == ".woff2" else gzip.compress(content, 6))


def first_view() -> set[Path]:
    """The static files that base.html names, those that the stylesheet names, and the sprite."""
    base, sheet = (ROOT / "templates/base.html").read_text(), (STATIC / "healthbook.css").read_text()
    names = re.findall(r"(?:static_url\('|filename=')([^']+)'", base) + re.findall(r"url\(([^)]+)\)", sheet)
    return {STATIC / name for name in [*names, "icons.svg"]}


@pytest.mark.parametrize("source", SOURCES, ids=[source["file"] for source in SOURCES])
def test_a_vendored_file_is_the_one_that_was_published_and_has_its_licence_beside_it(source):
    assert sha256((ROOT / source["file"]).read_bytes()).hexdigest() == source["sha256"]
    licence = ROOT / source["licence_file"]
    assert licence.parent == (ROOT / source["file"]).parent
    assert licence.read_text().strip()


def test_nothing_is_vendored_without_saying_where_it_is_from():
    folders = [STATIC / "vendor", STATIC / "fonts", ROOT / "tests/vendor", ROOT / "healthbook/records/fonts"]
    files = {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.iterdir() if path.is_file()}
    files |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "migrations").glob("*.sql")}
    ours = {name for name in files if name.endswith((".txt", "SOURCES.json"))}
    assert files - ours == {source["file"] for source in SOURCES}


def test_the_script_is_built_from_its_parts():
    parts = (STATIC / "app.parts").read_text().split()
    built = "".join((STATIC / part).read_text() for part in parts)
    assert (STATIC / "app.js").read_text() == built, "run: cd static && cat $(cat app.parts) > app.js"
    assert {path.name for path in (STATIC / "hb").iterdir()} == {Path(part).name for part in parts if "hb/" in part}


def test_every_word_of_the_script_stands_in_the_page():
    spoken = set(re.findall(r"data-(\w+)=", (ROOT / "templates/ui/words.html").read_text())) - {"dismiss"}
    assert not set(re.findall(r"(?:words|alert)\('(\w+)'\)", SCRIPT)) - spoken
    assert not [name for name in spoken if f"'{name}'" not in SCRIPT]
    assert not re.findall(r"['\"`][A-Z][a-z]+ [^'\"`]*['\"`]", SCRIPT), "people read this: put it into ui/words.html"


def test_our_script_evaluates_nothing():
    assert not re.findall(r"\beval\b|new Function|innerHTML|insertAdjacentHTML|document\.cookie", SCRIPT)


def test_only_what_is_sealed_is_stored_and_what_clears_it_stands_on_every_page():
    stores = {name for name, text in OWN.items() if re.search(r"(?:local|session)Storage", text)}
    assert stores == {"kept.js", "notes.js"}
    assert re.findall(r"(\w+)\.setItem\((.+)\)", SCRIPT) == [
        ("sessionStorage", "'hb.tab', tab"),
        ("store", "there, text(iv) + text(sealed)"),
    ]


def test_style_and_icons_load_nothing_from_elsewhere():
    for name in ("healthbook.css", "icons.svg", "mark.svg"):
        text = (STATIC / name).read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.findall(r"https?:|@import|//\w", text), name


def test_the_first_view_is_light():
    files = first_view()
    assert len(files) + 1 <= 8, sorted(path.name for path in files)
    weights = {path.name: weight(path) for path in files}
    assert sum(weights.values()) + PAGE_BYTES <= 80_000, weights
    assert weights["app.js"] <= 22_000
    assert weights["healthbook.css"] <= 12_000
    assert weight(STATIC / "notes.js") <= 3_000
