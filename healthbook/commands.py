"""`python -m healthbook`: the commands that run an installation."""

import gc
import os
import sys
from zoneinfo import available_timezones

import click
from babel.numbers import list_currencies
from email_validator import EmailNotValidError, validate_email
from flask import current_app
from flask.cli import AppGroup, ScriptInfo, routes_command, shell_command
from flask_migrate.cli import db as migrations
from sqlalchemy import select

from healthbook import clock, jobs, rotation
from healthbook.accounts import rules as accounts
from healthbook.accounts.names import is_name, one_line
from healthbook.accounts.passwords import LONGEST, SHORTEST
from healthbook.app import create_app
from healthbook.audit import commands as audit
from healthbook.config import Misconfigured
from healthbook.db import db
from healthbook.demo import commands as demo
from healthbook.demo.children import SERVE
from healthbook.demo.parent import end_with_parent
from healthbook.errors import Refused
from healthbook.messages.senders import sender
from healthbook.models import Clinic, UserType
from healthbook.postgres import Unusable

LEFT = (
    "{left} rows are not sealed with the first key: somebody is changing them just now, or none of the keys opens "
    "them. Run this again; keep every key until nothing is left."
)
DONE = (
    "Everything is sealed with the first key. Take the older ones out of HEALTHBOOK_SEAL_KEY once the web process and "
    "the worker have been started with the first one too. Backups from before today still need the older ones."
)

cli = AppGroup(help="Healthbook, a clinic's booking system.")
for command in (
    migrations,
    routes_command,
    shell_command,
    demo.demo,
    demo.seed,
    audit.verify_access_log,
    audit.breach_report,
):
    cli.add_command(command)


def time_zone(ctx: click.Context, option: click.Parameter, name: str) -> str:
    if name not in available_timezones():
        raise click.BadParameter("There is no such time zone.")
    return name


def currency(ctx: click.Context, option: click.Parameter, code: str) -> str:
    if code.upper() not in list_currencies():
        raise click.BadParameter("There is no such currency.")
    return code.upper()


def an_address(ctx: click.Context, option: click.Parameter, email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError as wrong:
        raise click.BadParameter(str(wrong)) from None


def a_name(ctx: click.Context, option: click.Parameter, name: str) -> str:
    if not is_name(one_line(name)):
        raise click.BadParameter("Write it in letters that can be seen.")
    return one_line(name)


def long_enough(ctx: click.Context, option: click.Parameter, password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise click.BadParameter(f"It takes {SHORTEST} to {LONGEST} characters.")
    return password


def main() -> None:
    """Run the command that was typed; what the installation lacks is said without a traceback."""
    try:
        cli(obj=ScriptInfo(create_app=create_app))
    except (Misconfigured, Unusable) as wrong:
        sys.exit(f"healthbook: {wrong}")


@cli.command(with_appcontext=False)
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Answer browsers on HOST and PORT until stopped."""
    # Whatever is wrong with the installation is said here in plain words, and not in a traceback of each worker.
    ctx.ensure_object(ScriptInfo).load_app()
    # A new process: what is imported here, psycopg above all, must not be there when gevent patches.
    os.execv(sys.executable, SERVE)


@cli.command()
def worker() -> None:
    """Do what is due after the commit, such as sending mail, until stopped."""
    end_with_parent()
    sender(current_app.extensions["config"].mail_url)
    # Otherwise half a second of the end would go into collecting what was loaded.
    gc.freeze()
    jobs.work(current_app._get_current_object())


@cli.command("rotate-keys")
def rotate_keys() -> None:
    """Seal anew, with the first key of HEALTHBOOK_SEAL_KEY, what older ones sealed.

    People can go on working; it can be stopped at any moment and run again.
    """
    sealings, before = rotation.sealings(), 0
    while (left := sum(sealing.left() for sealing in sealings)) and left != before:
        before = left
        for sealing in sealings:
            with click.progressbar(length=sealing.left(), label=sealing.table.name) as bar:
                for looked_at in sealing.reseal():
                    bar.update(looked_at)
    if left:
        raise click.ClickException(LEFT.format(left=left))
    rotation.finish()
    click.echo(DONE)


@cli.command("create-clinic")
@click.option("--name", prompt="Name of the clinic", callback=a_name)
@click.option("--address", prompt=True)
@click.option("--phone", prompt=True)
@click.option("--email", prompt="E-mail")
@click.option("--hours", prompt="Opening hours, as patients should read them")
@click.option("--time-zone", prompt="Time zone, such as Europe/London", callback=time_zone)
@click.option("--currency", prompt="Currency, such as GBP", callback=currency)
def create_clinic(**settings: str) -> None:
    """Write down the clinic itself: the first step of a new installation."""
    if db.session.scalar(select(Clinic.id).limit(1)):
        raise click.ClickException("There is a clinic already. Nothing was changed.")
    db.session.add(Clinic(**settings))
    db.session.commit()


@cli.command("create-admin")
@click.option("--email", prompt="E-mail", callback=an_address)
@click.option("--first-name", prompt=True, callback=a_name)
@click.option("--last-name", prompt=True, callback=a_name)
@click.option("--desk", is_flag=True, help="For the desk: books and checks in, but approves nobody.")
@click.password_option(envvar="HEALTHBOOK_ADMIN_PASSWORD", show_envvar=True, callback=long_enough)
def create_admin(desk: bool, **person: str) -> None:
    """Make somebody an admin, who approves doctors and keeps the settings, or (--desk) one of the desk."""
    try:
        role = UserType.DESK if desk else UserType.ADMIN
        user = accounts.account(role, clock.now(), **person, phone_number=None, is_staff=True)
        with accounts.one_of_a_kind(accounts.TAKEN):
            db.session.add(user)
    except Refused as refusal:
        raise click.ClickException(str(refusal)) from None
    db.session.commit()
