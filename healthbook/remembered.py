"""What a browser remembers of the times it held: a hold that ran out leaves no row, and is still told from none."""

from flask import session

HOW_MANY = 5


def hold(reference: str, doctor_id: int) -> None:
    session["holds"] = [*session.get("holds", []), [reference, doctor_id]][-HOW_MANY:]


def doctor_of(reference: str) -> int | None:
    """The id of the doctor whose time was held under this reference, in this browser."""
    return dict(session.get("holds", [])).get(reference)
