"""What is told in a transaction becomes a job with its commit, and every listener does its part, however often."""

from datetime import timedelta

import pytest
from factories import NOW, specialization
from flask import current_app

from healthbook import jobs
from healthbook.db import db

EVENT = "bell_rung"


@pytest.fixture
def heard():
    """What the listeners did, in order."""
    return []


@pytest.fixture
def listened(heard):
    """Two listeners, as two domains would register them."""

    def first(bell_id):
        heard.append(("first", bell_id))

    def second(bell_id):
        heard.append(("second", bell_id))

    for react in (first, second):
        react.__module__ = react.__name__
        jobs.when(EVENT)(react)
    yield heard
    for task in jobs.listeners.pop(EVENT):
        del jobs.queue.tasks[task.name]


def tell(app, commit=True, **given):
    with app.app_context():
        jobs.tell(EVENT, **given)
        db.session.commit() if commit else db.session.rollback()


def queued(app, columns="task_name"):
    with app.app_context():
        ours = f"SELECT {columns} FROM procrastinate_jobs WHERE task_name LIKE '{EVENT}:%' ORDER BY id"
        return db.session.execute(db.text(ours)).all()


def sql(app, statement):
    with app.app_context():
        db.session.execute(db.text(statement))
        db.session.commit()


def test_an_event_that_nobody_listens_to_is_a_mistake(app, rolled_back):
    with app.app_context(), pytest.raises(LookupError, match="bell_rung"):
        jobs.tell(EVENT, bell_id=1)
    assert EVENT not in jobs.listeners


def test_what_was_rolled_back_leaves_no_job(committed, listened):
    tell(committed.app, commit=False, bell_id=7)
    assert queued(committed.app) == []


def test_the_commit_leaves_a_job_for_each_listener(committed, listened):
    tell(committed.app, bell_id=7)
    assert queued(committed.app, "task_name, args, scheduled_at") == [
        ("bell_rung:first", {"bell_id": 7}, None),
        ("bell_rung:second", {"bell_id": 7}, None),
    ]


def test_before_the_commit_nobody_else_sees_the_job(committed, listened):
    with committed.app.app_context():
        jobs.tell(EVENT, bell_id=7)
        with db.engine.connect() as other:
            assert other.scalar(db.text("SELECT count(*) FROM procrastinate_jobs")) == 0
        db.session.commit()
    assert len(queued(committed.app)) == 2


def test_each_listener_does_its_part_once_and_the_jobs_are_gone(committed, listened):
    tell(committed.app, bell_id=7)
    jobs.work(committed.app, wait=False)
    assert sorted(listened) == [("first", 7), ("second", 7)]
    assert queued(committed.app) == []
    jobs.work(committed.app, wait=False)
    assert len(listened) == 2


def test_what_is_due_later_waits(committed, listened):
    tomorrow = NOW.replace(year=2099) + timedelta(days=1)
    tell(committed.app, at=tomorrow, bell_id=7)
    jobs.work(committed.app, wait=False)
    assert listened == []
    assert [at for (at,) in queued(committed.app, "scheduled_at")] == [tomorrow, tomorrow]
    sql(committed.app, "UPDATE procrastinate_jobs SET scheduled_at = now()")
    jobs.work(committed.app, wait=False)
    assert len(listened) == 2


@pytest.fixture
def listener(listened):
    """Puts another function in the place of the first listener."""

    def put(react):
        react.__module__ = "third"
        jobs.when(EVENT)(react)

    return put


def test_a_listener_has_the_application_and_a_session_of_its_own(committed, listener):
    found = []

    def react(bell_id):
        found.append((current_app._get_current_object(), db.session(), db.session.scalar(db.text("SELECT 1"))))

    listener(react)
    tell(committed.app, bell_id=1)
    tell(committed.app, bell_id=2)
    jobs.work(committed.app, wait=False)
    (app, session, one), (_, other, _) = found
    assert (app, one) == (committed.app, 1)
    assert session is not other
    with committed.app.app_context():
        assert db.engine.pool.checkedout() == 0


def test_a_listener_that_fails_is_tried_again_later_and_the_others_are_done(committed, listener, heard):
    def react(bell_id):
        raise ValueError("no")

    listener(react)
    tell(committed.app, bell_id=7)
    jobs.work(committed.app, wait=False)
    assert sorted(heard) == [("first", 7), ("second", 7)]
    assert queued(committed.app, "task_name, status, attempts, scheduled_at > now()") == [
        ("bell_rung:third", "todo", 1, True)
    ]


def test_a_failure_of_the_database_is_logged_without_the_row(committed, listener, caplog):
    def react(bell_id):
        specialization("Gout")
        specialization("Gout")

    listener(react)
    tell(committed.app, bell_id=7)
    sql(committed.app, f"UPDATE procrastinate_jobs SET attempts = {jobs.RETRY.max_attempts}")
    jobs.work(committed.app, wait=False)
    assert "23505" in caplog.text
    assert "Gout" not in caplog.text


def test_what_is_due_at_certain_times_has_the_application_too(committed):
    found = []

    @jobs.every("0 0 1 1 *")
    def ring():
        found.append((current_app._get_current_object(), db.session.scalar(db.text("SELECT 1"))))

    (key,) = [key for key in jobs.queue.periodic_registry.periodic_tasks if key[0].endswith(".ring")]
    with committed.app.app_context():
        connection = db.session.connection().connection.driver_connection
        jobs.configure_task(name=key[0], job_manager=jobs.writer, connection=connection).defer(timestamp=0)
        db.session.commit()
    jobs.work(committed.app, wait=False)
    del jobs.queue.tasks[key[0]], jobs.queue.periodic_registry.periodic_tasks[key]
    assert found == [(committed.app, 1)]


def under_way(app, heartbeat):
    """As a worker leaves its jobs that was last seen so long ago."""
    sql(app, f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '{heartbeat}')")
    sql(app, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)")
    with app.app_context():
        connection = db.session.connection().connection.driver_connection
        jobs.configure_task(name="retry_stalled", job_manager=jobs.writer, connection=connection).defer(timestamp=0)
        db.session.commit()


def test_jobs_of_a_worker_that_was_killed_are_done_by_the_next(committed, listened):
    tell(committed.app, bell_id=7)
    under_way(committed.app, "5 minutes")
    jobs.work(committed.app, wait=False)
    jobs.work(committed.app, wait=False)
    assert sorted(listened) == [("first", 7), ("second", 7)]
    assert queued(committed.app) == []


def test_jobs_of_a_worker_that_is_alive_are_left_to_it(committed, listened):
    tell(committed.app, bell_id=7)
    under_way(committed.app, "1 second")
    jobs.work(committed.app, wait=False)
    assert listened == []
    assert [status for (status,) in queued(committed.app, "status")] == ["doing", "doing"]
    sql(committed.app, "TRUNCATE procrastinate_workers CASCADE")
