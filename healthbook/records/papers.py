"""What a record or a prescription says on paper, in the reader's language: the same for the printer and as PDF."""

from datetime import date, datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from healthbook.filters import calendar_day, time_of_day
from healthbook.labels import RECORD_WORDS
from healthbook.models import MedicalRecord, Patient, Prescription, RecordType
from healthbook.records.pdf import Dose, Section, Sheet


def of_record(record: MedicalRecord, patient: Patient) -> Sheet:
    """A signed record; of a visit it is the summary to take home."""
    kind = RECORD_WORDS[RecordType(record.record_type)]
    sections = [
        Section(_("Diagnosis"), record.diagnosis),
        Section(_("What was found"), record.description),
        Section(_("Treatment"), record.treatment),
        Section(_("Other medicines"), record.medications),
    ]
    return paper(
        _("Visit summary") if record.appointment_id else _("Medical record"),
        record,
        patient,
        ((str(kind), record.title),),
        sections=[section for section in sections if section.text],
        doses=[dose(line) for line in record.prescriptions],
    )


def of_prescription(line: Prescription, record: MedicalRecord, patient: Patient) -> Sheet:
    """A medicine with those that were prescribed with it; what was stopped stands alone."""
    together = [other for other in record.prescriptions if other.stopped_at is None]
    lines = together if line.stopped_at is None and line in together else [line]
    return paper(_("Prescription"), record, patient, sections=[], doses=[dose(each) for each in lines])


def paper(
    heading: str, record: MedicalRecord, patient: Patient, about: tuple[tuple[str, str], ...] = (), **said: list
) -> Sheet:
    doctor, person = record.doctor, patient.user
    clinic, signed = doctor.clinic, record.signed_at.astimezone(doctor.clinic.zone)
    closing = _(
        "Signed by %(doctor)s on %(day)s at %(time)s.",
        doctor=doctor.name,
        day=calendar_day(signed.date()),
        time=time_of_day(signed),
    )
    return Sheet(
        language=str(get_locale()).replace("_", "-"),
        clinic=clinic.name,
        reached=f"{clinic.address}. {clinic.phone}",
        heading=heading,
        about=[
            (_("Patient"), named(person.full_name, person.date_of_birth)),
            (_("Doctor"), f"{doctor.name}, {doctor.specialization.name}. {_('Licence')} {doctor.license_number}"),
            (_("Day"), calendar_day(record.day)),
            *about,
        ],
        medicines=_("Medicines"),
        closing=closing,
        pages=_("Page {n} of {nb}"),
        lost=_("A box stands for a letter that cannot be printed here. The page on the screen prints all of them."),
        **said,
    )


def named(name: str, born: date | None) -> str:
    return _("%(name)s, born %(day)s", name=name, day=calendar_day(born)) if born else name


def dose(line: Prescription) -> Dose:
    taken = ", ".join(filter(None, (line.dosage, line.frequency, line.duration)))
    known = line.instructions or ""
    if line.stopped_at:
        known = "\n".join(filter(None, (known, stopped(line, line.stopped_at))))
    return Dose(line.medication_name, taken, known)


def stopped(line: Prescription, at: datetime) -> str:
    day = calendar_day(at.astimezone(line.medical_record.doctor.clinic.zone).date())
    return _("Stopped on %(day)s: %(reason)s", day=day, reason=line.stop_reason or "")
