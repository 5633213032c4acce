"""A patient whose chart has 2,000 records and 300 visits, and how long a doctor waits for it."""

import statistics
import time
from datetime import timedelta
from urllib.request import Request, urlopen

import factories

from healthbook import clock
from healthbook.db import db
from healthbook.models import Attachment, MedicalRecord, Prescription, RecordType

RECORDS, VISITS, ROUNDS = 2000, 300, 30


def patient(doctor):
    """The id of a patient of this doctor, with everything in their records that there can be."""
    made, now = factories.patient(allergies="Penicillin\nLatex", medical_history="Asthma " * 20), clock.now()
    for n in range(VISITS):
        words = {"reason": "Itching at night " * 4, "doctor_notes": "Plaques on both elbows " * 8}
        at = now - timedelta(days=3 * n + 1)
        factories.appointment(made, doctor, at, status="completed", visit_type_id=doctor.visit_types[0].id, **words)
    for n in range(RECORDS):
        record(made, doctor, n, now - timedelta(days=2 * n, hours=3))
    db.session.execute(db.text("ANALYZE"))
    db.session.commit()
    return made.id


def record(patient, doctor, n, at):
    texts = {"description": "What was found there " * 12, "diagnosis": "Plaque psoriasis " * 4}
    texts |= {"title": f"Psoriasis, visit {n}", "treatment": "Cream twice a day " * 6, "medications": "Vitamin D " * 4}
    about = {"patient_id": patient.id, "doctor_id": doctor.id, "record_type": list(RecordType)[n % 6]}
    made = factories.added(MedicalRecord(record_date=at, signed_at=at, **about, **texts))
    if n % 2 == 0:
        line = {"medication_name": f"Medicine {n}", "dosage": "15 mg", "frequency": "daily", "duration": "2 weeks"}
        db.session.add(Prescription(medical_record_id=made.id, stopped_at=at if n > 60 and n % 4 else None, **line))
    if n % 10 == 0:
        file = {"file_name": f"scan {n}.png", "media_type": "image/png", "size": 1, "content": b"x"}
        db.session.add(Attachment(medical_record_id=made.id, **file))


def measure(site, email, patient_id):
    """Names with seconds (the median), their unit and budget."""
    for name, query, budget in (("opens", "", 0.08), ("is searched", "?q=zebra+psoriasis", 0.15)):
        request = Request(f"{site.url}/patients/{patient_id}{query}", headers=site.headers(email))
        seconds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            with urlopen(request) as answer:
                answer.read()
            seconds.append(time.perf_counter() - began)
        yield f"a chart with {RECORDS} records {name}", statistics.median(seconds), "s", budget
