"""Tell people what happened to their visit, to their record, or to what they may do for others."""

from datetime import datetime
from email.message import EmailMessage

from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import lazy_gettext as _

from healthbook import clock
from healthbook.db import db
from healthbook.filters import day, time_of_day
from healthbook.jobs import when
from healthbook.messages import queries, rules
from healthbook.messages.letters import Unwritable, Writer, letter
from healthbook.messages.senders import sender
from healthbook.models import Clinic, Message, MessageKind
from healthbook.patients.rules.closing import last_address

SUBJECTS = {
    MessageKind.BOOKED: _("Booked: %(day)s at %(time)s, %(clinic)s"),
    MessageKind.MOVED: _("Moved to %(day)s at %(time)s, %(clinic)s"),
    MessageKind.CANCELLED: _("Cancelled: %(day)s at %(time)s, %(clinic)s"),
    MessageKind.OFFERED: _("Another time instead of %(day)s at %(time)s, %(clinic)s"),
    MessageKind.OFFER_TAKEN_BACK: _("No longer offered: another time instead of %(day)s at %(time)s, %(clinic)s"),
    MessageKind.EMERGENCY_PATIENT: _("About your record, %(clinic)s"),
    MessageKind.EMERGENCY_STAFF: _("Please look at an emergency access, %(clinic)s"),
    MessageKind.GUARDIAN_ENDED: _("For whom you can act, %(clinic)s"),
    MessageKind.ACCOUNT_CLOSED: _("Your account is closed, %(clinic)s"),
}


class NotSent(Exception):
    """The letter did not leave; the queue tries again later. Says only what kind of failure it was."""


@when("appointment_changed")
def appointment_changed(history_id: int) -> None:
    """A booking, a move or a cancellation becomes a message for each who should know: first a row, then a letter."""
    ids = rules.note(queries.step(history_id), clock.now())
    db.session.commit()
    for message_id in ids:
        send(message_id)


@when("offer_made")
def offer_made(offer_id: int) -> None:
    """Another time waits for the patient's answer."""
    tell_of_offer(offer_id, MessageKind.OFFERED)


@when("offer_taken_back")
def offer_taken_back(offer_id: int) -> None:
    """The desk has taken it back before anybody answered."""
    tell_of_offer(offer_id, MessageKind.OFFER_TAKEN_BACK)


def tell_of_offer(offer_id: int, kind: MessageKind) -> None:
    ids = rules.note_offer(queries.offer(offer_id), kind, clock.now())
    db.session.commit()
    send_all(ids)


@when("guardian_ended")
def guardian_ended(user_id: int, version: int) -> None:
    """Somebody can no longer act for one of their people, and it was not their own doing."""
    message_id = rules.note_for(user_id, MessageKind.GUARDIAN_ENDED, clock.now(), version=version)
    db.session.commit()
    send(message_id)


@when("emergency_opened")
def emergency_opened(emergency_id: int) -> None:
    """The patient and every admin hear of it at once, each by a letter of their own."""
    opened, now = queries.emergency(emergency_id), clock.now()
    readers = queries.who_reads(opened.patient, now)
    ids = rules.note_emergency(opened, readers, queries.admins(), now)
    db.session.commit()
    send_all(ids)


@when("account_closed")
def account_closed(user_id: int, address: str) -> None:
    """The last letter, to an address that is forgotten everywhere but, sealed, in this job."""
    message_id = rules.note_for(user_id, MessageKind.ACCOUNT_CLOSED, clock.now(), version=1)
    db.session.commit()
    send(message_id, last_address(user_id, address))


def send(message_id: int, to: str | None = None) -> None:
    """At most one worker sends it, and one that was sent is left alone. Raises NotSent."""
    message = queries.unsent(message_id)
    if message is None:
        return
    to = to or message.user.email
    if not to or rules.overtaken(message, clock.now()):
        rules.leave(message)
    else:
        hand_over(message, to)
    db.session.commit()


def send_all(message_ids: list[int]) -> None:
    """Each of them, also when one does not leave; then raises NotSent, so that the queue tries that one again."""
    failures = []
    for message_id in message_ids:
        try:
            send(message_id)
        except NotSent as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


def hand_over(message: Message, to: str) -> None:
    try:
        sender(current_app.extensions["config"].mail_url)(written(message, to))
    except Exception as failure:
        kind = rules.failed(message, failure)
        db.session.commit()
        # No better tomorrow: the row says so.
        if isinstance(failure, Unwritable):
            return
        # The failure's own text may carry the address, and what a job raises is logged.
        raise NotSent(kind) from None
    rules.sent(message, clock.now())


def written(message: Message, to: str) -> EmailMessage:
    """Made now and kept nowhere. It names clinic, place and time, and nothing that says why."""
    visit, clinic = message.appointment, queries.clinic(message)
    with force_locale(message.user.locale or get_locale()):
        at, text = moment(message, clinic), current_app.jinja_env.get_template(f"messages/{message.kind}.txt")
        whose = visit.patient.user if visit else message.user
        about = {"visit": visit, "at": at, "patient": whose, "own": whose.id == message.user_id}
        about["offer"] = queries.offer(message.version) if message.kind in rules.OF_AN_OFFER else None
        return letter(
            Writer(clinic.name, current_app.extensions["config"].mail_from, clinic.email),
            to=to,
            subject=subject(message.kind, at, clinic.name),
            text=text.render(clinic=clinic, link=address(message), **about),
            key=key(message),
            at=clock.now(),
        )


def moment(message: Message, clinic: Clinic) -> datetime:
    """When what it is about is or was, on the wall clock of the place."""
    if visit := message.appointment:
        return visit.starts_at
    emergency = message.emergency_access
    return (emergency.starts_at if emergency else message.due_at).astimezone(clinic.zone)


def key(message: Message) -> str:
    """What names the letter for ever."""
    if visit := message.appointment:
        # Offers and steps of a visit are counted apart.
        what = message.kind.replace("_", "-") + "-" if message.kind in rules.OF_AN_OFFER else ""
        return f"{visit.ical_uid}.{what}{message.version}.{message.user_id}"
    about = message.emergency_access_id or message.version
    return f"{message.kind}-{about}-{message.user_id}".replace("_", "-")


def subject(kind: str, at: datetime, clinic: str) -> str:
    words = {"day": day(at), "time": time_of_day(at), "clinic": " ".join(clinic.split())}
    return str(SUBJECTS[MessageKind(kind)]) % words


def address(message: Message) -> str:
    """A worker answers no request, so the host comes from PUBLIC_URL and not from a Host header."""
    path = current_app.url_map.bind("").build(*place(message))
    return current_app.extensions["config"].public_url + path


def place(message: Message) -> tuple[str, dict[str, object]]:
    """The page that a letter leads to, and what stands in its address."""
    if visit := message.appointment:
        page = "appointments.offer" if message.kind == MessageKind.OFFERED else "appointments.shown"
        return page, {"reference": visit.reference}
    if message.kind == MessageKind.GUARDIAN_ENDED:
        return "patients.family", {}
    if message.kind == MessageKind.EMERGENCY_STAFF:
        return "clinic.emergencies", {}
    if message.kind == MessageKind.ACCOUNT_CLOSED:
        return "doctors.front", {}
    patient = message.emergency_access.patient
    return "patients.access", {} if patient.user_id == message.user_id else {"patient": patient.id}
