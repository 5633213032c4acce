"""A clinic of ten thousand doctors, made once and kept: a database for each number of visits, at one fixed moment."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random

import psycopg
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.engine import make_url

from healthbook.db import db
from healthbook.models import Clinic
from healthbook.scheduling.rules.bounds import raise_bounds
from healthbook.scheduling.wall_clock import instant

NOW = datetime(2027, 3, 2, 9, 41, tzinfo=UTC)
"""A Tuesday. The data lie around it, so that they never grow old."""
DOCTORS, PATIENTS, SPECIALIZATIONS = 10_000, 200_000, 20
# The last of the doctors have no free time in the next 20 days.
FULL = range(DOCTORS - 9, DOCTORS + 1)
SLOTS_OF_A_FULL_DOCTOR = 140
NAMED = {
    "name": "Large Clinic",
    "address": "1 Long Street",
    "phone": "0117 496 0100",
    "email": "desk@clinic.example",
    "hours": "Monday to Friday",
}
ZONE, MINUTES, SLOTS_A_SESSION = "Europe/London", 30, 8
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
ROOT = Path(__file__).parent.parent.parent
PEOPLE = (Path(__file__).parent / "people.sql").read_text()
VISITS = (Path(__file__).parent / "visits.sql").read_text()


def version() -> str:
    """Of the data: what is made by other migrations, or otherwise, is another database."""
    files = [Path(__file__), *Path(__file__).parent.glob("*.sql"), *(ROOT / "migrations/versions").glob("*.py")]
    return sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()[:8]


def sessions(doctor: int) -> list[int]:
    """The weekdays, 0 for Monday, on which a doctor works half a day: all but one."""
    return [day for day in range(5) if day != doctor % 5]


def begins(doctor: int) -> time:
    return time(9) if doctor % 2 else time(13)


def starts(doctor: int, first: date, step: int) -> Iterator[int]:
    """The starts of the doctor's slots, day by day forward or back, in epoch seconds."""
    day = first
    while True:
        if day.weekday() in sessions(doctor):
            begin = instant(ZONE, day.toordinal(), begins(doctor))
            slots = [begin + n * MINUTES * 60 for n in range(SLOTS_A_SESSION)]
            yield from slots if step > 0 else reversed(slots)
        day += timedelta(days=step)


def visits(number: int) -> Iterator[tuple[int, int, str]]:
    """Doctor, start and status of as many visits: what is ahead without a gap, but for one in a hundred.

    Where there are a hundred for each, most doctors have time in one to two weeks, and some in an hour.
    """
    rng, each, made = Random(2027), number // DOCTORS + 1, 0
    to_come = {pattern: (at for at in starts(pattern, NOW.date(), 1) if at >= NOW.timestamp()) for pattern in range(10)}
    ahead = {pattern: list(islice(times, 200)) for pattern, times in to_come.items()}
    past = {pattern: list(islice(starts(pattern, NOW.date() - timedelta(days=1), -1), 200)) for pattern in range(10)}
    for doctor in (*FULL, *range(1, FULL.start)):
        full = doctor in FULL
        booked = SLOTS_OF_A_FULL_DOCTOR if full else round(rng.triangular(0, each * 0.95, each * 0.45))
        over = 0 if full else max(0, each - booked)
        for start in ahead[doctor % 10][:booked]:
            if made < number and (full or rng.random() > 0.01):
                yield doctor, start, "scheduled"
                made += 1
        for start in past[doctor % 10][:over]:
            if made < number:
                yield doctor, start, "completed"
                made += 1


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        yield connection


def take_defaults(connection: psycopg.Connection) -> None:
    """What a model says where nothing is said, the tables of these data say too."""
    for table in db.metadata.tables.values():
        for column in table.columns:
            if column.default is not None and column.default.is_scalar:
                new = sql.SQL("ALTER TABLE {} ALTER {} SET DEFAULT {}")
                names = sql.Identifier(table.name), sql.Identifier(column.name)
                connection.execute(new.format(*names, sql.Literal(column.default.arg)))


def people(connection: psycopg.Connection) -> None:
    """Doctors with hours, dates that differ and time off, and patients: made by the database itself."""
    given = {"now": NOW, "doctors": DOCTORS, "patients": PATIENTS, "specializations": SPECIALIZATIONS}
    for statement in PEOPLE.split(";\n"):
        if statement.strip():
            connection.execute(statement, given)


def fill(connection: psycopg.Connection, number: int) -> None:
    """The visits, without the constraints that would be asked about each of them; those are made again at the end."""
    with connection.transaction():
        again = dropped(connection)
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("CREATE TEMP TABLE planned (n int, doctor int, start int, status text) ON COMMIT DROP")
        with connection.cursor().copy("COPY planned FROM STDIN") as copy:
            # In the order of time, so that nobody who comes again comes twice at once.
            for n, row in enumerate(sorted(visits(number), key=lambda visit: visit[1])):
                copy.write_row((n, *row))
        connection.execute(VISITS, {"patients": PATIENTS, "now": NOW, "zone": ZONE, "minutes": MINUTES})
        for statement in again:
            connection.execute(statement)
    connection.execute("ANALYZE")


def dropped(connection: psycopg.Connection) -> list[str]:
    """Drop what is looked up for each row of the visits; the statements that bring it back."""
    own = "conrelid = 'appointment'::regclass AND contype IN ('x', 'u')"
    found = connection.execute(f"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE {own}").fetchall()
    names = [name for name, _ in found]
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'appointment'"
        " AND indexname <> 'pk_appointment' AND NOT indexname = ANY(%s)",
        [names],
    ).fetchall()
    for name in names:
        connection.execute(f'ALTER TABLE appointment DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        connection.execute(f'DROP INDEX "{name}"')
    constraints = [f'ALTER TABLE appointment ADD CONSTRAINT "{name}" {definition}' for name, definition in found]
    return [*(definition for _, definition in indexes), *constraints]


def ready(server, number, application):
    """The name of the database with so many visits, made now unless it is there. `application(name)` opens it."""
    name = f"clinic_{version()}_{number}"
    with connected(server.url("postgres")) as connection:
        there = {row[0] for row in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'clinic_%'")}
        for old in (old for old in there if not old.startswith(f"clinic_{version()}")):
            connection.execute(f'DROP DATABASE "{old}"')
        if name not in there:
            make(server, connection, f"{name}_unfinished", number, application)
            connection.execute(f'ALTER DATABASE "{name}_unfinished" RENAME TO "{name}"')
    return name


def make(server, connection, name, number, application):
    print(f"Making a clinic with {number:,} visits, once. It takes some minutes.", file=sys.stderr)
    connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
    server.create(name)
    with application(name) as app, app.app_context():
        upgrade()
        db.session.add(Clinic(time_zone=ZONE, **NAMED))
        db.session.commit()
        with connected(server.url(name)) as own:
            take_defaults(own)
            people(own)
            fill(own, number)
        last = raise_bounds(0, NOW)
        while last is not None:
            db.session.commit()
            last = raise_bounds(last, NOW)
        db.session.remove()
    with connected(server.url(name)) as own:
        # What a run that was cut short has left behind is put right by it.
        own.execute("CREATE TABLE fresh AS SELECT id, next_free_at FROM doctor")
        own.execute("VACUUM ANALYZE")
