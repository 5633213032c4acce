"""A visit over another one, with a reason: only the desk does that, when there is no other way."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

from flask import Response, request, url_for
from flask_login import current_user
from wtforms.fields import SelectChoice

from healthbook import clock
from healthbook.access import allow
from healthbook.appointments.queries import desk as queries
from healthbook.appointments.rules.overbooking import Wish, overbook
from healthbook.appointments.views.blueprint import bp
from healthbook.db import db
from healthbook.doctors import queries as doctors
from healthbook.errors import Refused
from healthbook.failures import refused
from healthbook.hypermedia import go, show
from healthbook.models import Doctor, Patient, Role
from healthbook.patients.queries import people
from healthbook.scheduling.forms.desk import OverbookForm
from healthbook.scheduling.forms.fields import day_or_none
from healthbook.scheduling.queries.visit_types import for_desk
from healthbook.scheduling.wall_clock import MIDNIGHT, instant, parse_time


@bp.get("/clinic/people/<id:patient_id>/doctors/<id:doctor_id>/overbooking")
@allow(Role.DESK, Role.ADMIN)
def overbooking(patient_id: int, doctor_id: int) -> Response:
    """The day in the address or today, and a time where one was chosen among its visits."""
    patient, doctor = people.person(patient_id), doctors.approved(doctor_id)
    day = day_or_none(request.args.get("day", "")) or clock.today(doctor.clinic.time_zone)
    given = {"key": str(uuid4()), "day": day, "time": time_or_none(request.args.get("time", ""))}
    return drawn(patient, doctor, OverbookForm(formdata=None, **given))


def time_or_none(text: str) -> time | None:
    try:
        return parse_time(text)
    except ValueError:
        return None


@bp.post("/clinic/people/<id:patient_id>/doctors/<id:doctor_id>/overbooking")
@allow(Role.DESK, Role.ADMIN)
def book_over(patient_id: int, doctor_id: int) -> Response:
    patient, doctor, form = people.person(patient_id), doctors.approved(doctor_id), OverbookForm()
    offer(form, doctor)
    if not form.validate():
        return drawn(patient, doctor, form, status=422)
    start = begins(doctor, form.day.data, form.time.data)
    wish = Wish(start, form.visit_type.data, form.why.data, form.notes.data, UUID(form.key.data))
    try:
        visit = overbook(current_user, patient, doctor, wish, clock.now())
    except Refused as refusal:
        return drawn(patient, doctor, form, refused(refusal), refusal.status)
    there = url_for(".shown", reference=visit.reference, new=1)
    db.session.commit()
    return go(there)


def begins(doctor: Doctor, day: date, wall: time) -> datetime:
    """When the clock on the clinic's wall first shows this time."""
    return datetime.fromtimestamp(instant(doctor.clinic.time_zone, day.toordinal(), wall), UTC)


def offer(form: OverbookForm, doctor: Doctor) -> None:
    form.visit_type.choices = [SelectChoice(kind.id, kind.name) for kind in for_desk(doctor)]


def drawn(patient: Patient, doctor: Doctor, form: OverbookForm, refusal: object = None, status: int = 200) -> Response:
    """The form, beside what is booked on the day."""
    offer(form, doctor)
    day = form.day.data or clock.today(doctor.clinic.time_zone)
    if not 1900 < day.year < 2200:
        day = clock.today(doctor.clinic.time_zone)
    midnight, next_one = (begins(doctor, day + timedelta(days=n), MIDNIGHT) for n in (0, 1))
    context = {
        "patient": patient,
        "doctor": doctor,
        "form": form,
        "refusal": refusal,
        "day": day,
        "visits": queries.visits_then(doctor, midnight, next_one),
    }
    return show("appointments/overbooking.html", "appointments/_overbooking.html", status, **context)
