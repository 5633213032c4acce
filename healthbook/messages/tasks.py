"""Tell people what happened to their visit."""

from email.message import EmailMessage

from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from healthbook import clock
from healthbook.db import db
from healthbook.filters import day, time_of_day
from healthbook.jobs import when
from healthbook.messages import queries, rules
from healthbook.messages.letters import Unwritable, Writer, letter
from healthbook.messages.senders import sender
from healthbook.models import Appointment, Message, MessageKind


class NotSent(Exception):
    """The letter did not leave; the queue tries again later. Says only what kind of failure it was."""


@when("appointment_changed")
def appointment_changed(history_id: int) -> None:
    """A booking or a cancellation becomes one message: first a row, then a letter."""
    message_id = rules.note(queries.step(history_id), clock.now())
    db.session.commit()
    if message_id:
        send(message_id)


def send(message_id: int) -> None:
    """At most one worker sends it, and one that was sent is left alone. Raises NotSent."""
    message = queries.unsent(message_id)
    if message is None:
        return
    if rules.overtaken(message):
        rules.leave(message)
    else:
        hand_over(message)
    db.session.commit()


def hand_over(message: Message) -> None:
    try:
        sender(current_app.extensions["config"].mail_url)(written(message))
    except Exception as failure:
        kind = rules.failed(message, failure)
        db.session.commit()
        # No better tomorrow: the row says so.
        if isinstance(failure, Unwritable):
            return
        # The failure's own text may carry the address, and what a job raises is logged.
        raise NotSent(kind) from None
    rules.sent(message, clock.now())


def written(message: Message) -> EmailMessage:
    """Made now and kept nowhere. It names clinic, place and time, and nothing that says why."""
    visit = message.appointment
    clinic = visit.doctor.clinic
    with force_locale(message.user.locale or get_locale()):
        text = current_app.jinja_env.get_template(f"messages/{message.kind}.txt").render(
            visit=visit, clinic=clinic, link=address(visit)
        )
        return letter(
            Writer(clinic.name, current_app.extensions["config"].mail_from, clinic.email),
            to=message.user.email,
            subject=subject(message.kind, visit, clinic.name),
            text=text,
            key=f"{visit.ical_uid}.{message.version}",
            at=clock.now(),
        )


def subject(kind: str, visit: Appointment, clinic: str) -> str:
    words = {"day": day(visit.starts_at), "time": time_of_day(visit.starts_at), "clinic": " ".join(clinic.split())}
    if kind == MessageKind.CANCELLED:
        return _("Cancelled: %(day)s at %(time)s, %(clinic)s", **words)
    return _("Booked: %(day)s at %(time)s, %(clinic)s", **words)


def address(visit: Appointment) -> str:
    """A worker answers no request, so the host comes from PUBLIC_URL and not from a Host header."""
    path = current_app.url_map.bind("").build("appointments.shown", {"reference": visit.reference})
    return current_app.extensions["config"].public_url + path
