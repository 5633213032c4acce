"""The shape of what somebody looks for."""

import re
from datetime import UTC, datetime
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Form, SelectChoice, SelectField, StringField
from wtforms.validators import Length, Regexp, ValidationError

from healthbook.accounts.names import one_line
from healthbook.doctors.queries import Choices
from healthbook.scheduling import cards
from healthbook.scheduling.forms.fields import DayField
from healthbook.scheduling.parts import Part
from healthbook.scheduling.queries.candidates import Criteria, Place

LONGEST_SEARCH = 100
ID = re.compile(r"[1-9][0-9]{0,8}")
PLACE = re.compile(rf"([0-9]{{1,11}})-({ID.pattern})")
PARTS = {
    "": _("Any time of day"),
    Part.MORNING.value: _("Mornings"),
    Part.AFTERNOON.value: _("Afternoons"),
    Part.EVENING.value: _("Evenings"),
}
NO = ("", "0", "false", "no", "off")


def choices(names: dict[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, name) for value, name in names.items()]


def listed(form: Form, field: SelectField) -> None:
    """One of the list, also by its name. Where the list is not at hand anything will do."""
    if field.choices is None:
        return
    wanted = (field.data or "").casefold()
    found = [one.value for one in field.choices if wanted in (one.value.casefold(), str(one.label).casefold())]
    if not found:
        raise ValidationError(_("Choose one that is in the list."))
    field.data = found[0]


class SearchForm(Form):
    """What an address asks for. What it gets wrong is told at the field, and not asked for."""

    specialization = SelectField(_("What do you need?"), validate_choice=False, validators=[listed])
    q = StringField(_("Who with?"), filters=[lambda text: one_line(text)[:LONGEST_SEARCH]])
    since = DayField(_("From which day?"), name="from", id="since")
    part = SelectField(_("Time of day"), choices=choices(PARTS), validate_choice=False, validators=[listed])
    language = SelectField(_("Language"), validate_choice=False, validators=[listed])
    video = BooleanField(_("Video visits"), false_values=NO)
    new = BooleanField(_("I am new here"), false_values=NO)
    # Nobody types these: they are right or no page.
    after = StringField(validators=[Regexp(rf"({PLACE.pattern})?\Z")])
    shown = StringField(validators=[Length(max=cards.LONGEST)])

    def offer(self, known: Choices) -> None:
        """What there is to choose from."""
        specializations = {str(id): name for id, name in known.specializations.items()}
        self.specialization.choices = choices({"": _("Anything")} | specializations)
        self.language.choices = choices(
            {"": _("Any language")} | dict(zip(known.languages, known.languages, strict=True))
        )

    @property
    def asked(self) -> dict[str, Any]:
        """What is right and not left open, as an address says it."""
        fields = (self.specialization, self.q, self.since, self.part, self.language, self.video, self.new)
        right = {field.name: field.data for field in fields if field.data and not field.errors}
        return {name: "1" if value is True else str(value) for name, value in right.items()}

    @property
    def criteria(self) -> Criteria:
        asked, since = self.asked, self.since.data
        number, part = asked.get("specialization", ""), asked.get("part")
        return Criteria(
            specialization_id=int(number) if ID.fullmatch(number) else None,
            words=asked.get("q", ""),
            language=asked.get("language"),
            video="video" in asked,
            new=True if "new" in asked else None,
            part=Part(part) if part in list(Part) else None,
            since=since if "from" in asked else None,
        )

    @property
    def place(self) -> Place | None:
        found = PLACE.fullmatch(self.after.data or "")
        return (datetime.fromtimestamp(int(found[1]), UTC), int(found[2])) if found else None


def written(place: Place) -> str:
    """As an address says it: seconds since the epoch and the doctor's id."""
    return f"{int(place[0].timestamp())}-{place[1]}"
