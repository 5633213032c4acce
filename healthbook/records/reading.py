"""Writing down who reads a record, in one line."""

from healthbook.models import Act, Place
from healthbook.patients.queries.access import Reader
from healthbook.reading import noted


def note(who: Reader, place: Place, object_id: int | None = None, action: Act = Act.READ) -> None:
    noted([who.patient.id], place, who.why, object_id=object_id, action=action, reason=who.reason)
