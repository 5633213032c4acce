"""What happens to times without anybody asking."""

from sqlalchemy import select

from healthbook import clock, jobs
from healthbook.db import db
from healthbook.live import announce
from healthbook.models import Appointment, Doctor, Status


@jobs.when("hold_ended")
def tell_who_waits(doctor_id: int) -> None:
    """A hold has run out: its row goes, under the doctor's lock, and open pickers hear of it."""
    db.session.execute(select(Doctor.id).where(Doctor.id == doctor_id).with_for_update(key_share=True))
    run_out = (Appointment.status == Status.HELD) & (Appointment.held_until <= clock.now())
    ended = db.session.execute(db.delete(Appointment).where(Appointment.doctor_id == doctor_id, run_out))
    if ended.rowcount:
        announce(f"doctor-{doctor_id}")
    db.session.commit()
