"""The desk looks at children's guardians: when they are new, and again when the child is older."""

from datetime import datetime

from flask_babel import gettext as _

from healthbook.db import db
from healthbook.errors import Refused, Stale
from healthbook.live import announce
from healthbook.models import Guardian, User
from healthbook.patients.queries import family as queries
from healthbook.patients.queries.guardianship import years
from healthbook.patients.rules.family import decided_alone, end


def confirm(staff: User, guardian: Guardian, seen: str, now: datetime) -> None:
    """They may see the child's record from now on. Raises Stale when it waits no longer for what the desk saw."""
    waiting(staff, guardian, seen, now)
    if seen == "new":
        guardian.may_book = guardian.may_see_record = True
        guardian.confirmed_by_id, guardian.confirmed_at = staff.id, now
    guardian.reviewed_age = years(guardian.patient.user.date_of_birth, now)
    db.session.flush()
    announce(f"me-{guardian.user_id}", "clinic")


def decline(staff: User, guardian: Guardian, seen: str, now: datetime) -> None:
    """They may do nothing for the child any more. Raises Stale when it waits no longer for what the desk saw."""
    waiting(staff, guardian, seen, now)
    end(guardian, now, by=staff)


def waiting(staff: User, guardian: Guardian, seen: str, now: datetime) -> None:
    """One of the desk decides at a time, about what they saw, and nobody about themself."""
    if guardian.user_id == staff.id:
        raise Refused(_("Nobody decides about themself. Please ask somebody else."))
    decided_alone(guardian)
    state = queries.one(guardian.id, now)
    if state is None or state.waits_as != seen:
        raise Stale(_("Somebody decided about this a moment before you."))
