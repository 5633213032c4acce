"""Every constraint of the database is broken once, and refuses by its name."""

from datetime import date, time, timedelta

import factories
import pytest
import sqlalchemy as sa
from factories import NOW, empty_everything
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.exc import DBAPIError

from healthbook.db import db, violated
from healthbook.models import (
    AccessDigest,
    AccessLog,
    Attachment,
    AvailabilityOverride,
    Claim,
    Doctor,
    DoctorReview,
    EmergencyAccess,
    Guardian,
    GuardianInvitation,
    MedicalRecord,
    Message,
    Offer,
    Patient,
    Picture,
    Prescription,
    SealCheck,
    TimeOff,
    UserSession,
    WrongCode,
)

LATER = Range(NOW + timedelta(hours=1), NOW + timedelta(hours=2))
MINUTE = timedelta(minutes=1)
NAN = sa.literal_column("'NaN'::numeric")
EMPTY = Range(empty=True)

# The constraint, and a change to a good row that it must refuse.
BROKEN_CHECKS = {
    "ck_custom_user_user_type": {"user_type": "owner"},
    "ck_custom_user_date_of_birth": {"date_of_birth": date(1899, 12, 31)},
    "ck_custom_user_names": {"first_name": "  "},
    "ck_custom_user_is_staff": {"is_staff": True},
    "ck_custom_user_theme": {"theme": "purple"},
    "ck_patient_gender": {"gender": "x"},
    "ck_patient_blood_group": {"blood_group": "C+"},
    "ck_clinic_lead_and_horizon": {"horizon_days": 0},
    "ck_clinic_hold_minutes": {"hold_minutes": 0},
    "ck_clinic_limits": {"max_open_bookings": 0},
    "ck_clinic_currency": {"currency": "pounds"},
    "ck_specialization_name": {"name": " "},
    "ck_doctor_status": {"status": "retired"},
    "ck_doctor_years_of_experience": {"years_of_experience": -1},
    "ck_doctor_consultation_fee": {"consultation_fee": NAN},
    "ck_doctor_slot_step_minutes": {"slot_step_minutes": 0},
    "ck_doctor_review_old_status": {"old_status": "retired"},
    "ck_doctor_review_new_status": {"new_status": "retired"},
    "ck_doctor_review_reason": {"reason": " "},
    "ck_doctor_availability_day_of_week": {"day_of_week": "funday"},
    "ck_doctor_availability_every_weeks": {"every_weeks": 5},
    "ck_doctor_availability_counted_from": {"every_weeks": 2, "valid_from": None},
    "ck_doctor_availability_validity": {"valid_from": date(2027, 1, 2), "valid_to": date(2027, 1, 1)},
    "ck_doctor_availability_dates": {"valid_from": date(1899, 1, 1)},
    "ck_availability_override_times": {"start_time": time(9), "end_time": None},
    "ck_availability_override_on_date": {"on_date": date(2200, 1, 1)},
    "ck_time_off_during": {"during": EMPTY},
    "ck_wrong_code_whose": {"user_id": None, "ip": None},
    "ck_visit_type_appointment_type": {"appointment_type": "chat"},
    "ck_visit_type_name": {"name": ""},
    "ck_visit_type_minutes": {"minutes": 0},
    "ck_visit_type_buffers": {"buffer_before": -1},
    "ck_visit_type_fee": {"fee": -1},
    "ck_visit_type_lead_and_horizon": {"lead_minutes": -1},
    "ck_visit_type_emergency_by_desk": {"appointment_type": "emergency"},
    "ck_appointment_status": {"status": "lost"},
    "ck_appointment_appointment_type": {"appointment_type": "chat"},
    "ck_appointment_during": {"during": Range(LATER.lower, LATER.lower + MINUTE, bounds="[]"), "blocked": LATER},
    "ck_appointment_blocked": {"blocked": LATER},
    "ck_appointment_length": {
        "during": LATER,
        "blocked": Range(LATER.lower, LATER.lower + timedelta(hours=12, minutes=1)),
    },
    "ck_appointment_held_until": {"held_until": NOW},
    "ck_appointment_fee": {"fee": NAN},
    "ck_appointment_reference": {"reference": "ILOU0000"},
    "ck_appointment_history_old_status": {"old_status": "lost"},
    "ck_appointment_history_new_status": {"new_status": "lost"},
    "ck_appointment_history_change_reason": {"change_reason": "because"},
    "ck_medical_record_record_type": {"record_type": "rumour"},
    "ck_medical_record_supersedes_id": {"supersedes_id": sa.literal_column("id")},
    "ck_attachment_size": {"size": -1},
    "ck_message_kind": {"kind": "gossip"},
    "ck_message_channel": {"channel": "owl"},
    "ck_message_tries": {"tries": -1},
    "ck_clinic_arrivals_and_offers": {"offer_share_percent": 0},
    "ck_appointment_overbook_reason": {"overbook_reason": "Urgent"},
    "ck_appointment_status_before": {"status_before": "lost"},
    "ck_appointment_reached": {"reached": True},
    "ck_offer_why": {"why": "bored"},
    "ck_offer_answer": {"answer": "maybe", "answered_at": NOW},
    "ck_offer_answered": {"answered_at": NOW},
    "ck_claim_tries": {"tries": -1},
    "ck_clinic_desk_ignores": {"desk_ignores": ["manners"]},
    "ck_clinic_treating": {"treating_months": -1},
    "ck_clinic_retention_years": {"retention_years": 101},
    "ck_access_log_object": {"object": "window"},
    "ck_access_log_action": {"action": "sold"},
    "ck_access_log_why": {"why": "curious"},
    "ck_emergency_access_reason": {"reason": " "},
    "ck_emergency_access_ends_at": {"ends_at": NOW + timedelta(minutes=61)},
    "ck_emergency_access_reviewed": {"reviewed_at": None},
    "ck_guardian_until": {"until": date(2026, 1, 1)},
    "ck_guardian_may_see_record": {"may_see_record": True},
    "ck_seal_check_id": {"id": 2},
}


def tables():
    return db.metadata.sorted_tables


def checks():
    return sorted(c.name for table in tables() for c in table.constraints if isinstance(c, sa.CheckConstraint))


def test_every_check_is_broken_here():
    assert checks() == sorted(BROKEN_CHECKS)


@pytest.fixture(scope="module")
def rows(committed_app):
    """Three good rows in every table, which stay as they are: every change here is refused or undone."""
    with committed_app.app_context():
        empty_everything()
        for n in range(3):
            make_a_row_of_each(n)
        db.session.commit()
    return committed_app


def make_a_row_of_each(n):
    clinic = factories.clinic()
    specialization = factories.specialization(f"Field {n}")
    doctor = factories.doctor(clinic, specialization, hours=False)
    patient = factories.patient()
    factories.hours(doctor, "sunday", valid_from=date(2026, 1, 1))
    visit = factories.appointment(patient, doctor, NOW + timedelta(days=n), minutes=5)
    factories.added(AccessDigest(day=NOW.date() + timedelta(days=n), rows=1, digest=b"x"))
    if not n:
        factories.added(SealCheck(id=1, words="Here"))
    emergency = factories.added(
        EmergencyAccess(
            doctor_id=doctor.id,
            patient_id=patient.id,
            reason="Fell",
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=1),
            reviewed_by_id=doctor.user_id,
            reviewed_at=NOW,
        )
    )
    record = MedicalRecord(
        patient_id=patient.id,
        doctor_id=doctor.id,
        appointment_id=visit.id,
        record_type="diagnosis",
        title="Cold",
        record_date=NOW,
    )
    for row in (
        UserSession(user_id=patient.user_id, token_hash=bytes([n]) * 32, expires_at=NOW),
        AvailabilityOverride(doctor_id=doctor.id, on_date=date(2027, 1, 4), start_time=time(9), end_time=time(12)),
        TimeOff(clinic_id=clinic.id, doctor_id=doctor.id, during=LATER),
        DoctorReview(
            doctor_id=doctor.id,
            decided_by_id=doctor.user_id,
            old_status="pending",
            new_status="approved",
            reason="Fine",
        ),
        record,
        AccessLog(
            at=NOW, actor_id=patient.user_id, patient_id=patient.id, object="chart", action="read", why="treating"
        ),
        Guardian(user_id=patient.user_id, patient_id=patient.id, since=date(2026, 2, 1)),
        GuardianInvitation(patient_id=patient.id, code_hash=str(n), expires_at=NOW),
        WrongCode(user_id=patient.user_id, at=NOW),
        Claim(user_id=patient.user_id, code_hash=str(n), expires_at=NOW),
        Offer(
            appointment_id=visit.id,
            replaces_id=visit.id,
            doctor_id=doctor.id,
            during=LATER,
            why="doctor_away",
            expires_at=NOW,
        ),
        Picture(user_id=patient.user_id, media_type="image/png", content=b"x"),
        Message(
            user_id=patient.user_id,
            appointment_id=visit.id,
            emergency_access_id=emergency.id,
            kind="booked",
            channel="email",
            version=1,
            due_at=NOW,
        ),
    ):
        factories.added(row)
    factories.added(Prescription(medical_record_id=record.id, medication_name="Tea"))
    factories.added(
        Attachment(medical_record_id=record.id, file_name="a.pdf", media_type="application/pdf", size=1, content=b"x")
    )


def refused(table, values, where=None):
    """The error that a change of the table's last row meets."""
    last = sa.select(sa.func.max(table.c.id)).scalar_subquery()
    change = sa.update(table).where(where if where is not None else table.c.id == last).values(values)
    savepoint = db.session.begin_nested()
    if table.name == "access_log":
        db.session.execute(sa.text("ALTER TABLE access_log DISABLE TRIGGER USER"))
    with pytest.raises(DBAPIError) as told:
        db.session.execute(change)
    savepoint.rollback()
    return told.value


@pytest.mark.parametrize("name", BROKEN_CHECKS)
def test_a_check_refuses_what_cannot_be(rows, name):
    table = next(t for t in tables() if any(c.name == name for c in t.constraints))
    with rows.app_context():
        assert violated(refused(table, BROKEN_CHECKS[name])) == name


def foreign_keys():
    return [(table, key) for table in tables() for key in sorted(table.foreign_key_constraints, key=lambda k: k.name)]


@pytest.mark.parametrize(("table", "key"), foreign_keys(), ids=lambda value: getattr(value, "name", ""))
def test_a_key_refuses_a_row_that_is_not_there(rows, table, key):
    with rows.app_context():
        assert violated(refused(table, {key.column_keys[0]: 2_000_000_000})) == key.name


def required():
    return [(t, c) for t in tables() for c in t.columns if not c.nullable and not c.primary_key and c.computed is None]


@pytest.mark.parametrize(("table", "column"), required(), ids=str)
def test_what_must_be_said_cannot_be_left_out(rows, table, column):
    with rows.app_context():
        error = refused(table, {column.name: None})
    said = "appointment_date" if column.name in ("during", "time_zone") and table.name == "appointment" else column.name
    assert (error.orig.sqlstate, error.orig.diag.column_name) == ("23502", said)


def uniques():
    found = []
    for table in tables():
        found += [
            (table, c.name, [k.name for k in c.columns])
            for c in table.constraints
            if isinstance(c, sa.UniqueConstraint)
        ]
        found += [(table, i.name, None) for i in table.indexes if i.unique]
    return sorted(found, key=lambda unique: unique[1])


OTHERWISE_SAID = {
    "uq_custom_user_email": "upper(email)",
    "uq_specialization_name": "upper(name)",
    "uq_medical_record_live_appointment_id": "appointment_id",
    "uq_offer_replaces_id": "replaces_id",
}


@pytest.mark.parametrize(
    ("table", "name", "columns"), uniques(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_must_differ_cannot_be_the_same(rows, table, name, columns):
    """The first row's values, given to the second; where they are empty both get one."""
    with rows.app_context():
        first, second = db.session.scalars(sa.select(table.c.id).order_by(table.c.id.desc()).limit(2)).all()
        if name in OTHERWISE_SAID:
            column = OTHERWISE_SAID[name].removeprefix("upper(").removesuffix(")")
            said = f'(SELECT {OTHERWISE_SAID[name]} FROM "{table.name}" WHERE id = {first})'
            values = {column: sa.literal_column(said)}
        elif name == "uq_message_user_id_kind_version":
            about_nothing = {"appointment_id": None, "emergency_access_id": None}
            db.session.execute(sa.update(table).where(table.c.id.in_([first, second])).values(about_nothing))
            values = same_as(table, first, ["user_id", "kind", "version"])
        else:
            values = same_as(table, first, columns)
        assert violated(refused(table, values, where=table.c.id == second)) == name


def same_as(table, first, columns):
    key = next((c for c in columns if table.c[c].nullable), None)
    if key in ("moved_from_id", "supersedes_id", "request_key"):
        value = sa.literal_column(
            "'00000000-0000-0000-0000-000000000000'::uuid" if key == "request_key" else str(first)
        )
        if key != "request_key":
            value = sa.select(sa.func.min(table.c.id)).scalar_subquery()
        db.session.execute(sa.update(table).where(table.c.id == first).values({key: value}))
        return {key: value}
    return {c: sa.select(table.c[c]).where(table.c.id == first).scalar_subquery() for c in columns}


def test_the_two_exclusions_are_the_only_ones():
    names = {c.name for t in tables() for c in t.constraints if isinstance(c, ExcludeConstraint)}
    assert names == {"one_visit_per_doctor", "one_visit_per_patient"}


def booked(cast, patient, doctor, minutes_later, **given):
    row = {"status": "scheduled"} | given
    if row["status"] == "held":
        row["held_until"] = NOW
    start = NOW + timedelta(minutes=minutes_later)
    return factories.appointment(db.session.get(Patient, patient), db.session.get(Doctor, doctor), start, **row)


def overlap_refused(cast, *visits):
    """The constraint that refuses the last of these visits, or '' when all may stand."""
    with db.session.begin_nested():
        for visit in visits[:-1]:
            booked(cast, **visit)
        try:
            booked(cast, **visits[-1])
        except DBAPIError as error:
            return violated(error)
    return ""


@pytest.mark.parametrize("status", ["held", "scheduled", "confirmed", "checked_in", "in_progress"])
def test_a_doctor_cannot_have_two_visits_at_once(app, cast, status):
    with app.app_context():
        one = {"patient": cast.ada, "doctor": cast.cole, "minutes_later": 0, "status": status}
        other = {"patient": cast.ben, "doctor": cast.cole, "minutes_later": 29}
        assert overlap_refused(cast, one, other) == "one_visit_per_doctor"


@pytest.mark.parametrize("status", ["completed", "cancelled", "no_show", "rescheduled"])
def test_a_visit_that_is_over_takes_up_no_time(app, cast, status):
    with app.app_context():
        one = {"patient": cast.ada, "doctor": cast.cole, "minutes_later": 0, "status": status}
        assert not overlap_refused(cast, one, {"patient": cast.ben, "doctor": cast.cole, "minutes_later": 0})


def test_visits_may_touch_and_the_staff_may_overbook(app, cast):
    with app.app_context():
        one = {"patient": cast.ada, "doctor": cast.cole, "minutes_later": 0}
        assert not overlap_refused(cast, one, {"patient": cast.ben, "doctor": cast.cole, "minutes_later": 30})
    with app.app_context():
        over = {"patient": cast.ben, "doctor": cast.cole, "minutes_later": 15, "overbooked": True}
        assert not overlap_refused(cast, {"patient": cast.ada, "doctor": cast.dean, "minutes_later": 300}, over)


def test_a_patient_cannot_be_in_two_places(app, cast):
    with app.app_context():
        one = {"patient": cast.ada, "doctor": cast.cole, "minutes_later": 0}
        other = {"patient": cast.ada, "doctor": cast.dean, "minutes_later": 15}
        assert overlap_refused(cast, one, other) == "one_visit_per_patient"


def test_a_held_time_does_not_keep_a_patient_from_another(app, cast):
    with app.app_context():
        one = {"patient": cast.ada, "doctor": cast.cole, "minutes_later": 0, "status": "held"}
        assert not overlap_refused(cast, one, {"patient": cast.ada, "doctor": cast.dean, "minutes_later": 15})


def test_the_generated_date_and_time_are_those_of_the_clinics_wall(app, cast):
    with app.app_context():
        visit = booked(cast, cast.ada, cast.cole, 0, time_zone="Pacific/Auckland")
        db.session.refresh(visit)
        assert (visit.appointment_date, visit.appointment_time) == (date(2026, 11, 24), time(22, 41))
