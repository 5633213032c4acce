"""A letter as mail servers want it."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple


class Writer(NamedTuple):
    """Whom a letter comes from, and where an answer goes."""

    name: str
    address: str
    answers: str


def letter(writer: Writer, to: str, subject: str, text: str, key: str, at: datetime) -> EmailMessage:
    """Plain text; `key` names the letter for ever, so that one sent twice can be seen to be the same.

    Raises ValueError where an address or the subject would begin another header.
    """
    message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    message["From"] = Address(" ".join(writer.name.split()), addr_spec=writer.address)
    message["To"] = Address(addr_spec=to)
    message["Reply-To"] = Address(addr_spec=writer.answers)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{writer.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message
