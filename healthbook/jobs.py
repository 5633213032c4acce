"""Work after the commit: tell(event) inside the transaction queues a job for each listener that when(event) registered.

A job is a row of the same database, written on the session's own connection: it is there if, and only if, the
transaction committed. Jobs may run twice, so a listener looks at what it finds.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import wraps

from flask import Flask
from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from procrastinate.tasks import Task, configure_task
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from healthbook.db import db, sqlstate, violated

RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)

queue = App(connector=SyncPsycopgConnector())
# Its connector is never opened, not even in a worker: it writes on the connection it is given.
writer = JobManager(SyncPsycopgConnector())
listeners: dict[str, list[Task]] = defaultdict(list)
worker_app: Flask | None = None


def tell(event: str, at: datetime | None = None, **ids: int | str) -> None:
    """Queue the event for its listeners, to run after this transaction's commit (or not before `at`).

    Text lies in the queue's table until the job is done: what is somebody's is sealed first.
    """
    if event not in listeners:
        raise LookupError(f"nobody listens to {event}")
    connection = db.session.connection().connection.driver_connection
    for task in listeners[event]:
        configure_task(name=task.name, job_manager=writer, connection=connection, schedule_at=at).defer(**ids)


def when(event: str) -> Callable:
    """Register a function that reacts to the event; it runs in the worker, in an application context of its own."""

    def register(react: Callable[..., None]) -> Callable[..., None]:
        @wraps(react)
        def run(**ids: int | str) -> None:
            with worker_app.app_context(), without_values():
                react(**ids)

        name = f"{event}:{react.__module__}"
        listeners[event].append(queue.task(name=name, retry=RETRY)(run))
        return react

    return register


def every(cron: str) -> Callable:
    """Register a function that the worker calls at these times (UTC), in an application context of its own."""

    def register(act: Callable[[], None]) -> Callable[[], None]:
        @wraps(act)
        def run(timestamp: int) -> None:
            with worker_app.app_context(), without_values():
                act()

        queue.periodic(cron=cron)(queue.task(name=f"{act.__module__}.{act.__name__}", retry=RETRY)(run))
        return act

    return register


class Undone(Exception):
    """The database refused what a listener did; says only what kind of failure it was."""


@contextmanager
def without_values() -> Iterator[None]:
    """What a job raises is logged, and the database's own words would carry the row's values."""
    try:
        yield
    except DBAPIError as error:
        raise Undone(sqlstate(error) or type(error).__name__, violated(error)) from None


@queue.periodic(cron="*/5 * * * *")
@queue.task(name="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """A worker that was killed leaves its jobs under way: give them to the next."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs():
        # Another worker may have looked at the same moment and been quicker.
        with suppress(ConnectorException):
            await manager.retry_job(job)


def work(app: Flask, wait: bool = True) -> None:
    """Run jobs until stopped; with `wait` False, until none is left."""
    global worker_app
    worker_app = app
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    connector = PsycopgConnector(conninfo=url.render_as_string(hide_password=False), min_size=1, max_size=4)

    async def run() -> None:
        with queue.replace_connector(connector):
            async with queue.open_async():
                await queue.run_worker_async(wait=wait, concurrency=4, delete_jobs="successful")

    asyncio.run(run())
