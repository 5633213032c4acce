"""What several views of a held time answer: the times again, the page of the hold, or "please call us first"."""

from datetime import datetime

from flask import Response
from flask_babel import get_locale

from healthbook import clock, whom
from healthbook.appointments.forms import BookForm, HoldForm
from healthbook.appointments.rules import holding_on, steps
from healthbook.errors import SlotTaken
from healthbook.hypermedia import show
from healthbook.models import Appointment, Clinic, Doctor, Patient
from healthbook.patients.queries.family import Person
from healthbook.scheduling.forms.desk import NotesForm
from healthbook.scheduling.queries import newcomers, pickers


def picker(doctor: Doctor, form: HoldForm, refusal: object, status: int, named: Person | None = None) -> Response:
    """The times again, saying why; when the wanted one has gone, with the nearest to it."""
    wanted, kind = form.start.data, form.visit_type.data
    week = wanted and wanted.astimezone(doctor.clinic.zone).date()
    looked_at = pickers.Wanted(week, form.since.data, form.day.data)
    lost = wanted if isinstance(refusal, SlotTaken) else None
    family = whom.whom(named)
    who = newcomers.asker(whom.patient(named), doctor, other=family.other is not None)
    drawn = pickers.picker(doctor, kind, clock.now(), lost=lost, who=who, wanted=looked_at)
    page, part = "scheduling/slots.html", "scheduling/_picker.html"
    return show(page, part, status=status, refusal=refusal, picker=drawn, form=form, whom=family)


def confirm(held: Appointment, form: BookForm, status: int = 200, refusal: object = None, **drawn) -> Response:
    chosen = next((each for each in whom.people() if each.id == held.patient_id), None)
    now, family, deadline = clock.now(), whom.whom(chosen), steps.deadline(held)
    drawn = {"kept_on": False, "can_hold_on": holding_on.latest(held) > now, "deadline": deadline} | drawn
    context = {"appointment": held, "form": form, "now": now, "refusal": refusal, "whom": family}
    return show("appointments/held.html", "appointments/_held.html", status, **context, **drawn)


def words_of(clinic: Clinic) -> list[str]:
    """The clinic's worrying words in the language of the page."""
    return clinic.worrying_words.get(get_locale().language, [])


def asked_to_call(held: Appointment, form: BookForm) -> Response:
    """Once, before a worrying reason is booked; the time stays held, and what was written is in the form."""
    chosen = next((each for each in whom.people() if each.id == held.patient_id), None)
    context = {"appointment": held, "form": form, "whom": whom.whom(chosen)}
    return show("appointments/worrying.html", "appointments/_worrying.html", **context)


def times_at_desk(
    patient: Patient,
    doctor: Doctor,
    kind: int | None,
    wanted: pickers.Wanted,
    shown: str | None = None,
    refusal: object = None,
    status: int = 200,
    lost: datetime | None = None,
    notes: str | None = None,
) -> Response:
    """What the desk can take for a patient; a page that says what it has `shown` only wants to know what is new."""
    who, refreshes = newcomers.at_desk(patient, doctor), shown is not None
    gone = lost if isinstance(refusal, SlotTaken) else None
    drawn = pickers.picker(doctor, kind, clock.now(), shown=shown, lost=gone, who=who, wanted=wanted)
    part = "scheduling/_slots.html" if refreshes else "scheduling/_picker.html"
    context = {"picker": drawn, "refusal": refusal, "refreshes": refreshes, "notes": notes, "patient": patient}
    tag = drawn.stands_for if refreshes else None
    return show("appointments/times_for.html", part, status, tag, whom=somebody(patient), **context)


def at_desk(held: Appointment, form: NotesForm, status: int = 200, refusal: object = None, **drawn) -> Response:
    """The page on which the desk books what it holds."""
    now = clock.now()
    drawn = {"kept_on": False, "can_hold_on": holding_on.latest(held) > now} | drawn
    context = {"appointment": held, "form": form, "now": now, "refusal": refusal, "whom": somebody(held.patient)}
    return show("appointments/held_at_desk.html", "appointments/_held_at_desk.html", status, **context, **drawn)


def somebody(patient: Patient) -> whom.Whom:
    """Whom the desk books for, as pages say it; there is nobody else to choose."""
    user = patient.user
    return whom.Whom([], Person(patient.id, user.id, user.first_name, user.last_name, user.date_of_birth))
