"""The demo clinic: believable, possible, and the same every time."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from random import Random

import factories
import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import func, select, text
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import undefer

from healthbook.accounts import passwords
from healthbook.db import db
from healthbook.demo import records, visits
from healthbook.demo.people import CAST, PASSWORD
from healthbook.demo.seed import SEED, fill, people_and_plan
from healthbook.models import (
    BOOKED,
    Appointment,
    AppointmentHistory,
    Attachment,
    AvailabilityOverride,
    Doctor,
    DoctorReview,
    Guardian,
    MedicalRecord,
    Patient,
    Prescription,
    Specialization,
    Status,
    TimeOff,
    User,
    VisitType,
)
from healthbook.patients.queries import family
from healthbook.patients.queries.access import reader
from healthbook.scheduling import slots, terms
from healthbook.scheduling.queries import free as scheduling

NOW = factories.NOW
NAMED = ("Ada", "Maya")
START = func.lower(Appointment.during)
PEOPLE = select(User.username, User.first_name, User.last_name, User.date_of_birth).order_by(User.username)
VISITS = (
    select(START, VisitType.name, Doctor.license_number, User.username, Appointment.status)
    .join(VisitType, Appointment.visit_type_id == VisitType.id)
    .join(Appointment.doctor)
    .join(Appointment.patient)
    .join(Patient.user)
    .order_by(Appointment.id)
)


def doctors(session):
    return session.scalars(select(Doctor).where(Doctor.status == "approved").order_by(Doctor.id)).all()


def visits_of(session, email):
    own = select(Appointment).join(Appointment.patient).join(Patient.user).where(User.email == email)
    return session.scalars(own.order_by(START)).all()


def test_twelve_doctors_in_six_specializations_and_three_hundred_patients(demo):
    per_specialization = Counter(doctor.specialization.name for doctor in doctors(demo))
    assert (per_specialization.total(), len(per_specialization)) == (12, 6)
    assert set(demo.scalars(select(Specialization.name))) == set(per_specialization)
    assert demo.scalar(select(func.count(Doctor.id)).where(Doctor.status == "pending")) == 3
    assert demo.scalar(select(func.count(Patient.id))) == 300


def test_nobody_was_a_patient_before_they_were_born(demo):
    born = demo.execute(select(User.date_of_birth, Patient.created_at).join(Patient.user)).all()
    assert all(day < since.date() for day, since in born)


def test_what_is_known_of_a_person_fits_them(demo):
    known = select(Patient).join(Patient.user).options(undefer(Patient.medical_history_sealed))
    ada, maya = (demo.scalars(known.where(User.first_name == name, User.last_name == "Byrne")).one() for name in NAMED)
    assert (ada.gender, maya.gender) == ("F", "F")
    assert (bool(ada.medical_history), maya.medical_history) == (True, None)


def test_everybody_of_the_cast_can_sign_in(demo):
    found = {
        user.email: user for user in demo.scalars(select(User).where(User.email.in_(p.email for p in CAST.values())))
    }
    assert {person.email: person.user_type for person in CAST.values()} == {
        email: user.user_type for email, user in found.items()
    }
    assert {user.password for user in found.values()} == {found["ada@demo.example"].password}
    assert passwords.verify(found["ada@demo.example"].password, PASSWORD)
    assert all(user.is_active for user in found.values())
    statuses = [found[f"{name}@demo.example"].doctor.status for name in ("cole", "dean", "pat")]
    assert statuses == ["approved", "approved", "pending"]


def test_the_approved_were_approved_by_the_admin(demo):
    reviews = demo.scalars(select(DoctorReview)).all()
    assert {review.doctor_id for review in reviews} == {doctor.id for doctor in doctors(demo)}
    assert {review.decided_by.email for review in reviews} == {"mo@demo.example"}


def test_visits_reach_from_two_months_back_to_six_weeks_ahead(demo):
    first, last = demo.execute(select(func.min(START), func.max(START))).one()
    assert timedelta(days=57) < NOW - first < timedelta(days=62)
    assert timedelta(days=38) < last - NOW < timedelta(days=43)


def test_every_visit_lies_on_the_doctors_hours_and_grid(demo):
    long_ago = NOW - timedelta(days=70)
    for doctor in doctors(demo):
        for kind in doctor.visit_types:
            visit = terms.visit(doctor, kind)._replace(lead=timedelta(0), horizon=timedelta(days=200))
            away = scheduling.calendar(doctor, visit, long_ago.date(), (NOW + timedelta(days=60)).date(), long_ago)
            empty = slots.Calendar(away.zone, away.hours, away.overrides, (), away.time_off, away.step_minutes)
            offered = set(slots.free(empty, visit, long_ago.date(), (NOW + timedelta(days=60)).date(), long_ago))
            placed = select(START).where(Appointment.visit_type_id == kind.id)
            outside = set(demo.scalars(placed)) - offered
            assert not outside, f"{doctor.name}, {kind.name}: {sorted(outside)[:3]}"


def test_lengths_and_fees_are_those_of_the_visit_type(demo):
    rows = demo.scalars(select(Appointment).limit(500)).all()
    assert all((row.minutes, row.fee) == (row.visit_type.minutes, row.visit_type.fee) for row in rows)


def test_nobody_is_in_two_places_at_once(demo):
    twice = """SELECT count(*) FROM appointment a JOIN appointment b
               ON a.patient_id = b.patient_id AND a.id < b.id AND a.during && b.during"""
    assert demo.scalar(text(twice)) == 0


def test_statuses_fit_the_time(demo):
    over = Counter(demo.scalars(select(Appointment.status).where(func.upper(Appointment.during) <= NOW)))
    ahead = Counter(demo.scalars(select(Appointment.status).where(START > NOW)))
    assert set(over) == {"completed", "no_show", "cancelled"}
    assert over["completed"] > 5 * (over["no_show"] + over["cancelled"])
    assert set(ahead) <= {"scheduled", "confirmed", "checked_in", "cancelled"}
    assert min(ahead["scheduled"], ahead["confirmed"]) > 100
    today = Counter(demo.scalars(select(Appointment.status).where(Appointment.appointment_date == NOW.date())))
    assert today["completed"]
    assert today["in_progress"]
    assert today["scheduled"]
    assert today["confirmed"]


def test_the_history_of_every_visit_leads_to_its_status(demo):
    steps = {}
    for step in demo.scalars(select(AppointmentHistory).order_by(AppointmentHistory.id)):
        steps.setdefault(step.appointment_id, []).append(step)
    for visit in demo.scalars(select(Appointment)):
        own = steps[visit.id]
        times = [visit.created_at, *(step.changed_at for step in own)]
        assert times == sorted(times)
        assert times[-1] <= NOW
        assert [step.old_status for step in own[1:]] == [step.new_status for step in own[:-1]]
        assert own[-1].new_status == visit.status
        assert all(step.changed_by_id for step in own)


@pytest.mark.parametrize("days", [2, 7])
def test_doctor_cole_has_free_times_soon(demo, days):
    cole = demo.scalar(select(Doctor).join(Doctor.user).where(User.email == "cole@demo.example"))
    free = scheduling.free(cole, cole.visit_types[0], NOW.date(), (NOW + timedelta(days=days)).date(), NOW)
    assert len(free) >= days * 3


def test_every_doctor_but_one_has_free_times_next_week(demo):
    first, last = (NOW + timedelta(days=6)).date(), (NOW + timedelta(days=13)).date()
    free = {
        doctor.name: len(scheduling.free(doctor, doctor.visit_types[0], first, last, NOW)) for doctor in doctors(demo)
    }
    full = free.pop("Dr Amara Okafor")
    assert full <= 2
    assert min(free.values()) >= 2, free


def test_near_weeks_are_fuller_than_far_ones(demo):
    def booked(first, last):
        spans = START.between(NOW + timedelta(days=first), NOW + timedelta(days=last))
        return demo.scalar(select(func.count(Appointment.id)).where(spans))

    assert booked(1, 8) > 2 * booked(34, 41) > 0


def test_some_are_away_or_there_at_other_hours(demo):
    assert demo.scalar(select(func.count(AvailabilityOverride.id))) == 3
    (away,) = demo.scalars(select(TimeOff)).all()
    assert away.reason == "Conference"
    in_it = select(func.count(Appointment.id)).where(
        Appointment.doctor_id == away.doctor_id, Appointment.during.overlaps(away.during)
    )
    assert demo.scalar(in_it) == 0


def test_ada_and_ben_have_visits_behind_them_and_one_ahead(demo):
    for email, over in (("ada@demo.example", 2), ("ben@demo.example", 1)):
        visits = visits_of(demo, email)
        assert [visit.status for visit in visits[:-1]] == [Status.COMPLETED] * over
        assert visits[-1].status in BOOKED
        # Not so near that it would be in the way of trying things out.
        assert visits[-1].during.lower > NOW + timedelta(days=7)


def test_nobody_has_more_ahead_than_the_clinic_allows(demo):
    ahead = select(func.count()).where(Appointment.status.in_(BOOKED)).group_by(Appointment.patient_id)
    assert max(demo.scalars(ahead)) <= doctors(demo)[0].clinic.max_open_bookings


def test_clinical_words_open_again_and_are_sealed(demo):
    visit = visits_of(demo, "ada@demo.example")[0]
    assert visit.reason
    assert visit.doctor_notes
    assert visit.reason.encode() not in visit.reason_sealed
    record = demo.scalars(select(MedicalRecord).join(MedicalRecord.prescriptions).limit(1)).one()
    assert record.diagnosis
    assert record.prescriptions[0].medication_name
    assert demo.scalar(select(func.count(Prescription.id))) > 100


def test_children_cannot_sign_in_and_see_doctors_for_children(demo):
    grown = NOW.date() - timedelta(days=16 * 366)
    with_account = select(User).where(User.email.is_not(None), User.date_of_birth > grown)
    assert demo.scalars(with_account).all() == []
    seen = (
        select(Specialization.name, User.date_of_birth, Appointment.appointment_date)
        .join(Doctor, Doctor.specialization_id == Specialization.id)
        .join(Appointment, Appointment.doctor_id == Doctor.id)
        .join(Appointment.patient)
        .join(Patient.user)
    )
    for name, born, on_date in demo.execute(seen):
        assert (name == "Paediatrics") == ((on_date - born).days / 365.25 < 16)


@pytest.mark.parametrize("hours", [0, 6])
def test_it_is_the_same_every_time_but_for_what_the_hour_changes(demo_app, app, new_installation, hours):
    with demo_app.app_context():
        people = [tuple(row) for row in db.session.execute(PEOPLE)]
        there = [tuple(row) for row in db.session.execute(VISITS)]
        references = db.session.scalars(select(Appointment.reference).order_by(Appointment.id.desc()).limit(30)).all()
    with app.app_context():
        desk, planned = people_and_plan(Random(SEED), "no password", NOW + timedelta(hours=hours))
        assert [tuple(row) for row in db.session.execute(PEOPLE)] == people
        drawn = [visits.appointment(Random(row.luck), row, desk, NOW).reference for row in planned[:-31:-1]]
        assert drawn == references
        again = [
            (row.start, row.visit_type.name, row.practice.doctor.license_number, row.patient.user.username, row.status)
            for row in planned
        ]
    assert [row[:-1] for row in again] == [row[:-1] for row in there]
    changed = {row[0].date() for row, was in zip(again, there, strict=True) if row != was}
    assert changed == ({NOW.date()} if hours else set())


def test_a_clinic_with_people_is_not_filled_again(demo_app):
    with demo_app.app_context():
        before = db.session.scalar(select(func.count(User.id)))
        assert not fill(NOW)
        assert db.session.scalar(select(func.count(User.id))) == before


def records_of(session, email):
    own = select(MedicalRecord).join(MedicalRecord.patient).join(Patient.user).where(User.email == email)
    return session.scalars(own.order_by(MedicalRecord.record_date, MedicalRecord.id)).all()


def test_adas_record_has_something_of_everything(demo):
    records = records_of(demo, "ada@demo.example")
    kinds = {record.record_type for record in records}
    assert kinds >= {"vaccination", "diagnosis", "lab_result", "imaging", "prescription"}
    assert [record.title for record in records if record.signed_at is None] == ["Blood count, yearly"]
    (amended,) = [record for record in records if record.supersedes_id]
    assert amended.amend_reason == "The dose was a typing error: it is 10 mg"
    assert [line.dosage for line in amended.prescriptions] == ["10 mg"]
    before = demo.get(MedicalRecord, amended.supersedes_id)
    assert (before.superseded_at > before.signed_at, before.prescriptions[0].dosage) == (True, "100 mg")
    stopped = [line for record in records for line in record.prescriptions if line.stopped_at]
    assert [(line.medication_name, line.stop_reason) for line in stopped] == [
        ("Betamethasone ointment", "The skin has healed")
    ]
    assert all(record.record_date <= NOW and (record.signed_at or NOW) <= NOW for record in records)


def test_her_files_can_be_opened(demo):
    files = demo.scalars(select(Attachment).order_by(Attachment.id)).all()
    assert [(file.file_name, file.media_type) for file in files] == [
        ("Blood count and ferritin.pdf", "application/pdf"),
        ("Right hand.jpg", "image/jpeg"),
    ]
    letter, photograph = (file.content for file in files)
    assert [file.size for file in files] == [len(letter), len(photograph)]
    assert "Ferritin 9 µg/l" in PdfReader(BytesIO(letter)).pages[0].extract_text()
    assert Image.open(BytesIO(photograph)).size == (640, 480)
    assert records.photograph() == photograph


def test_cole_treats_ada_and_dean_treats_neither_her_nor_ben(demo):
    why = {}
    for doctor in ("cole", "dean"):
        for patient in ("ada", "ben"):
            who, about = (demo.scalar(select(User).where(User.email == f"{n}@demo.example")) for n in (doctor, patient))
            with suppress(NoResultFound):
                why[doctor, patient] = reader(who, about.patient.id, NOW).why
    assert why == {("cole", "ada"): "treating"}


def test_somebody_was_entered_at_the_desk_and_waits_for_a_code(demo):
    unclaimed = select(User).where(User.claimed_at.is_(None), User.username == "entered-at-the-desk")
    entered = demo.scalars(unclaimed).one()
    assert (entered.is_unclaimed, entered.password, entered.email) == (True, None, None)
    assert entered.phone_number
    assert NOW.year - entered.date_of_birth.year > 17


def test_families_are_believable(demo):
    rows = demo.scalars(select(Guardian)).all()
    children = [row for row in rows if row.patient.user.email is None]
    grown = {row.patient_id for row in rows} - {row.patient_id for row in children}
    assert len(grown) == 4
    without_account = demo.scalar(select(func.count(Patient.id)).join(Patient.user).where(User.email.is_(None)))
    # One grown-up was entered at the desk.
    assert len({row.patient_id for row in children}) == without_account - 1 > 30
    for row in children:
        years = (row.patient.user.date_of_birth - row.user.date_of_birth).days / 365.25
        assert 20 < years < 46
        assert row.user.email
        assert row.since <= NOW.date()
    names = {row.patient_id: row.patient.user.last_name for row in children}
    assert all(
        names[row.patient_id] in {r.user.last_name for r in children if r.patient_id == row.patient_id}
        for row in children
    )
    assert 1 <= family.count_waiting(NOW) <= 12


def test_ada_looks_after_maya_and_has_booked_for_her(demo):
    ada = demo.scalar(select(User).where(User.email == "ada@demo.example"))
    (maya,) = family.people(ada, NOW)
    assert maya.name == "Maya Byrne"
    assert reader(ada, maya.id, NOW).why == "guardian"
    visits = demo.scalars(select(Appointment).where(Appointment.patient_id == maya.id).order_by(START)).all()
    assert {visit.booked_by_id for visit in visits} == {ada.id}
    assert visits[-1].status in BOOKED
    assert visits[-1].during.lower > NOW + timedelta(days=7)
