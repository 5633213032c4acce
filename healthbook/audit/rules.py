"""Writing down who reads what is clinical. Nothing is shown that could not be written down first."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import text

from healthbook.db import db
from healthbook.models import Act, Place, User, Why

ONCE_IN = timedelta(minutes=15)
# Several pages of one person open at once: the second waits for the first one's rows and finds them.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('access_log'), :actor_id)")
WRITE = text("""
    INSERT INTO access_log (at, actor_id, patient_id, object, object_id, action, why, reason, request_id, ip)
    SELECT :now, :actor_id, about.patient_id, :object, :object_id, :action, :why, :reason, :request_id, :ip
    FROM unnest(CAST(:patients AS int[])) AS about (patient_id)
    WHERE NOT EXISTS (
        SELECT FROM access_log seen
        WHERE seen.actor_id = :actor_id AND seen.at > :since AND seen.patient_id = about.patient_id
          AND seen.object = :object AND seen.object_id IS NOT DISTINCT FROM CAST(:object_id AS int)
          AND seen.action = :action AND seen.why = :why
    )
""")


def seen(
    actor: User,
    patients: Iterable[int],
    place: Place,
    why: Why,
    now: datetime,
    *,
    object_id: int | None = None,
    action: Act = Act.READ,
    reason: str | None = None,
    request_id: str | None = None,
    ip: str | None = None,
) -> None:
    """Note that the actor reads about these patients (ids). One row for each, place and quarter of an hour.

    `object_id` tells apart several records, visits or files; `reason` is the emergency's. To be committed before the
    answer leaves.
    """
    ids = sorted(set(patients))
    if not ids:
        return
    db.session.flush()
    db.session.execute(ONE_AT_A_TIME, {"actor_id": actor.id})
    row = {"actor_id": actor.id, "object": place, "object_id": object_id, "action": action, "why": why}
    told = {"reason": reason, "request_id": request_id, "ip": ip}
    db.session.execute(WRITE, row | told | {"patients": ids, "now": now, "since": now - ONCE_IN})
