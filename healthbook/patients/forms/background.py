"""The sections of what a doctor should know of a patient before anything else."""

from flask_babel import lazy_gettext as _
from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, Optional

from healthbook.accounts.forms import or_none
from healthbook.models import BloodGroup
from healthbook.patients.forms.sections import SectionForm, lines

DOCTORS = _("You and the doctors who treat you read this. The desk does not.")


class AllergiesForm(SectionForm):
    columns = ("allergies",)
    title, icon, who = _("Allergies"), "triangle-alert", DOCTORS
    allergies = lines(
        _("What and how it shows"),
        2000,
        description=_("What you cannot take or eat, and what happens if you do. If there is nothing, write: none."),
    )


class MedicinesForm(SectionForm):
    columns = ("current_medications",)
    title, icon, who = _("Medicines you take now"), "pill", DOCTORS
    current_medications = lines(
        _("Name, how much, how often"),
        2000,
        description=_("One a line. Also what you buy without a prescription."),
    )


class HistoryForm(SectionForm):
    columns = ("medical_history",)
    title, icon, who = _("Medical history"), "history", DOCTORS
    medical_history = lines(_("Illnesses, operations, vaccinations"), 10_000, description=_("And roughly when."))


class BloodGroupForm(SectionForm):
    columns = ("blood_group",)
    title, icon, who = _("Blood group"), "activity", DOCTORS
    blood_group = SelectField(
        _("Group"),
        choices=[SelectChoice("", _("I do not know")), *(SelectChoice(each.value, each.value) for each in BloodGroup)],
        filters=[or_none],
        validate_choice=False,
        validators=[Optional(), AnyOf(list(BloodGroup), message=_("Choose one of the list."))],
    )


BACKGROUND: dict[str, type[SectionForm]] = {
    "allergies": AllergiesForm,
    "medicines": MedicinesForm,
    "history": HistoryForm,
    "blood": BloodGroupForm,
}
