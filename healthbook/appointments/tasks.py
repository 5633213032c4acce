"""What happens to times without anybody asking."""

from healthbook import clock, jobs
from healthbook.appointments.rules import ending
from healthbook.db import db


@jobs.when("hold_ended")
def hold_ended(doctor_id: int) -> None:
    """A hold has run out, unless it was booked or let go meanwhile."""
    ending.sweep(doctor_id, clock.now())
    db.session.commit()
