"""Clinical text is sealed: unreadable in the database, and worthless in any other place than its own."""

from contextlib import contextmanager

import pytest
from cryptography.exceptions import InvalidTag
from factories import NOW, appointment

from healthbook.db import db
from healthbook.models import Appointment, Doctor, Patient
from healthbook.seal import KeyRing

WORDS = "A cough that köepes coming back"
OLD, NEW = "11" * 32, "22" * 32
PLACE = b"appointment.reason.1"


@pytest.fixture
def visit(app, cast):
    """The id of a visit with a reason and notes."""
    with app.app_context():
        made = appointment(db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole), NOW, reason=WORDS)
        made.doctor_notes = "Rest"
        db.session.commit()
        return made.id


@contextmanager
def opened(app, visit):
    with app.app_context():
        yield db.session.get(Appointment, visit)


def write(app, visit, **columns):
    """Straight into the table, as somebody at the database could."""
    with app.app_context():
        table = Appointment.__table__
        db.session.execute(table.update().where(table.c.id == visit).values(columns))
        db.session.commit()


def stored(app, visit, column="reason"):
    with app.app_context():
        return db.session.scalar(
            db.text(f"SELECT {column} FROM appointment WHERE id = (:id)::int"),
            {"id": visit},
        )


def test_the_words_are_not_in_the_database(app, visit):
    assert WORDS.encode() not in stored(app, visit)
    assert b"cough" not in stored(app, visit)
    with opened(app, visit) as found:
        assert found.reason == WORDS


def test_the_same_words_are_never_sealed_to_the_same_bytes(app, visit):
    before = stored(app, visit)
    with opened(app, visit) as found:
        found.reason = WORDS
        db.session.commit()
    assert stored(app, visit) != before


def test_another_rows_bytes_do_not_open(app, cast, visit):
    with app.app_context():
        ben, dean = db.session.get(Patient, cast.ben), db.session.get(Doctor, cast.dean)
        other = appointment(ben, dean, NOW, reason="Nothing much").id
        db.session.commit()
    write(app, visit, reason=stored(app, other))
    with opened(app, visit) as found, pytest.raises(InvalidTag):
        assert found.reason


def test_another_columns_bytes_do_not_open(app, visit):
    write(app, visit, doctor_notes=stored(app, visit))
    with opened(app, visit) as found, pytest.raises(InvalidTag):
        assert found.doctor_notes


@pytest.mark.parametrize("at", [4, 16, -1], ids=["nonce", "text", "tag"])
def test_a_changed_byte_does_not_open(app, visit, at):
    changed = bytearray(stored(app, visit))
    changed[at] ^= 1
    write(app, visit, reason=bytes(changed))
    with opened(app, visit) as found, pytest.raises(InvalidTag):
        assert found.reason


def test_nothing_stays_nothing_and_can_be_taken_away(app, visit):
    assert stored(app, visit, "prescription") is None
    with opened(app, visit) as found:
        assert found.prescription is None
        found.reason = None
        db.session.commit()
    assert stored(app, visit) is None


def test_no_words_are_not_nothing(app, visit):
    with opened(app, visit) as found:
        found.reason = ""
        db.session.commit()
    with opened(app, visit) as found:
        assert found.reason == ""


@pytest.mark.parametrize(
    "question",
    [
        lambda: Appointment.reason == WORDS,
        lambda: Appointment.reason != WORDS,
        lambda: Appointment.reason < WORDS,
        lambda: db.select(Appointment).filter_by(reason=WORDS),
    ],
    ids=["equal", "unequal", "less", "filter_by"],
)
def test_a_query_for_sealed_words_is_a_mistake_and_not_an_empty_answer(question):
    with pytest.raises(TypeError):
        question()


def test_an_older_key_still_opens_and_the_new_one_seals():
    before, after = KeyRing(OLD), KeyRing(f"{NEW},{OLD}")
    assert after.open(before.seal(WORDS.encode(), PLACE), PLACE).decode() == WORDS
    sealed = after.seal(WORDS.encode(), PLACE)
    assert KeyRing(NEW).open(sealed, PLACE).decode() == WORDS
    with pytest.raises(KeyError):
        before.open(sealed, PLACE)


def test_a_key_that_was_put_away_opens_nothing():
    with pytest.raises(KeyError):
        KeyRing(NEW).open(KeyRing(OLD).seal(b"words", PLACE), PLACE)
