"""A whole clinic to try things on, with one command."""

import gc
import os
import time

import click
from flask import current_app
from flask.cli import ScriptInfo, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import inspect, select

from healthbook import clock, config
from healthbook.db import db
from healthbook.demo import children
from healthbook.demo.parent import PARENT
from healthbook.demo.people import CAST, PASSWORD
from healthbook.demo.seed import fill
from healthbook.models import User

ONLY_IN_DEMO = "The demo's people are only made with HEALTHBOOK_DEMO=1. Nothing was changed."
NOT_A_DEMO = "This database holds people who are not the demo's. Nothing was changed: give the demo one of its own."
CANNOT_LISTEN = "Port {port} on {host}: {why}. Stop what uses it, or choose another, such as PORT={other} make demo."


@click.command()
@with_appcontext
def seed() -> None:
    """Fill an empty database with the demo's people."""
    prepare()


@click.command()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Make the demo clinic where there is none, and run it until stopped."""
    host, port = config.address()
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    if why := children.unusable(host, port):
        raise click.ClickException(CANNOT_LISTEN.format(port=port, host=host, why=why, other=port + 1))
    url = f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"
    children.stop_when_told()
    os.environ |= {"HEALTHBOOK_DEMO": "1", PARENT: str(os.getpid())}
    os.environ.setdefault("PUBLIC_URL", url)
    os.environ.setdefault("GUNICORN_CMD_ARGS", "--log-level warning")
    app = ctx.ensure_object(ScriptInfo).load_app()
    with app.app_context():
        prepare()
        db.engine.dispose()
    # Otherwise half a second of the end would go into collecting what was loaded.
    gc.freeze()
    run(near, port, url)


def prepare() -> None:
    """Migrate, and fill what is empty. Raises ClickException before it changes a database that is not the demo's."""
    if not current_app.extensions["config"].demo:
        raise click.ClickException(ONLY_IN_DEMO)
    refuse_others()
    # The migrations must not wait for what this session has read.
    db.session.rollback()
    upgrade()
    click.echo("The demo clinic has been made." if fill(clock.now()) else "The demo clinic is there, as it was left.")


def refuse_others() -> None:
    """A database of people without the demo's admin among them is somebody's own."""
    people = select(User.id).limit(1)
    if not inspect(db.engine).has_table(User.__tablename__) or db.session.scalar(people) is None:
        return
    if db.session.scalar(people.where(User.email == CAST["mo"].email)) is None:
        raise click.ClickException(NOT_A_DEMO)


def run(host: str, port: int, url: str) -> None:
    """Serve until told to stop; a child that ends by itself ends the demo too."""
    try:
        with children.running(children.SERVE, children.WORK) as started:
            while children.all_alive(started) and not children.answers(host, port):
                time.sleep(children.LOOK_SECONDS)
            if children.all_alive(started):
                welcome(url)
            while children.all_alive(started):
                time.sleep(children.LOOK_SECONDS)
    except KeyboardInterrupt:
        return
    raise click.ClickException("A part of the demo ended by itself; what it said stands above.")


def welcome(url: str) -> None:
    click.echo(f"healthbook is ready on {url}\n")
    for person in CAST.values():
        click.echo(f"  {person.email:<20} {person.what}")
    click.echo(f"\nPassword of all: {PASSWORD}\nCtrl-C ends it.")
