"""Records that doctors have written about Ada, and what the database and the access log say of them."""

from contextlib import contextmanager
from datetime import timedelta

import factories
import pytest
from factories import NOW

from healthbook.db import db
from healthbook.models import (
    AccessLog,
    Appointment,
    Attachment,
    Doctor,
    EmergencyAccess,
    MedicalRecord,
    Patient,
    Prescription,
    User,
)

DAY = timedelta(days=1)
KEPT = ("medical_record", "prescription", "attachment")


@pytest.fixture
def treats(app, cast):
    """treats("cole"): Ada's completed visit with that doctor a week ago, by its id."""

    def seen(doctor, of="ada", **given):
        with app.app_context():
            patient, whom = db.session.get(Patient, getattr(cast, of)), db.session.get(Doctor, getattr(cast, doctor))
            given = {"status": "completed", "visit_type_id": whom.visit_types[0].id, "start": NOW - 7 * DAY} | given
            made = factories.appointment(patient, whom, given.pop("start"), **given)
            db.session.commit()
            return made.id

    return seen


@pytest.fixture
def treated(treats):
    """The id of a visit of Ada's with Doctor Cole, who therefore treats her."""
    return treats("cole")


@pytest.fixture
def signed(app, cast, treated):
    """signed("Cough", lines=[{...}]): a record about Ada that Doctor Cole has signed, by its id."""

    def written(title="Cough", days=0, by="cole", of="ada", lines=(), files=(), draft=False, **given):
        with app.app_context():
            about = {"patient_id": getattr(cast, of), "doctor_id": getattr(cast, by), "record_date": NOW + days * DAY}
            about |= {"record_type": "diagnosis", "signed_at": None if draft else NOW}
            made = factories.added(MedicalRecord(title=title, **about | given))
            for line in lines:
                line = {"medication_name": line} if isinstance(line, str) else line
                factories.added(Prescription(medical_record_id=made.id, **line))
            for name in files:
                of_file = {"media_type": "application/pdf", "size": 8, "content": b"%PDF-1.7"}
                factories.added(Attachment(medical_record_id=made.id, file_name=name, **of_file))
            db.session.commit()
            return made.id

    return written


@pytest.fixture
def stored(app):
    """stored(MedicalRecord, "title", "version"): these columns of all rows, in the order in which they were made."""

    def read(model, *names):
        with app.app_context():
            rows = db.session.scalars(db.select(model).order_by(model.id)).all()
            return [
                getattr(row, names[0]) if len(names) == 1 else tuple(getattr(row, n) for n in names) for row in rows
            ]

    return read


@pytest.fixture
def unchanged(app):
    """Whatever happens inside `with unchanged():` leaves records, medicines and files as they were."""

    def snapshot():
        with app.app_context():
            return {t: db.session.execute(db.text(f"SELECT * FROM {t} ORDER BY id")).all() for t in KEPT}

    @contextmanager
    def checking():
        before = snapshot()
        yield
        assert snapshot() == before

    return checking


@pytest.fixture
def log(app):
    """log(): what the access log says, as (who, place, object, what was done, why)."""

    def read():
        with app.app_context():
            rows = db.session.execute(
                db.select(User.first_name, User.last_name, AccessLog).join(AccessLog.actor).order_by(AccessLog.id)
            )
            return [
                (first if first != "Maria" else last, row.object, row.object_id, row.action, row.why)
                for first, last, row in rows
            ]

    return read


@pytest.fixture
def emergency(app, cast):
    """emergency("dean"): Doctor Dean has opened Ada's record for an hour."""

    def opened(doctor, reason="Found without consciousness"):
        with app.app_context():
            about = {"doctor_id": getattr(cast, doctor), "patient_id": cast.ada, "reason": reason}
            factories.added(EmergencyAccess(starts_at=NOW, ends_at=NOW + timedelta(hours=1), **about))
            db.session.commit()

    return opened


@pytest.fixture
def guarded(app, cast):
    """Ben may see Ada's record."""
    with app.app_context():
        ben, ada = db.session.get(Patient, cast.ben), db.session.get(Patient, cast.ada)
        factories.guardian(ben.user_id, ada)
        db.session.commit()


@pytest.fixture
def private_visit(app, treated, change):
    """The visit of Ada's is private."""
    change(Appointment, treated, private=True)
    return treated
