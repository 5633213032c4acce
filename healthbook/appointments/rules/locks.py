"""The locks of a booking, taken in one order: doctors by id, then patients by id. Who waited reads again."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask_babel import gettext as _
from sqlalchemy import any_, select
from sqlalchemy.exc import DBAPIError

from healthbook.db import db, ids, sqlstate, violated
from healthbook.errors import Refused, SlotTaken
from healthbook.models import Doctor, Patient

# Made once, for whoever waits for a lock is waited for.
DOCTORS, PATIENTS = (
    select(model.id).where(model.id == any_(ids("ids"))).order_by(model.id).with_for_update(key_share=True)
    for model in (Doctor, Patient)
)


def lock(doctor_ids: Iterable[int], patient_ids: Iterable[int] = ()) -> None:
    """Wait for everybody's rows, and forget what the session knew before. Raises DBAPIError 55P03 after 3 seconds."""
    for rows, wanted in ((DOCTORS, list(doctor_ids)), (PATIENTS, list(patient_ids))):
        if wanted:
            db.session.execute(rows, {"ids": wanted})
    db.session.expire_all()


def second_visit(another: bool = False, private: bool = False) -> Refused:
    """`another`: somebody else books for the patient, who does not hear of a visit that is private."""
    if another and private:
        return Refused(_("This time cannot be booked for this person. Please choose another time, or call us."))
    if another:
        return Refused(_("They have a visit at that time already. Please choose another time, or cancel that visit."))
    return Refused(_("You have a visit at that time already. Please choose another time, or cancel that visit first."))


@contextmanager
def time_given_away() -> Iterator[None]:
    """A step is taken back whose time others have by now: the database refuses, and this says so."""
    try:
        yield
    except DBAPIError as error:
        if violated(error) == "one_visit_per_patient":
            raise Refused(_("The patient has another visit at that time by now. This cannot be taken back.")) from None
        if sqlstate(error) in ("23P01", "40P01"):
            raise Refused(_("The time was given to somebody else meanwhile. This cannot be taken back.")) from None
        raise


@contextmanager
def losing_is_told(another: bool = False, moving: bool = False) -> Iterator[None]:
    """The database is the judge: what it refuses is a time taken or a second visit at once."""
    try:
        yield
    except DBAPIError as error:
        if violated(error) == "one_visit_per_patient":
            raise second_visit(another) from None
        if sqlstate(error) in ("23P01", "40P01"):
            raise SlotTaken(
                _("That time has just been taken. Your appointment stays as it was.")
                if moving
                else _("That time has just been taken. Nothing has been booked for you.")
            ) from None
        raise
