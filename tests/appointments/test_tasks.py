"""What the worker does with times."""

from datetime import timedelta

from factories import NOW

from healthbook.appointments import tasks


def test_a_hold_that_has_run_out_is_swept_and_heard_of(real, heard, monkeypatch):
    with real.app.app_context():
        tasks.hold_ended(real.cole)
    assert heard() == []
    for name in ("ada", "ben"):
        page = real.browser(name).get(f"/doctors/{real.cole}/slots")
        page.form(action=f"/doctors/{real.cole}/holds").submit(start=page.starts[0 if name == "ada" else 1])
    heard()
    monkeypatch.setattr("healthbook.clock.now", lambda: NOW + timedelta(minutes=5))
    with real.app.app_context():
        tasks.hold_ended(real.cole)
        assert heard() == [f"doctor-{real.cole}"]
        tasks.hold_ended(real.cole)
    assert heard() == []


def test_only_what_has_run_out_at_this_doctor_is_swept(app, cast, visit, stored, later):
    visit("ada", "cole", "10:00", status="held", held_until=NOW + timedelta(minutes=1))
    visit("ben", "cole", "11:00", status="held", held_until=NOW + timedelta(minutes=2))
    visit("ada", "dean", "12:00", status="held", held_until=NOW + timedelta(minutes=1))
    visit("ben", "cole", "13:00")
    later(minutes=1)
    with app.app_context():
        tasks.hold_ended(cast.cole)
    assert [(row[0], row[1]) for row in stored()] == [
        (cast.ben, cast.cole),
        (cast.ada, cast.dean),
        (cast.ben, cast.cole),
    ]


def test_a_doctor_who_is_gone_is_no_error(app, cast):
    with app.app_context():
        tasks.hold_ended(999_999)
