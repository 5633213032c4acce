"""Writing down who reads what is clinical, and keeping it so. Nothing is shown that could not be written down first."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from healthbook import seal_check
from healthbook.audit import digests, queries
from healthbook.db import db
from healthbook.models import AccessDigest, Act, Place, User, Why

ONCE_IN = timedelta(minutes=15)
# Several pages of one person open at once: the second waits for the first one's rows and finds them.
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('access_log'), :actor_id)")
WRITE = text("""
    INSERT INTO access_log (at, actor_id, patient_id, object, object_id, action, why, reason, request_id, ip)
    SELECT :now, :actor_id, about.patient_id, :object, :object_id, :action, :why, :reason, :request_id, :ip
    FROM unnest(CAST(:patients AS int[])) AS about (patient_id)
    WHERE NOT EXISTS (
        SELECT FROM access_log seen
        WHERE seen.actor_id = :actor_id AND seen.at > :since AND seen.at < :until AND seen.patient_id = about.patient_id
          AND seen.object = :object AND seen.object_id IS NOT DISTINCT FROM CAST(:object_id AS int)
          AND seen.action = :action AND seen.why = :why
    )
    ORDER BY about.patient_id
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
    # Also what is a little later: of two requests at once the earlier may write second.
    beside = {"since": now - ONCE_IN, "until": now + ONCE_IN}
    db.session.execute(WRITE, row | told | {"patients": ids, "now": now} | beside)


DIGESTS_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('access_digest'))")
DAY = timedelta(days=1)


def seal_days(now: datetime) -> list[AccessDigest]:
    """Put every day that is over, and is not yet, under a digest. Nothing is left out when the worker was away."""
    db.session.execute(DIGESTS_ONE_AT_A_TIME)
    last, first = queries.last_digest(), queries.first_look()
    before, day = (last.digest, last.day + DAY) if last else (b"", (first or now).astimezone(UTC).date())
    secret, sealed = seal_check.secret(), []
    while day < now.astimezone(UTC).date():
        made = digests.made(secret, before, day, queries.rows_of(day))
        sealed.append(AccessDigest(day=day, rows=made.rows, digest=made.digest, made_at=now))
        before, day = made.digest, day + DAY
    db.session.add_all(sealed)
    db.session.flush()
    return sealed
