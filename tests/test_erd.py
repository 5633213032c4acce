"""The nine entities are as they were given, and README's diagram is the database as it is."""

import re
from pathlib import Path

import erd
import pytest
import sqlalchemy as sa

from healthbook import models
from healthbook.db import db

HERE = Path(__file__).parent
GIVEN, RELATIONS = erd.read((HERE / "given_erd.mmd").read_text())
CLASSES = {mapper.class_.__name__: mapper.class_ for mapper in db.Model.registry.mappers}
FITS = {
    "int": {"int"},
    "string": {"text", "sealed"},
    "text": {"text", "sealed"},
    "date": {"date"},
    "time": {"time"},
    "datetime": {"datetime"},
    "boolean": {"boolean"},
    "decimal": {"decimal"},
}


def class_of(entity):
    return CLASSES["User" if entity == "CustomUser" else entity]


def table_name(entity):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", entity).lower()


def attributes():
    return [(entity, name, given) for entity, columns in GIVEN.items() for name, given in columns.items()]


def test_the_given_diagram_was_read_whole():
    assert len(GIVEN) == 9
    assert len(RELATIONS) == 12
    assert sum(len(columns) for columns in GIVEN.values()) == 97


@pytest.mark.parametrize("entity", GIVEN)
def test_every_given_entity_is_a_table_of_that_name(entity):
    assert class_of(entity).__table__.name == table_name(entity)


@pytest.mark.parametrize(("entity", "name", "given"), attributes(), ids=lambda value: str(value)[:40])
def test_every_given_column_is_there_with_its_kind_and_keys(entity, name, given):
    if (entity, name) == ("MedicalRecord", "attachments"):
        assert class_of(entity).attachments.property.mapper.class_ is models.Attachment
        return
    column = class_of(entity).__table__.c[name]
    assert erd.kind(column) in FITS[given.kind]
    assert given.keys <= set(erd.keys(column))


@pytest.mark.parametrize(
    ("entity", "name", "given"), [a for a in attributes() if "|" in a[2].words], ids=lambda value: str(value)[:40]
)
def test_every_given_choice_is_held_by_a_check(entity, name, given):
    table = class_of(entity).__table__
    check = next(c for c in table.constraints if c.name == f"ck_{table.name}_{name}")
    allowed = set(re.findall(r"'([^']*)'", str(check.sqltext)))
    assert set(given.words.split("|")) <= allowed


@pytest.mark.parametrize(("left", "drawn", "right"), sorted(RELATIONS))
def test_every_given_relationship_can_be_walked_both_ways(left, drawn, right):
    many_right, many_left = drawn.endswith("{"), drawn.startswith("}")
    for start, end, many in ((left, right, many_right), (right, left, many_left)):
        walks = [r for r in sa.inspect(class_of(start)).relationships if r.mapper.class_ is class_of(end)]
        assert any(bool(walk.uselist) == many for walk in walks), f"{start} to {end}"


def test_the_readme_draws_the_database_as_it_is():
    readme = (HERE.parent / "README.md").read_text()
    drawn = re.search(r"```mermaid\n(erDiagram.*?)\n```", readme, re.DOTALL).group(1)
    assert drawn == erd.written(db.metadata), "README's diagram is old: put in what tests/erd.py's written() gives"
