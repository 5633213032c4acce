"""The access log on the command line: whether it was changed, and what somebody has read."""

import csv
import sys
from datetime import datetime

import click
from flask.cli import with_appcontext

from healthbook import clock
from healthbook.audit import checking, queries

HEADINGS = ("at", "actor", "patient_id", "patient", "object", "object_id", "action", "why", "reason", "ip")
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("verify-access-log")
@with_appcontext
def verify_access_log() -> None:
    """Say whether each day of the access log is as it was when it was sealed."""
    kept = list(queries.digests())
    wrong = list(checking.wrong_days(kept))
    for day, why in wrong:
        click.echo(f"{day}: {why}")
    if checking.late(kept, clock.now()):
        click.echo("The last days have no seal: the worker has not run, or somebody took the seals away.")
        wrong.append((None, ""))
    if kept:
        last = kept[-1]
        click.echo(f"Sealed from {kept[0].day} to {last.day}. Compare with a copy: {last.day} {last.digest.hex()}")
    if wrong:
        raise click.ClickException("The access log is not as it was written.")
    click.echo("The access log is as it was written." if kept else "No day of the access log is over yet.")


@click.command("breach-report")
@click.option("--from", "since", type=DAY, required=True, help="The first day (UTC), as 2027-01-31.")
@click.option("--to", "until", type=DAY, required=True, help="The last day.")
@click.option("--actor", help="The e-mail address of one person.")
@with_appcontext
def breach_report(since: datetime, until: datetime, actor: str | None) -> None:
    """List, as CSV, whose records were opened in these days, by whom and why."""
    table = csv.writer(sys.stdout)
    table.writerow(HEADINGS)
    for look in queries.looks(since.date(), until.date(), actor):
        actor_is, patient_is = look.actor.full_name, look.patient.user.full_name
        what = (look.object, look.object_id, look.action, look.why, look.reason, look.ip)
        table.writerow((look.at.isoformat(), actor_is, look.patient_id, patient_is, *what))
