"""What else stands in Ada's record: a year of it, with files, an amendment, a stopped medicine, and a draft."""

import json
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from healthbook.db import db
from healthbook.demo.people import FOLDER
from healthbook.models import Attachment, Doctor, MedicalRecord, Patient, Prescription
from healthbook.records import pdf

YEAR = json.loads((FOLDER / "records.json").read_text(encoding="utf-8"))
LINE = ("medication_name", "dosage", "frequency", "duration", "instructions")
TEXTS = ("title", "description", "diagnosis", "treatment", "medications")
BACKGROUND = {
    "blood_group": "O+",
    "allergies": "Nickel: eczema of the hands\nPenicillin: rash as a child",
    "medical_history": "Iron deficiency in the spring\nAppendix removed at 14",
    "current_medications": "Vitamin D in winter",
}
STOPPED = ("Betamethasone ointment", 108, "The skin has healed")
SEED = 88


def add(patient: Patient, doctors: dict[str, Doctor], now: datetime) -> None:
    """`doctors` by their names."""
    for name, told in BACKGROUND.items():
        setattr(patient, name, told)
    for words in YEAR:
        doctor, at = doctors[words["by"]], (now - timedelta(days=words["days"])).replace(hour=10, minute=20)
        signed_at = None if words.get("draft") else at
        row = record(patient, doctor, words, at, signed_at=signed_at)
        if "file" in words:
            attach(row, doctor, patient, words)
        if again := words.get("amended"):
            later = (now - timedelta(days=again["days"])).replace(hour=15, minute=5)
            row.superseded_at = later
            db.session.flush()
            chain = {"supersedes_id": row.id, "amend_reason": again["why"], "signed_at": later}
            record(patient, doctor, words | again, at, **chain)


def record(patient: Patient, doctor: Doctor, words: dict[str, Any], at: datetime, **given: Any) -> MedicalRecord:
    texts = {name: words[name] for name in TEXTS if name in words}
    stamped = dict.fromkeys(("created_at", "updated_at"), given["signed_at"] or at)
    about = {"patient_id": patient.id, "doctor_id": doctor.id, "record_type": words["type"], "record_date": at}
    row = MedicalRecord(**about, **texts, **stamped, **given)
    db.session.add(row)
    db.session.flush()
    for words_of_line in words.get("lines", ()):
        line = Prescription(medical_record_id=row.id, created_at=at, **dict(zip(LINE, words_of_line, strict=True)))
        if line.medication_name == STOPPED[0]:
            stop(line, doctor, at + timedelta(days=words["days"] - STOPPED[1]))
        db.session.add(line)
    db.session.flush()
    return row


def stop(line: Prescription, doctor: Doctor, at: datetime) -> None:
    line.stopped_at, line.stopped_by_id, line.stop_reason = at, doctor.user_id, STOPPED[2]


def attach(row: MedicalRecord, doctor: Doctor, patient: Patient, words: dict[str, Any]) -> None:
    name = words["file"]
    kind, content = (
        ("image/jpeg", photograph())
        if name.endswith("jpg")
        else (
            "application/pdf",
            pdf.made(letter(patient, words), row.record_date),
        )
    )
    file = {"file_name": name, "media_type": kind, "size": len(content), "content": content}
    db.session.add(
        Attachment(medical_record_id=row.id, created_by_id=doctor.user_id, created_at=row.record_date, **file)
    )


def letter(patient: Patient, words: dict[str, Any]) -> pdf.Sheet:
    """A laboratory's report, as it would have come by post."""
    return pdf.Sheet(
        language="en",
        clinic="Avon Laboratories",
        reached="Unit 4, Harbour Way, Bristol",
        heading="Report",
        about=[("Patient", patient.user.full_name), ("For", f"Dr {words['by']}")],
        sections=[pdf.Section("Results", words["description"])],
        medicines="",
        doses=[],
        closing="Validated electronically.",
        pages="Page {n} of {nb}",
        lost="",
    )


def photograph() -> bytes:
    """Reddened skin, made up."""
    chance, size = Random(SEED), (640, 480)
    picture = Image.new("RGB", size, (222, 178, 150))
    drawing = ImageDraw.Draw(picture)
    for _ in range(90):
        x, y, r = chance.gauss(330, 90), chance.gauss(240, 60), chance.randint(4, 22)
        drawing.ellipse((x - r, y - r * 0.7, x + r, y + r * 0.7), fill=(205, chance.randint(95, 130), 105))
    written = BytesIO()
    picture.filter(ImageFilter.GaussianBlur(5)).save(written, "JPEG", quality=88)
    return written.getvalue()
