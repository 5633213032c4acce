"""What people read for a status, a step, a reason or a kind of record, and the icon beside it."""

from flask_babel import lazy_gettext as _

from healthbook.models.records import RecordType
from healthbook.models.statuses import ChangeReason, Status

PATIENT_WORDS = {
    Status.HELD: _("Held for you"),
    Status.SCHEDULED: _("Booked"),
    Status.CONFIRMED: _("Booked"),
    Status.CHECKED_IN: _("Checked in"),
    Status.IN_PROGRESS: _("With the doctor"),
    Status.COMPLETED: _("Done"),
    Status.CANCELLED: _("Cancelled"),
    Status.NO_SHOW: _("Missed"),
    Status.RESCHEDULED: _("Moved"),
}
STAFF_WORDS = PATIENT_WORDS | {
    Status.HELD: _("Held"),
    Status.CONFIRMED: _("Confirmed"),
    Status.CHECKED_IN: _("Waiting"),
    Status.COMPLETED: _("Completed"),
    Status.NO_SHOW: _("Did not come"),
}
STATUS_ICONS = {
    Status.HELD: "hourglass",
    Status.SCHEDULED: "calendar",
    Status.CONFIRMED: "calendar-check",
    Status.CHECKED_IN: "armchair",
    Status.IN_PROGRESS: "stethoscope",
    Status.COMPLETED: "circle-check",
    Status.CANCELLED: "circle-x",
    Status.NO_SHOW: "user-x",
    Status.RESCHEDULED: "rotate-ccw",
}
REASON_WORDS = {
    ChangeReason.CANNOT_COME: _("The day or time does not suit"),
    ChangeReason.FEELS_BETTER: _("No longer needed"),
    ChangeReason.FOUND_ANOTHER: _("Found help elsewhere"),
    ChangeReason.BOOKED_BY_MISTAKE: _("Booked by mistake"),
    ChangeReason.DOCTOR_AWAY: _("The doctor is away"),
    ChangeReason.CLINIC_CLOSED: _("The clinic is closed"),
    ChangeReason.PATIENT_ASKED: _("The patient asked"),
    ChangeReason.OTHER: _("Another reason"),
}
STEP_WORDS = {
    Status.CONFIRMED: _("Confirm"),
    Status.CHECKED_IN: _("Check in"),
    Status.IN_PROGRESS: _("Start"),
    Status.COMPLETED: _("Complete"),
    Status.NO_SHOW: _("Did not come"),
    Status.RESCHEDULED: _("Change day or time"),
    Status.CANCELLED: _("Cancel this appointment"),
}
BACK_WORDS = {
    (Status.NO_SHOW, Status.CHECKED_IN): _("Came after all"),
    (Status.CHECKED_IN, Status.SCHEDULED): _("Is not here"),
    (Status.CHECKED_IN, Status.CONFIRMED): _("Is not here"),
    (Status.IN_PROGRESS, Status.CHECKED_IN): _("Interrupted, waits again"),
    (Status.COMPLETED, Status.IN_PROGRESS): _("Reopen"),
}
RECORD_WORDS = {
    RecordType.DIAGNOSIS: _("Diagnosis"),
    RecordType.PRESCRIPTION: _("Prescription"),
    RecordType.LAB_RESULT: _("Test result"),
    RecordType.IMAGING: _("Scan or picture"),
    RecordType.SURGERY: _("Operation"),
    RecordType.VACCINATION: _("Vaccination"),
}
RECORD_ICONS = {
    RecordType.DIAGNOSIS: "file-text",
    RecordType.PRESCRIPTION: "pill",
    RecordType.LAB_RESULT: "flask-conical",
    RecordType.IMAGING: "activity",
    RecordType.SURGERY: "heart-pulse",
    RecordType.VACCINATION: "syringe",
}


def step_word(to: Status, seen: str) -> str:
    """What the button of a step says, on a visit that is `seen`."""
    return BACK_WORDS.get((Status(seen), to)) or STEP_WORDS[to]
