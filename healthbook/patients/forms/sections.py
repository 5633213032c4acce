"""What is known of a patient, in sections that are shown and changed one by one."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from unicodedata import normalize

from flask_babel import format_date
from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import Length

from healthbook.accounts.forms import or_none
from healthbook.accounts.names import INVISIBLE, one_line
from healthbook.models import Patient
from healthbook.patients.queries import profile


class SectionForm(FlaskForm):
    """One section. `seen` stands for what the page showed of it; `who` says who reads it."""

    columns: tuple[str, ...] = ()
    title = icon = who = ""
    seen = HiddenField()

    @classmethod
    def of(cls, patient: Patient, **given: Any) -> "SectionForm":
        """As the patient's rows are; what was sent comes before that."""
        return cls(data={name: getattr(profile.row_of(patient, name), name) for name in cls.columns}, **given)

    @property
    def values(self) -> dict[str, Any]:
        return {name: self[name].data for name in self.columns if name in self}

    @property
    def facts(self) -> list[tuple[object, object]]:
        """Labels and words; None where nothing is known."""
        return [(self[name].label.text, words(self[name])) for name in self.columns if name in self]


class Fact(NamedTuple):
    """Something that is not changed here, and how it is."""

    label: object
    value: object
    how: object


class Section(NamedTuple):
    """A section as it is drawn: `now` is what is saved; `form` is there while it is being changed."""

    name: str
    now: SectionForm
    seen: str
    fixed: tuple[Fact, ...] = ()
    form: SectionForm | None = None
    refusal: object = None
    saved: bool = False

    @property
    def says_something(self) -> bool:
        return any(self.now.values.values())


def sections(
    patient: Patient, forms: Mapping[str, type[SectionForm]], changed: str = "", **given: Any
) -> list[Section]:
    """All of them as they are saved; the one that is being changed with what is `given`: its form, a refusal."""
    drawn = []
    for name, kind in forms.items():
        now, seen = kind.of(patient, formdata=None), profile.seen(patient, kind.columns)
        drawn.append(Section(name, now, seen, FIXED.get(name, nothing)(patient), **(given if name == changed else {})))
    return drawn


def nothing(patient: Patient) -> tuple:
    return ()


def birth(patient: Patient) -> tuple[Fact, ...]:
    born = patient.user.date_of_birth
    fact = Fact(_("Date of birth"), format_date(born, "d MMMM y"), _("If this is wrong, tell the desk."))
    return (fact,) if born else ()


def e_mail(patient: Patient) -> tuple[Fact, ...]:
    return (Fact(_("E-mail"), patient.user.email, _("You sign in with it. To change it, tell the desk.")),)


FIXED = {"name": birth, "contact": e_mail}


def words(field: Field) -> object:
    """A choice by its words, everything else as it was written."""
    choices = {choice.value: choice.label for choice in getattr(field, "choices", ())}
    return choices.get(field.data or "", field.data) or None


def several_lines(text: str | None) -> str | None:
    """One spelling (NFC), Unix line ends, nothing that cannot be seen; None for nothing."""
    shown = INVISIBLE.sub("", normalize("NFC", (text or "").replace("\r\n", "\n").replace("\r", "\n")))
    return "\n".join(line.rstrip() for line in shown.split("\n")).strip() or None


def line(label: object, longest: int = 100, *validators: Any, **given: Any) -> StringField:
    return StringField(label, filters=[one_line, or_none], validators=[*validators, at_most(longest)], **given)


def lines(label: object, longest: int, **given: Any) -> TextAreaField:
    return TextAreaField(label, filters=[several_lines], validators=[at_most(longest)], **given)


def at_most(longest: int) -> Length:
    return Length(max=longest, message=_("Please use fewer words: at most %(n)s letters.", n=longest))
