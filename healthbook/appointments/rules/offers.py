"""What a patient may book with a doctor: asked under the lock."""

from flask_babel import gettext as _

from healthbook.errors import Refused, SlotTaken
from healthbook.models import Doctor, Patient, VisitType
from healthbook.scheduling.queries.newcomers import is_new
from healthbook.scheduling.queries.visit_types import for_desk, retired, visit_types


def for_patient(patient: Patient, doctor: Doctor, visit_type_id: int | None, desk: bool = False) -> VisitType | None:
    """The visit type, or None for what nobody can book online here, or at the desk.

    Raises SlotTaken when it was changed since the page was opened, Refused when it is not for new patients.
    """
    offered = for_desk if desk else visit_types
    kind = next((kind for kind in offered(doctor) if kind.id == visit_type_id), None)
    if kind is None and visit_type_id and retired(doctor, visit_type_id):
        raise SlotTaken(_("What you chose has just been changed here. Nothing has been booked for you yet."))
    if kind and kind not in offered(doctor, new=True) and is_new(patient, doctor):
        raise Refused(not_new(doctor, kind, desk))
    return kind


def not_new(doctor: Doctor, kind: VisitType, desk: bool = False) -> str:
    if desk and doctor.accepts_new_patients:
        return _("“%(name)s” is for people who have been here before. Choose something else.", name=kind.name)
    if desk:
        return _("%(doctor)s takes no new patients at the moment.", doctor=doctor.name)
    if doctor.accepts_new_patients:
        words = _("“%(name)s” is for people who have been here before. Please choose something else, or call us.")
        return words % {"name": kind.name}
    return _("%(doctor)s takes no new patients at the moment. Please call us.", doctor=doctor.name)
