"""Reading what is clinical leaves a row before the answer does; where the row cannot be written nothing is shown."""

from collections.abc import Iterable

from flask import g, request
from flask_login import current_user

from healthbook import clock
from healthbook.audit.rules import seen
from healthbook.db import db
from healthbook.models import Act, Place, Why


def noted(
    patients: Iterable[int],
    place: Place,
    why: Why,
    *,
    object_id: int | None = None,
    action: Act = Act.READ,
    reason: str | None = None,
) -> None:
    """Write down, committed, that the person of this request reads about these patients (ids).

    Called by a view that has found what it shows and has not drawn it yet. What was loaded stays loaded.
    """
    about = {"object_id": object_id, "action": action, "reason": reason}
    seen(current_user, patients, place, why, clock.now(), **about, request_id=g.request_id, ip=request.remote_addr)
    session = db.session()
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True
