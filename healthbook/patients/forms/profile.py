"""The sections of a patient's profile."""

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, TelField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, DataRequired, Optional, Regexp

from healthbook.accounts.forms import ReadField, birthday, or_none, readable
from healthbook.accounts.names import one_line
from healthbook.models import Gender, Patient
from healthbook.patients.forms.family import GENDERS
from healthbook.patients.forms.sections import SectionForm, line, lines

ALL_OF_US = _("You, the doctors who treat you, and the desk read this.")
THEMES = {"": _("As this device is set"), "light": _("Light"), "dark": _("Dark")}


def kw(autocomplete: str) -> dict[str, str]:
    return {"autocomplete": autocomplete}


def phone(label: object, autocomplete: str) -> TelField:
    right = Regexp(r"\+?[0-9 ()./-]{5,30}\Z", message=_("Enter a phone number like 0117 496 0123, or leave it empty."))
    return TelField(label, filters=[one_line, or_none], validators=[Optional(), right], render_kw=kw(autocomplete))


class NameForm(SectionForm):
    """A birth date is written once: it tells people apart, so the desk alone changes it."""

    columns = ("first_name", "last_name", "preferred_name", "pronouns", "gender", "date_of_birth")
    title, icon, who = _("Name"), "user", ALL_OF_US
    first_name = line(
        _("First name"),
        100,
        DataRequired(_("Enter your first name.")),
        readable(_("Write your first name in letters that can be seen.")),
        render_kw=kw("given-name"),
    )
    last_name = line(
        _("Last name"),
        100,
        DataRequired(_("Enter your last name.")),
        readable(_("Write your last name in letters that can be seen.")),
        render_kw=kw("family-name"),
    )
    preferred_name = line(
        _("What we should call you"),
        100,
        Optional(),
        readable(_("Write this name in letters that can be seen.")),
        description=_("If it is another name than the first."),
    )
    pronouns = line(_("Pronouns"), 40, description=_("Such as she/her, he/him or they/them."))
    gender = SelectField(
        _("Gender"),
        choices=[SelectChoice("", _("Not said")), *(SelectChoice(each.value, name) for each, name in GENDERS.items())],
        filters=[or_none],
        validate_choice=False,
        validators=[Optional(), AnyOf(list(Gender), message=_("Choose one of the list."))],
    )
    date_of_birth = ReadField(
        _("Date of birth"), birthday, _("Enter your date of birth as day, month and year, like 27 3 1990.")
    )

    @classmethod
    def of(cls, patient: Patient, **given: Any) -> "SectionForm":
        form = super().of(patient, **given)
        if patient.user.date_of_birth:
            del form.date_of_birth
        return form


class ContactForm(SectionForm):
    columns = ("phone_number", "address")
    title, icon, who = _("How we reach you"), "phone", ALL_OF_US
    phone_number = phone(_("Phone"), "tel")
    address = lines(_("Address"), 500, render_kw=kw("street-address"))


class EmergencyContactForm(SectionForm):
    columns = ("emergency_contact_name", "emergency_contact_phone")
    title, icon, who = _("Whom we call in an emergency"), "bell-ring", ALL_OF_US
    emergency_contact_name = line(_("Their name"))
    emergency_contact_phone = phone(_("Their phone"), "off")


class InsuranceForm(SectionForm):
    columns = ("insurance_provider", "insurance_policy_number")
    title, icon = _("Insurance"), "credit-card"
    who = _("You read all of it. Others see the insurer, and your doctors the end of the number.")
    insurance_provider = line(_("Insurer"))
    insurance_policy_number = line(_("Policy number"), 60)


class NeedsForm(SectionForm):
    columns = ("access_needs",)
    title, icon = _("What you need when you come"), "accessibility"
    who = _("You, the doctors who treat you, and the desk read this, so that all is ready when you come.")
    access_needs = lines(
        _("Access needs"), 500, description=_("Such as a way without steps, an interpreter, or more time.")
    )


class LookForm(SectionForm):
    columns = ("theme",)
    title, icon, who = _("How this site looks"), "sun", _("Only for you, wherever you sign in.")
    theme = RadioField(_("Colours"), choices=[SelectChoice(value, name) for value, name in THEMES.items()])

    @classmethod
    def of(cls, patient: Patient, **given: Any) -> "SectionForm":
        """A radio button that is chosen has a value; "as the device is set" is none in the database."""
        form = super().of(patient, **given)
        form.theme.data = form.theme.data or ""
        return form

    @property
    def values(self) -> dict[str, Any]:
        return {"theme": self.theme.data or None}


class PhotoForm(FlaskForm):
    photo = FileField(_("A JPEG or PNG"), id="photo-file", validators=[FileRequired(_("Choose a picture first."))])


PROFILE: dict[str, type[SectionForm]] = {
    "name": NameForm,
    "contact": ContactForm,
    "emergency": EmergencyContactForm,
    "insurance": InsuranceForm,
    "needs": NeedsForm,
    "look": LookForm,
}
