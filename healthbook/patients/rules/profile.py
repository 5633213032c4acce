"""Changing what is known of a patient, one section at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete

from healthbook import seal
from healthbook.db import db
from healthbook.errors import Stale
from healthbook.images import Picture as Made
from healthbook.models import Patient, Picture
from healthbook.patients.queries import profile


def change(patient: Patient, names: tuple[str, ...], values: Mapping[str, Any], seen: str) -> None:
    """Write these values. Raises Stale where the section (`names`) says something else than the page had shown."""
    again(patient, names)
    if profile.seen(patient, names) != seen:
        raise Stale(
            _("This was changed elsewhere meanwhile. What is saved now stands below; your words are kept here.")
        )
    for name, value in values.items():
        row = profile.row_of(patient, name)
        if getattr(row, name) != value:
            setattr(row, name, value)
    db.session.flush()


def again(patient: Patient, names: tuple[str, ...]) -> None:
    """Read the section again, and keep others from changing it until the commit."""
    sealed = {one.name: one.column for one in seal.sealed(Patient)}
    of_user = [name for name in names if name in profile.OF_THE_USER]
    of_patient = [sealed.get(name, name) for name in names if name not in profile.OF_THE_USER]
    # The patient's row first and always: two pages of one person do this one after the other.
    for row, columns in ((patient, ["updated_at", *of_patient]), (patient.user, of_user)):
        if columns:
            db.session.refresh(row, columns, with_for_update={"key_share": True})


def show_photo(patient: Patient, made: Made, now: datetime) -> None:
    """The patient's photo from now on; the one before is gone."""
    take_photo_away(patient)
    photo = Picture(user_id=patient.user_id, media_type=made.media_type, content=made.content, created_at=now)
    db.session.add(photo)
    db.session.flush()
    patient.profile_picture = str(photo.id)


def take_photo_away(patient: Patient) -> None:
    """Also when there is none."""
    patient.profile_picture = None
    db.session.execute(delete(Picture).where(Picture.user_id == patient.user_id))
    db.session.flush()
