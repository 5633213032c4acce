"""Double entry for access: every endpoint, who may open it, and what is answered. Each request is really sent.

A row is a method, an endpoint, and one status for each person. Objects in the address are Ada's visit with Doctor Cole,
Ada's held time, Cole's hours; so Ada and Cole are owners, Ben and Dean strangers of the same kind.
"""

import re
from contextlib import contextmanager
from datetime import date, timedelta

import factories
import pytest
from factories import NOW
from flask import Flask, url_for

from healthbook.access import check_declared
from healthbook.clinic.queries.settings import seen
from healthbook.db import db
from healthbook.models import (
    Attachment,
    Claim,
    Doctor,
    GuardianInvitation,
    MedicalRecord,
    Patient,
    Picture,
    Prescription,
)
from healthbook.patients.forms.background import BloodGroupForm
from healthbook.patients.forms.profile import ContactForm
from healthbook.patients.queries import profile
from healthbook.patients.rules.invitations import hashed
from healthbook.scheduling import terms
from healthbook.scheduling.queries.hours import hours

PEOPLE = ("guest", "ada", "ben", "cole", "dean", "pat", "dot", "mo")
OPEN = (200,) * 8
TO_SIGN_IN = 303

# method and endpoint, then: guest, Ada, Ben, Cole, Dean, Pat (waiting for approval), Dot (desk), Mo (admin)
ACCESS = {
    "GET static": OPEN,
    "GET clinic.events": (401, 403, 403, 403, 403, 403, 403, 403),
    "GET clinic.healthz": OPEN,
    "GET clinic.readyz": OPEN,
    "GET accounts.sign_in": (200, 303, 303, 303, 303, 303, 303, 303),
    "POST accounts.sign_in": (422,) * 8,
    "GET accounts.register": (200, 303, 303, 303, 303, 303, 303, 303),
    "POST accounts.register": (422,) * 8,
    "POST accounts.sign_out": (303,) * 8,
    "GET doctors.front": (200, 200, 200, 303, 303, 303, 303, 303),
    "GET doctors.directory": OPEN,
    "GET doctors.profile": OPEN,
    "GET doctors.apply": (200, 303, 303, 303, 303, 303, 303, 303),
    "POST doctors.apply": (422,) * 8,
    "GET doctors.application": (303, 403, 403, 403, 403, 200, 403, 403),
    "GET scheduling.slots": OPEN,
    "GET scheduling.search": OPEN,
    "GET scheduling.hours": (303, 403, 403, 200, 200, 403, 403, 403),
    "GET scheduling.hours_of": (303, 403, 403, 200, 404, 403, 200, 200),
    "POST scheduling.save_hours": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST scheduling.set_bookings": (303, 403, 403, 303, 404, 403, 303, 303),
    "GET scheduling.dates": (303, 403, 403, 200, 404, 403, 200, 200),
    "POST scheduling.save_date": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST scheduling.remove_date": (303, 403, 403, 303, 404, 403, 303, 303),
    "GET scheduling.time_off": (303, 403, 403, 200, 404, 403, 200, 200),
    "POST scheduling.add_time_off": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST scheduling.remove_time_off": (303, 403, 403, 303, 404, 403, 303, 303),
    "GET scheduling.own_visit_types": (303, 403, 403, 200, 200, 403, 403, 403),
    "GET scheduling.visit_types": (303, 403, 403, 200, 404, 403, 200, 200),
    "GET scheduling.new_visit_type": (303, 403, 403, 200, 404, 403, 200, 200),
    "GET scheduling.visit_type": (303, 403, 403, 200, 404, 403, 200, 200),
    "POST scheduling.add_visit_type": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST scheduling.change_visit_type": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST scheduling.remove_visit_type": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST scheduling.place_visit_type": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST scheduling.set_new_patients": (303, 403, 403, 303, 404, 403, 303, 303),
    "POST appointments.hold": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET appointments.take_up": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET appointments.held": (303, 200, 404, 403, 403, 403, 403, 403),
    "POST appointments.book": (303, 303, 404, 403, 403, 403, 403, 403),
    "POST appointments.release": (303, 303, 404, 403, 403, 403, 403, 403),
    "POST appointments.give": (303, 200, 404, 403, 403, 403, 403, 403),
    "POST appointments.hold_on": (303, 200, 404, 403, 403, 403, 403, 403),
    "GET appointments.rescheduling": (303, 200, 404, 403, 403, 403, 200, 200),
    "POST appointments.reschedule": (303, 409, 404, 403, 403, 403, 303, 303),
    "GET appointments.calendar": (303, 200, 404, 200, 404, 404, 200, 200),
    "POST appointments.arrive": (303, 409, 404, 403, 403, 403, 403, 403),
    "POST appointments.follow_up": (303, 403, 403, 409, 404, 403, 403, 403),
    "GET appointments.mine": (303, 200, 200, 403, 403, 403, 403, 403),
    "GET appointments.shown": (303, 200, 404, 200, 404, 404, 200, 200),
    "GET appointments.cancellation": (303, 200, 404, 200, 404, 403, 200, 200),
    "POST appointments.cancel": (303, 303, 404, 303, 404, 403, 303, 303),
    "POST appointments.mark": (303, 303, 404, 303, 404, 403, 403, 403),
    "GET appointments.agenda": (303, 403, 403, 200, 200, 403, 403, 403),
    "POST appointments.step": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET appointments.visit": (303, 403, 403, 200, 404, 403, 403, 403),
    "POST appointments.write_notes": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET appointments.person": (303, 403, 403, 403, 403, 403, 200, 200),
    "GET appointments.times_for": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST appointments.hold_for": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET appointments.held_at_desk": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST appointments.book_at_desk": (303, 403, 403, 403, 403, 403, 303, 303),
    "POST appointments.longer_at_desk": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST appointments.release_at_desk": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET appointments.overbooking": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST appointments.book_over": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET appointments.offers": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST appointments.make_offers": (303, 403, 403, 403, 403, 403, 303, 303),
    "POST appointments.mark_reached": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET appointments.offer": (303, 200, 404, 403, 403, 403, 200, 200),
    "POST appointments.answer": (303, 303, 404, 403, 403, 403, 303, 303),
    "GET appointments.affected": (303, 403, 403, 200, 200, 403, 200, 200),
    "POST appointments.decide": (303, 403, 403, 303, 303, 403, 303, 303),
    "GET patients.me": (303, 200, 200, 403, 403, 403, 403, 403),
    "POST patients.change": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET patients.photo": (303, 200, 404, 403, 403, 403, 403, 403),
    "POST patients.change_photo": (303, 422, 422, 403, 403, 403, 403, 403),
    "POST patients.remove_photo": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET patients.picture": (303, 200, 404, 200, 404, 404, 200, 200),
    "GET patients.background": (303, 200, 200, 403, 403, 403, 403, 403),
    "POST patients.change_background": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET patients.access": (303, 200, 200, 403, 403, 403, 403, 403),
    "GET patients.access_file": (303, 200, 200, 403, 403, 403, 403, 403),
    "GET patients.signing_in": (303, 200, 200, 403, 403, 403, 403, 403),
    "POST patients.change_password": (303, 422, 422, 403, 403, 403, 403, 403),
    "POST patients.end_session": (303, 303, 303, 403, 403, 403, 403, 403),
    "GET patients.export": (303, 200, 200, 403, 403, 403, 403, 403),
    "POST patients.take_away": (303, 422, 422, 403, 403, 403, 403, 403),
    "GET patients.closing": (303, 200, 200, 403, 403, 403, 403, 403),
    "POST patients.close_account": (303, 422, 422, 403, 403, 403, 403, 403),
    "GET patients.search": (303, 403, 403, 200, 200, 403, 403, 403),
    "POST patients.find": (303, 403, 403, 200, 200, 403, 403, 403),
    "GET patients.emergency": (303, 403, 403, 303, 200, 403, 403, 403),
    "POST patients.open_in_emergency": (303, 403, 403, 303, 422, 403, 403, 403),
    "GET patients.people_search": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST patients.seek": (303, 403, 403, 403, 403, 403, 200, 200),
    "GET patients.new": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST patients.enter": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET patients.code": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST patients.make_code": (303, 403, 403, 403, 403, 403, 200, 200),
    "GET patients.claim": (200, 303, 303, 303, 303, 303, 303, 303),
    "POST patients.take_over": (303,) * 8,
    "GET records.chart": (303, 403, 403, 200, 404, 403, 403, 403),
    "GET records.aside": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET records.signing": (303, 403, 403, 200, 404, 403, 403, 403),
    "POST records.sign": (303, 403, 403, 409, 404, 403, 403, 403),
    "GET records.mine": (303, 200, 200, 403, 403, 403, 403, 403),
    "GET records.shown": (303, 200, 404, 200, 404, 403, 403, 403),
    "GET records.as_pdf": (303, 200, 404, 200, 404, 403, 403, 403),
    "GET records.file": (303, 200, 404, 200, 404, 403, 403, 403),
    "GET records.new": (303, 403, 403, 200, 404, 403, 403, 403),
    "POST records.write": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET records.edit": (303, 403, 403, 200, 404, 403, 403, 403),
    "POST records.rewrite": (303, 403, 403, 303, 404, 403, 403, 403),
    "POST records.discard": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET records.amendment": (303, 403, 403, 200, 404, 403, 403, 403),
    "POST records.amend": (303, 403, 403, 303, 404, 403, 403, 403),
    "POST records.hide": (303, 303, 404, 303, 404, 403, 403, 403),
    "GET records.prescriptions": (303, 200, 200, 403, 403, 403, 403, 403),
    "GET records.prescription": (303, 200, 404, 200, 404, 403, 403, 403),
    "GET records.prescription_pdf": (303, 200, 404, 200, 404, 403, 403, 403),
    "GET records.stopping": (303, 403, 403, 200, 404, 403, 403, 403),
    "POST records.stop": (303, 403, 403, 303, 404, 403, 403, 403),
    "GET patients.family": (303, 200, 200, 403, 403, 403, 403, 403),
    "POST patients.add_dependent": (303, 303, 303, 403, 403, 403, 403, 403),
    "POST patients.step_back": (303, 303, 404, 403, 403, 403, 403, 403),
    "POST patients.invite": (303, 200, 200, 403, 403, 403, 403, 403),
    "POST patients.withdraw": (303, 303, 404, 403, 403, 403, 403, 403),
    "POST patients.use_code": (303, 422, 422, 403, 403, 403, 403, 403),
    "POST patients.decide": (303, 303, 404, 403, 403, 403, 403, 403),
    "POST patients.end_guardian": (303, 303, 404, 403, 403, 403, 403, 403),
    "GET clinic.guardians": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST clinic.decide": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET clinic.overview": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST clinic.finish": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET clinic.appointments": (303, 403, 403, 403, 403, 403, 200, 200),
    "POST clinic.step": (303, 403, 403, 403, 403, 403, 303, 303),
    "GET clinic.hours": (303, 403, 403, 403, 403, 403, 200, 200),
    "GET clinic.closures": (303, 403, 403, 403, 403, 403, 403, 200),
    "POST clinic.close": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.close_on_holidays": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.open_again": (303, 403, 403, 403, 403, 403, 403, 303),
    "GET clinic.doctors": (303, 403, 403, 403, 403, 403, 403, 200),
    "POST clinic.review": (303, 403, 403, 403, 403, 403, 403, 303),
    "GET clinic.emergencies": (303, 403, 403, 403, 403, 403, 403, 200),
    "POST clinic.look_at": (303, 403, 403, 403, 403, 403, 403, 303),
    "GET clinic.specializations": (303, 403, 403, 403, 403, 403, 403, 200),
    "POST clinic.add_specialization": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.rename_specialization": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.remove_specialization": (303, 403, 403, 403, 403, 403, 403, 303),
    "GET clinic.settings": (303, 403, 403, 403, 403, 403, 403, 200),
    "POST clinic.change_about": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.change_booking": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.change_desk": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.change_records": (303, 403, 403, 403, 403, 403, 403, 303),
    "POST clinic.change_words": (303, 403, 403, 403, 403, 403, 403, 303),
}
OF_A_DRAFT = ("records.edit", "records.rewrite", "records.discard")
OF_A_HOLD = (
    "appointments.held",
    "appointments.book",
    "appointments.release",
    "appointments.give",
    "appointments.hold_on",
)
HELD_AT_DESK = (
    "appointments.held_at_desk",
    "appointments.book_at_desk",
    "appointments.longer_at_desk",
    "appointments.release_at_desk",
)
FOR_ANOTHER = ("appointments.hold_for", "appointments.book_over")
OF_NOBODYS_ACCOUNT = ("patients.code", "patients.make_code")
OF_A_WARD = ("patients.step_back", "clinic.decide")

RECORD = {
    "record_type": "diagnosis",
    "record_date": "2026-11-24",
    "title": "A cough",
    "lines-0-medication_name": "Honey",
}

VISIT_TYPE = {
    "name": "Follow-up",
    "appointment_type": "follow_up",
    "minutes": "15",
    "buffer_before": "0",
    "buffer_after": "5",
    "fee": "50",
    "instructions": "Your last letter",
    "lead_minutes": "",
    "horizon_days": "90",
    "bookable_online": "yes",
    "new_patients": "no",
}
WINDOW = {
    "windows-0-place": "0-6",
    "windows-0-start_time": "09:00",
    "windows-0-end_time": "12:00",
    "windows-0-opens_at": "08:00",
}
TIME_OFF = {
    "first": "2026-12-03",
    "start_time": "09:00",
    "last": "2026-12-03",
    "end_time": "12:00",
    "until": "2026-12-17",
    "reason": "Training",
}
ABOUT = {
    "name": "Quay Clinic",
    "address": "12 Quay Street",
    "phone": "0117 496 0123",
    "email": "desk@quay.example",
    "hours": "Every day",
    "emergency_phone": "999",
    "urgent_phone": "",
    "time_zone": "Europe/Paris",
    "currency": "EUR",
    "seen": "{seen_about}",
}
BOOKING = {
    "lead_minutes": "60",
    "horizon_days": "90",
    "hold_minutes": "7",
    "max_hold_minutes": "20",
    "arrival_minutes": "45",
    "offer_minutes": "90",
    "offer_share_percent": "40",
    "cancel_hours": "24",
    "max_open_bookings": "3",
    "max_late_cancels": "2",
    "confirms_at_once": "yes",
    "seen": "{seen_booking}",
}
# What is sent with a POST, so that it would do something for whoever may.
SENT = {
    "scheduling.save_hours": WINDOW
    | {"act": "save", "first": "2026-11-25", "weeks": "1", "opens": "1", "seen": "{seen_hours}"},
    "scheduling.set_bookings": {"taking": "no"},
    "scheduling.save_date": WINDOW | {"act": "save", "on": "2026-12-01", "note": "Training", "opens": "", "seen": ""},
    "scheduling.remove_date": {"on": "2026-12-02", "seen": "{seen_date}"},
    "scheduling.add_time_off": TIME_OFF | {"act": "save"},
    "scheduling.add_visit_type": VISIT_TYPE,
    "scheduling.change_visit_type": VISIT_TYPE,
    "scheduling.place_visit_type": {"place": "1"},
    "scheduling.set_new_patients": {"taken": "no"},
    "appointments.hold": {"start": "2026-11-24T16:00:00+00:00", "visit_type": "{visit_type}"},
    "appointments.book": {"reason": "A cough"},
    "appointments.cancel": {"reason": "other"},
    "appointments.reschedule": {"start": "2026-11-24T16:30:00+00:00"},
    "appointments.follow_up": {"when": "6w"},
    "appointments.decide": {"visit": "{visit}-scheduled", "act": "move", "reason": "doctor_away"},
    "appointments.mark": {"private": "yes"},
    "appointments.hold_for": {"start": "2026-11-24T16:00:00+00:00", "visit_type": "{visit_type}"},
    "appointments.book_at_desk": {"patient": "{other}", "notes": "Brings her letters"},
    "appointments.longer_at_desk": {"notes": "Brings her letters"},
    "appointments.book_over": {
        "key": "00000000-0000-4000-8000-000000000002",
        "day": "2026-11-24",
        "time": "13:45",
        "visit_type": "{visit_type}",
        "why": "Cannot wait",
        "notes": "Comes early",
    },
    "patients.seek": {"name": "Ada", "date_of_birth": "", "phone_number": ""},
    "patients.enter": {
        "key": "00000000-0000-4000-8000-000000000003",
        "first_name": "Quinn",
        "last_name": "Abara",
        "date_of_birth": "27 3 1980",
        "phone_number": "0117 496 0199",
        "email": "quinn@post.example",
        "act": "new",
    },
    "patients.take_over": {
        "code": "ABCD EFGH",
        "date_of_birth": "27 3 1980",
        "email": "una@post.example",
        "password": "walking by the river",
    },
    "appointments.make_offers": {"batch": "today"},
    "appointments.mark_reached": {"reached": "yes"},
    "appointments.answer": {"answer": "decline", "offer": "{offer}"},
    "appointments.step": {"seen": "scheduled", "to": "confirmed"},
    "appointments.write_notes": {"doctor_notes": "Rest", "version": "1"},
    "clinic.close": TIME_OFF,
    "clinic.close_on_holidays": {"country": "GB", "part": "ENG", "year": "2027", "day": "2027-01-01"},
    "patients.change": {"phone_number": "0117 496 0123", "seen": "{seen_contact}"},
    "patients.change_password": {"password": "not the one", "new_password": "quiet harbour at nine"},
    "patients.take_away": {"password": "not the one"},
    "patients.close_account": {"word": "close", "password": "not the one"},
    "patients.change_background": {"blood_group": "O+", "seen": "{seen_blood}"},
    "patients.find": {"full_name": "Ada Byrne", "date_of_birth": "12 5 1990"},
    "patients.open_in_emergency": {"reason": "Found unconscious", "password": "not the one"},
    "records.sign": RECORD,
    "records.write": RECORD | {"key": "00000000-0000-4000-8000-000000000001"},
    "records.rewrite": RECORD | {"version": "1"},
    "records.amend": RECORD | {"reason": "A typing error"},
    "records.hide": {"private": "y"},
    "records.stop": {"reason": "No longer needed"},
    "patients.add_dependent": {"first_name": "Lea", "last_name": "Byrne", "date_of_birth": "27 3 2019", "gender": ""},
    "patients.use_code": {"code": "ABCD EFGH"},
    "patients.decide": {"may_book": "y", "may_see_record": "y", "until": ""},
    "clinic.decide": {"seen": "new", "decision": "confirm"},
    "clinic.step": {"seen": "scheduled", "to": "confirmed"},
    "clinic.finish": {"seen": "scheduled", "to": "confirmed"},
    "clinic.review": {"seen": "pending", "decision": "approved", "reason": "Papers are in order"},
    "clinic.add_specialization": {"name": "New field"},
    "clinic.rename_specialization": {"name": "Newer field"},
    "clinic.change_about": ABOUT,
    "clinic.change_booking": BOOKING,
    "clinic.change_desk": {"lead": "y", "seen": "{seen_desk}"},
    "clinic.change_records": {
        "treating_months": "6",
        "treating_days_ahead": "14",
        "retention_years": "20",
        "ages": "12, 15",
        "seen": "{seen_records}",
    },
    "clinic.change_words": {"english": "chest pain", "seen": "{seen_words}"},
}
MISSING = {
    **dict.fromkeys(("doctor_id", "time_off_id", "visit_type_id", "specialization_id", "picture_id"), 999_999),
    **dict.fromkeys(("patient_id", "record_id", "prescription_id", "file_id"), 999_999),
    **dict.fromkeys(("emergency_id", "guardian_id", "invitation_id"), 999_999),
    "reference": "ZZZZZZZZ",
    "section": "nothing",
}


@pytest.fixture
def objects(app, cast):
    """What stands in the addresses, and what is sent so that a POST would do something."""
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        visit_type = cole.visit_types[0].id
        visit = factories.appointment(ada, cole, NOW.replace(hour=14, minute=0), visit_type_id=visit_type)
        held = factories.appointment(
            ada,
            cole,
            NOW.replace(hour=15, minute=0),
            status="held",
            held_until=NOW + timedelta(minutes=5),
            visit_type_id=visit_type,
        )
        factories.visit_type(cole, name="Second opinion", position=1)
        waiting, unused = db.session.get(Doctor, cast.pat), factories.specialization("Unused")
        picture = factories.added(Picture(user_id=ada.user_id, media_type="image/png", content=b"teal"))
        ada.profile_picture = str(picture.id)
        record, draft, prescription, file = written(visit)
        at_desk = desk(cast, cole)
        emergency = factories.emergency(db.session.get(Doctor, cast.dean), ada, NOW - timedelta(hours=2))
        family, offer = related(ada), factories.offer(visit, db.session.get(Doctor, cast.dean), visit.during.lower)
        db.session.commit()
        return {
            **family,
            "visit": visit.reference,
            "offer": offer.id,
            "patient": ada.id,
            "emergency": emergency.id,
            "record": record.id,
            "draft": draft.id,
            "prescription": prescription.id,
            "file": file.id,
            "held": held.reference,
            **at_desk,
            "doctor": cole.id,
            "waiting": waiting.id,
            "visit_type": str(visit_type),
            "specialization": unused.id,
            "seen_about": seen(cole.clinic, ABOUT.keys() - {"seen"}),
            "seen_booking": seen(cole.clinic, BOOKING.keys() - {"seen"}),
            "seen_desk": seen(cole.clinic, ["desk_ignores"]),
            "seen_records": seen(
                cole.clinic, ["treating_months", "treating_days_ahead", "retention_years", "guardian_review_ages"]
            ),
            "seen_words": seen(cole.clinic, ["worrying_words"]),
            **away(cole),
            "picture": picture.id,
            "seen_contact": profile.seen(ada, ContactForm.columns),
            "seen_blood": profile.seen(ada, BloodGroupForm.columns),
        }


def desk(cast, doctor):
    """What the desk holds for Ben, and Una, whom it entered and gave the code ABCD EFGH."""
    ben, kind = db.session.get(Patient, cast.ben), doctor.visit_types[0].id
    held = {"status": "held", "held_until": NOW + timedelta(minutes=15), "visit_type_id": kind}
    at = NOW.replace(hour=12, minute=0)
    row = factories.appointment(ben, doctor, at, at_desk=True, booked_by_id=cast.dot, **held)
    una = factories.entered(name="Una Abara", born=date(1980, 3, 27))
    factories.added(Claim(user_id=una.user_id, code_hash=hashed("ABCDEFGH"), expires_at=NOW + timedelta(days=1)))
    return {"held_at_desk": row.reference, "entered": una.id, "other": ben.id}


def away(doctor):
    """A date on which a doctor's hours differ, time off, a closing of the clinic, and what a page knows of them."""
    date, when = factories.override(doctor, "2026-12-02"), NOW.replace(hour=9, minute=0) + timedelta(days=30)
    off = factories.time_off(doctor.clinic, when, when + timedelta(hours=3), doctor_id=doctor.id)
    closed = factories.time_off(doctor.clinic, when + timedelta(days=1), when + timedelta(days=2))
    seen = {"seen_hours": terms.seen(hours(doctor)), "seen_date": terms.seen([date])}
    db.session.commit()
    return seen | {"off": off.id, "closed": closed.id}


def related(ada):
    """Whom Ada acts for, who acts for her, and a code of hers."""
    terms = {"confirmed_at": None, "confirmed_by_id": None, "may_see_record": False}
    code = GuardianInvitation(patient_id=ada.id, code_hash="0" * 64, expires_at=NOW + timedelta(days=7))
    return {
        "ward": factories.guardian(ada.user_id, factories.child(), **terms).id,
        "guardian": factories.guardian(factories.patient().user_id, ada).id,
        "invitation": factories.added(code).id,
    }


def written(visit):
    """What the doctor of a visit has signed, with a medicine and a file, and what they have only begun to write."""
    about = {"patient_id": visit.patient_id, "doctor_id": visit.doctor_id, "record_type": "diagnosis"}
    record = factories.added(MedicalRecord(title="A cough", record_date=NOW, signed_at=NOW, **about))
    draft = factories.added(MedicalRecord(title="A cold", record_date=NOW, **about))
    prescription = factories.added(Prescription(medical_record_id=record.id, medication_name="Honey"))
    of_file = {"file_name": "Letter.pdf", "media_type": "application/pdf", "size": 8, "content": b"%PDF-1.7"}
    return record, draft, prescription, factories.added(Attachment(medical_record_id=record.id, **of_file))


def address(app, endpoint, objects, missing=False):
    """The endpoint's path for Ada's and Cole's things, or for things that are not there."""
    own = {
        "doctor_id": objects["waiting" if endpoint == "clinic.review" else "doctor"],
        "time_off_id": objects["closed" if endpoint == "clinic.open_again" else "off"],
        "visit_type_id": objects["visit_type"],
        "specialization_id": objects["specialization"],
        "reference": objects[thing(endpoint)],
        "patient_id": objects[
            "entered" if endpoint in OF_NOBODYS_ACCOUNT else "other" if endpoint in FOR_ANOTHER else "patient"
        ],
        "emergency_id": objects["emergency"],
        "record_id": objects["draft" if endpoint in OF_A_DRAFT else "record"],
        "prescription_id": objects["prescription"],
        "file_id": objects["file"],
        "guardian_id": objects["ward" if endpoint in OF_A_WARD else "guardian"],
        "invitation_id": objects["invitation"],
        "filename": "healthbook.css",
        "picture_id": objects["picture"],
        "session_id": 999_998,
        "section": "blood" if endpoint == "patients.change_background" else "contact",
    }
    rule = next(rule for rule in app.url_map.iter_rules(endpoint))
    with app.test_request_context():
        return url_for(endpoint, **{name: (MISSING if missing else own)[name] for name in rule.arguments})


def thing(endpoint):
    if endpoint in HELD_AT_DESK:
        return "held_at_desk"
    return "held" if endpoint in OF_A_HOLD else "visit"


def send(app, browser, row, objects, missing=False):
    method, endpoint = row.split()
    path = address(app, endpoint, objects, missing)
    if method == "GET":
        return browser.get(path)
    return browser.post(path, {name: value.format(**objects) for name, value in SENT.get(endpoint, {}).items()})


@pytest.mark.parametrize("row", ACCESS)
def test_each_endpoint_opens_to_whom_it_should_and_to_nobody_else(app, browser, objects, row):
    got = {}
    for person in PEOPLE:
        who = browser(None if person == "guest" else person)
        with undone(app):
            got[person] = send(app, who, row, objects).status
    assert got == dict(zip(PEOPLE, ACCESS[row], strict=True))


@contextmanager
def undone(app):
    """Whatever one person's request does is undone before the next person's."""
    with app.app_context():
        savepoint = db.engines[None].begin_nested()
    yield
    savepoint.rollback()


def about_a_thing(app):
    return [
        row for row in ACCESS if set(MISSING) & {a for r in app.url_map.iter_rules(row.split()[1]) for a in r.arguments}
    ]


def test_a_strangers_thing_is_answered_like_one_that_is_not_there(app, browser, objects):
    for row in about_a_thing(app):
        for person, status in zip(PEOPLE, ACCESS[row], strict=True):
            if status == 404:
                who = browser(person)
                theirs, missing = send(app, who, row, objects), send(app, who, row, objects, missing=True)
                assert (theirs.status, without_token(theirs)) == (missing.status, without_token(missing)), (row, person)


def test_what_is_not_there_is_a_404_for_whoever_may_ask(app, browser, objects):
    for row in about_a_thing(app):
        for person, status in zip(PEOPLE, ACCESS[row], strict=True):
            if status < 400 and not (person == "guest" and status == TO_SIGN_IN):
                missing = send(app, browser(None if person == "guest" else person), row, objects, missing=True)
                assert missing.status == 404, (row, person)


def without_token(page):
    return re.sub(r'(content|value)="[\w.-]{60,}"', "", page.body)


def declared(app):
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_every_endpoint_is_in_the_table_and_nothing_else(app):
    assert declared(app) == set(ACCESS)


def test_an_app_with_an_unmarked_view_does_not_start(app):
    stray = Flask("stray")
    stray.add_url_rule("/stray", "stray", lambda: "")
    with pytest.raises(RuntimeError, match="stray"):
        check_declared(stray)


def test_a_guest_is_sent_to_sign_in_and_htmx_is_told_so(browser):
    page = browser().get("/appointments?show=past")
    assert page.location == "/sign-in?next=/appointments?show%3Dpast"
    part = browser().get("/appointments", htmx=True)
    assert (part.status, part.location) == (401, "/sign-in?next=/appointments")


@pytest.mark.parametrize(
    "sent",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_what_another_site_sends_is_refused(browser, objects, sent):
    ada = browser("ada")
    assert ada.post(f"/holds/{objects['held']}", {"reason": "A cough"}, headers=sent).status == 403


@pytest.mark.parametrize("sent", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_site_cannot_sign_anybody_out(app, cast, sent):
    """Its form comes without our cookie, and an answer that sets a new one would take the place of the old."""
    for path in ("/sign-out", "/sign-in", "/no/such/page"):
        answer = app.test_client().post(path, headers=sent)
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (403, None)


def test_a_write_without_the_token_is_refused(app, browser, objects):
    ada = browser("ada")
    assert ada.open("POST", f"/holds/{objects['held']}", data={"reason": "A cough"}).status == 400


@pytest.mark.parametrize(
    "path", ["//clinic", "/Clinic", "/clinic/", "/clinic/.", "/clinic%2f", "/clinic;x=1", "/clinic/x.css"]
)
def test_no_trick_in_a_path_opens_a_page(browser, path):
    assert browser("ada").get(path).status in (303, 308, 403, 404)
