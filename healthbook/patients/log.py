"""The access log in words: as a page says it, and as a file for a spreadsheet."""

import csv
from collections.abc import Iterable
from datetime import tzinfo
from io import StringIO

from flask_babel import lazy_gettext as _

from healthbook.models import AccessLog, Act, Place, User, Why

PLACES = {
    Place.PROFILE: _("Profile, with the insurance number"),
    Place.AGENDA: _("The reason of a visit, on the doctor's list"),
    Place.APPOINTMENT: _("A visit: its reason and notes"),
    Place.BACKGROUND: _("Background: allergies, medicines, history"),
    Place.CHART: _("The chart"),
    Place.RECORDS: _("List of records and medicines"),
    Place.RECORD: _("A record"),
    Place.PRESCRIPTION: _("A prescription"),
    Place.FILE: _("A file of a record"),
    Place.EXPORT: _("Everything, taken as a file"),
}
ACTS = {
    Act.READ: _("read"),
    Act.PRINTED: _("printed"),
    Act.DOWNLOADED: _("downloaded"),
    Act.EXPORTED: _("taken as a file"),
}
WHYS = {
    Why.SELF: _("Own record"),
    Why.GUARDIAN: _("Allowed to"),
    Why.TREATING: _("Treats the patient"),
    Why.EMERGENCY: _("Emergency"),
}
ROLES = {
    Why.SELF: _("Patient"),
    Why.GUARDIAN: _("Parent or carer"),
    Why.TREATING: _("Doctor"),
    Why.EMERGENCY: _("Doctor"),
}
ICONS = {Why.SELF: "user", Why.GUARDIAN: "users", Why.TREATING: "stethoscope", Why.EMERGENCY: "triangle-alert"}
HEADINGS = (_("When"), _("Who"), _("As"), _("What"), _("How"), _("Why"), _("Reason"))
# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def name(actor: User, why: str) -> str:
    """Whoever read as a doctor is called so."""
    return f"Dr {actor.full_name}" if why in (Why.TREATING, Why.EMERGENCY) else actor.full_name


def as_csv(rows: Iterable[AccessLog], zone: tzinfo) -> bytes:
    """UTF-8 with a mark, without which spreadsheets take it for something else. Times on the clinic's wall."""
    written = StringIO()
    table = csv.writer(written)
    table.writerow(map(str, HEADINGS))
    for row in rows:
        said = (name(row.actor, row.why), ROLES[Why(row.why)], PLACES[Place(row.object)], ACTS[Act(row.action)])
        told = (*said, WHYS[Why(row.why)], row.reason or "")
        table.writerow((row.at.astimezone(zone).isoformat(timespec="seconds"), *map(harmless, told)))
    return written.getvalue().encode("utf-8-sig")


def harmless(text: object) -> str:
    written = str(text)
    return f"'{written}" if written.startswith(FORMULA) else written
