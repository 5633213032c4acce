"""Ways a letter leaves the house, chosen by MAIL_URL: a folder, the console, or a mail server."""

import os
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from healthbook.config import Misconfigured
from healthbook.messages.letters import Unwritable

Sender = Callable[[EmailMessage], None]
SECONDS = 10


def sender(mail_url: str) -> Sender:
    """`file:<folder>`, `console:`, `smtp://user:password@host:587` (STARTTLS) or `smtps://…`. Raises Misconfigured."""
    scheme, _, rest = mail_url.partition(":")
    if scheme == "file" and rest:
        return partial(to_folder, Path(rest))
    if scheme == "console":
        return to_console
    server = urlsplit(mail_url)
    if scheme in ("smtp", "smtps") and server.hostname:
        return partial(by_smtp, server)
    raise Misconfigured("MAIL_URL must be file:<folder>, console:, smtp://host:587 or smtps://host:465.")


def to_folder(folder: Path, letter: EmailMessage) -> None:
    """One .eml for each letter, named by its Message-ID: the same letter again is the same file."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{letter['Message-ID'].strip('<>').partition('@')[0]}.eml"
    part = path.with_suffix(".part")
    with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
        file.write(letter.as_bytes())
    part.replace(path)


def to_console(letter: EmailMessage) -> None:
    print(letter.as_string(policy=letter.policy.clone(linesep="\n")), flush=True)


def by_smtp(server: SplitResult, letter: EmailMessage) -> None:
    """Encrypted unless `?starttls=no` says otherwise, which no password travels under.

    Raises Unwritable where the server knows only ASCII and the address has other letters before the @.
    """
    context = ssl.create_default_context()
    with connection(server, context) as smtp:
        if server.scheme == "smtp" and not plain(server):
            smtp.starttls(context=context)
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        try:
            smtp.send_message(letter)
        except smtplib.SMTPNotSupportedError:
            raise Unwritable from None


def connection(server: SplitResult, context: ssl.SSLContext) -> smtplib.SMTP:
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(server.hostname, server.port or 465, timeout=SECONDS, context=context)
    return smtplib.SMTP(server.hostname, server.port or 587, timeout=SECONDS)


def plain(server: SplitResult) -> bool:
    unencrypted = parse_qs(server.query).get("starttls") == ["no"]
    if unencrypted and server.username:
        raise Misconfigured("MAIL_URL: a password must not travel without STARTTLS.")
    return unencrypted
