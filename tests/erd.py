"""Reads a mermaid erDiagram, and writes one from the metadata."""

import re
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE

ENTITY = re.compile(r"^\s*(\w+) \{(.*?)^\s*\}", re.DOTALL | re.MULTILINE)
ATTRIBUTE = re.compile(r'^\s*(\w+) (\w+)(?: ((?:PK|FK|UK)(?:, (?:PK|FK|UK))*))?(?: "([^"]*)")?\s*$', re.MULTILINE)
RELATION = re.compile(r"^\s*(\w+) (\S\S--\S\S) (\w+) : ", re.MULTILINE)
KINDS = (
    (sa.Boolean, "boolean"),
    (sa.Numeric, "decimal"),
    (sa.Integer, "int"),
    (sa.DateTime, "datetime"),
    (sa.Date, "date"),
    (sa.Time, "time"),
    (sa.Uuid, "uuid"),
    (sa.LargeBinary, "bytes"),
    (sa.ARRAY, "list"),
    (sa.JSON, "json"),
    (TSTZRANGE, "period"),
    (sa.Text, "text"),
)


class Attribute(NamedTuple):
    kind: str
    keys: frozenset[str]
    words: str


def read(text):
    """({entity: {attribute: Attribute}}, {(left, cardinality, right)})."""
    entities = {
        name: {
            attribute: Attribute(kind, frozenset(keys.split(", ")) - {""}, words)
            for kind, attribute, keys, words in ATTRIBUTE.findall(body)
        }
        for name, body in ENTITY.findall(text)
    }
    return entities, set(RELATION.findall(text))


def kind(column):
    """In one word. Bytes are sealed where the row has a seal."""
    word = next(word for kind, word in KINDS if isinstance(column.type, kind))
    return "sealed" if word == "bytes" and "seal_id" in column.table.c else word


def keys(column):
    """PK, FK and UK as the diagram writes them."""
    uniques = [set(c.columns.keys()) for c in column.table.constraints if isinstance(c, sa.UniqueConstraint)]
    whole = [i for i in column.table.indexes if i.unique and i.dialect_options["postgresql"]["where"] is None]
    uniques += [{str(e).removeprefix("lower(").removesuffix(")") for e in index.expressions} for index in whole]
    marks = [("PK", column.primary_key), ("FK", bool(column.foreign_keys)), ("UK", {column.key} in uniques)]
    return [mark for mark, holds in marks if holds]


def written(metadata):
    """The whole database as a mermaid erDiagram: every table, column, key and foreign key."""
    lines = ["erDiagram"]
    for table in metadata.sorted_tables:
        lines.append(f"  {table.name} {{")
        for column in table.columns:
            marks = ", ".join(keys(column))
            lines.append(f"    {kind(column)} {column.name}" + (f" {marks}" if marks else ""))
        lines.append("  }")
    for table in metadata.sorted_tables:
        for column in table.columns:
            for key in column.foreign_keys:
                one = "|o" if column.nullable else "||"
                many = "o|" if "UK" in keys(column) else "o{"
                lines.append(f"  {key.column.table.name} {one}--{many} {table.name} : {column.name}")
    return "\n".join(lines)
