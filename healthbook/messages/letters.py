"""A letter as mail servers want it."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

import idna


class Writer(NamedTuple):
    """Whom a letter comes from, and where an answer goes."""

    name: str
    address: str
    answers: str


class Unwritable(ValueError):
    """An address to which no letter can go, today or tomorrow."""


def mailbox(address: str, name: str = "") -> Address:
    """With the domain in the letters that mail servers know: bücher.example is xn--bcher-kva.example there."""
    local, _, domain = address.rpartition("@")
    try:
        known = domain if domain.isascii() else idna.encode(domain, uts46=True).decode()
        return Address(" ".join(name.split()), local, known)
    except ValueError:
        raise Unwritable from None


def letter(writer: Writer, to: str, subject: str, text: str, key: str, at: datetime) -> EmailMessage:
    """Plain text; `key` names the letter for ever, so that one sent twice can be seen to be the same.

    Raises Unwritable for what is no address, ValueError where the subject would begin another header.
    """
    receiver, sender = mailbox(to), mailbox(writer.address, writer.name)
    # Before the @ there is no other spelling: such a letter goes as it is or, by a server that knows only ASCII, not.
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit", utf8=not receiver.username.isascii()))
    message["From"] = sender
    message["To"] = receiver
    message["Reply-To"] = mailbox(writer.answers)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
