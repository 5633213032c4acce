"""What a doctor should know before anything else: written by the patient, read by a guardian, each look noted."""

import pytest
from factories import NOW

from healthbook.db import db
from healthbook.models import AccessLog, Guardian, Patient

SENT = {
    "allergies": {"allergies": "Penicillin: rash\nPeanuts"},
    "medicines": {"current_medications": "Ramipril 5 mg, once a day"},
    "history": {"medical_history": "Appendix out in 2004"},
    "blood": {"blood_group": "AB-"},
}


@pytest.fixture
def guardian(app, cast):
    """Ben may see Ada's record; guardian(may_see_record=False): or may not."""

    def made(**given):
        with app.app_context():
            ada, ben = (db.session.get(Patient, id) for id in (cast.ada, cast.ben))
            rights = {"may_see_record": True, "confirmed_at": NOW, "confirmed_by_id": ada.user_id, "since": NOW.date()}
            db.session.add(Guardian(user_id=ben.user_id, patient_id=ada.id, **rights | given))
            db.session.commit()

    return made


def rows(app, cast):
    with app.app_context():
        found = db.session.scalars(db.select(AccessLog).where(AccessLog.patient_id == cast.ada))
        return [(row.actor.first_name, row.object, row.why) for row in found]


def edit(browser, section, htmx=False):
    return browser.get(f"/me/background?edit={section}", htmx=htmx).form(action=f"/me/background/{section}")


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("section", SENT)
def test_each_section_is_changed_by_itself(app, browser, cast, section, htmx):
    who = browser("ada")
    page = edit(who, section, htmx).submit(htmx=htmx, **SENT[section])
    page = page if htmx else page.follow()
    ((name, value),) = SENT[section].items()
    shown = " ".join("".join(page.by_id(f"section-{section}").itertext()).split())
    assert " ".join(value.split()) in shown
    assert "Saved" in shown
    with app.app_context():
        assert getattr(db.session.get(Patient, cast.ada), name) == value


def test_nothing_of_it_can_be_read_in_the_database(app, browser, cast):
    """Allergies, medicines and history are ciphertext there (UP11)."""
    for section in ("allergies", "medicines", "history"):
        edit(browser("ada"), section).submit(**SENT[section])
    with app.app_context():
        stored = db.session.scalar(db.text("SELECT string_agg(p::text, '') FROM patient p"))
    for words in (b"Penicillin", b"Ramipril", b"Appendix"):
        assert words.decode() not in stored
        assert words.hex() not in stored


def test_each_look_is_written_down_once_in_a_quarter_of_an_hour(app, browser, cast):
    who = browser("ada")
    who.get("/me/background")
    assert rows(app, cast) == []
    edit(who, "blood").submit(blood_group="O-")
    who.get("/me/background")
    who.get("/me/background?edit=blood", htmx=True)
    assert rows(app, cast) == [("Ada", "background", "self")]


def test_a_section_in_which_nothing_stands_is_no_look(app, browser, cast):
    who = browser("ada")
    edit(who, "blood").submit(blood_group="O-")
    who.get("/me/background", {"section": "history"}, htmx=True)
    assert rows(app, cast) == []


def test_a_look_that_cannot_be_written_down_shows_nothing(app, browser, cast, monkeypatch):
    """Without the row there is no page (PR1)."""
    who = browser("ada")
    edit(who, "allergies").submit(**SENT["allergies"])

    def broken(*_, **__):
        raise RuntimeError("the log is full")

    monkeypatch.setattr("healthbook.reading.seen", broken)
    app.testing = False
    try:
        page = who.get("/me/background")
    finally:
        app.testing = True
    assert page.status == 500
    assert "Penicillin" not in page.body


def test_a_guardian_who_may_see_it_reads_it_and_changes_nothing(app, browser, cast, guardian):
    edit(browser("ada"), "allergies").submit(**SENT["allergies"])
    guardian()
    ben = browser("ben")
    page = ben.get(f"/me/background?patient={cast.ada}")
    assert page.h1 == "Health background of Ada Byrne"
    assert "Peanuts" in page.text
    assert not [link for link in page.links if link and "edit=" in link]
    assert not ben.get(f"/me/background?patient={cast.ada}&edit=allergies").has("textarea")
    assert rows(app, cast) == [("Ben", "background", "guardian")]
    ben.post("/me/background/allergies", {"allergies": "None", "patient": cast.ada, "patient_id": cast.ada, "seen": ""})
    with app.app_context():
        assert db.session.get(Patient, cast.ada).allergies == SENT["allergies"]["allergies"]


def test_whoever_may_not_see_it_finds_nobody(browser, cast, guardian):
    """Neither a stranger nor a guardian who may only book (AZ6)."""
    assert browser("ben").get(f"/me/background?patient={cast.ada}").status == 404
    guardian(may_book=True, may_see_record=False)
    page = browser("ben").get(f"/me/background?patient={cast.ada}")
    missing = browser("ben").get("/me/background?patient=999999")
    assert (page.status, page.h1) == (missing.status, missing.h1) == (404, "We cannot find this page")


@pytest.mark.parametrize(
    ("section", "sent", "words"),
    [
        ("allergies", {"allergies": "x" * 2001}, "at most 2000 letters"),
        ("history", {"medical_history": "x" * 10_001}, "at most 10000 letters"),
        ("blood", {"blood_group": "C+"}, "Choose one of the list."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(browser, section, sent, words):
    page = edit(browser("ada"), section).submit(**sent)
    assert page.status == 422
    (name,) = sent
    assert words in "".join(page.by_id(f"{name}-err").itertext())


def test_a_second_tab_is_told_and_both_texts_are_there(app, browser, cast):
    who = browser("ada")
    first, second = edit(who, "allergies"), edit(who, "allergies")
    first.submit(allergies="Penicillin")
    page = second.submit(allergies="Peanuts")
    assert page.status == 409
    assert "Penicillin" in page.text
    assert page.form(action="/me/background/allergies").fields["allergies"] == "Peanuts"
    with app.app_context():
        assert db.session.get(Patient, cast.ada).allergies == "Penicillin"


def test_it_costs_the_same_whatever_is_written(browser, statements):
    who = browser("ada")
    edit(who, "blood").submit(**SENT["blood"])
    who.get("/me/background")
    with statements() as few:
        who.get("/me/background")
    for section, sent in SENT.items():
        edit(who, section).submit(**sent)
    with statements() as many:
        who.get("/me/background")
    assert len(many) == len(few) <= 8


def test_there_is_no_such_section(browser):
    assert browser("ada").post("/me/background/diagnosis", {"diagnosis": "x"}).status == 404
