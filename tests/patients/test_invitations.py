"""An adult invites a carer by a code, and decides what they may do."""

import re
from datetime import date, timedelta
from hashlib import sha256

import pytest
from factories import NOW
from page import text_of

from healthbook.db import db
from healthbook.models import Guardian, GuardianInvitation, Patient, User, WrongCode
from healthbook.patients.rules import invitations
from healthbook.patients.rules.family import end

PATH = "/family"
DAY = timedelta(days=1)


@pytest.fixture
def invite(browser):
    """invite("ada"): she makes a code; it is read from the answer."""

    def made(name):
        answer = browser(name).get(PATH).form(action="/family/invitations").submit()
        assert answer.status == 200
        return re.sub(" ", "", text_of(answer.find("b", class_="code")))

    return made


@pytest.fixture
def use(browser):
    """use("ben", code): he types it; this is the answer."""
    return lambda name, code: browser(name).get(PATH).form(id="family-code").submit(code=code)


@pytest.fixture
def rows(app):
    def read(*columns):
        with app.app_context():
            found = db.session.scalars(db.select(Guardian).order_by(Guardian.id))
            return [
                tuple(getattr(row, column) for column in columns or ("may_book", "may_see_record")) for row in found
            ]

    return read


@pytest.fixture
def asked(invite, use, app):
    """Ben has asked to act for Ada; the id of what he asked."""
    assert use("ben", invite("ada")).status == 303
    with app.app_context():
        return db.session.scalar(db.select(Guardian.id))


def wrong(page):
    return text_of(page.by_id("code-err"))


def test_a_code_is_shown_once_and_only_its_hash_is_kept(app, browser, invite):
    code = invite("ada")
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", code)
    with app.app_context():
        kept = db.session.scalars(db.select(GuardianInvitation)).one()
        assert kept.code_hash == sha256(code.encode()).hexdigest()
        assert kept.expires_at == NOW + 7 * DAY
    page = browser("ada").get(PATH)
    assert code not in page.body.replace(" ", "")
    assert "A code that nobody has used, until Tuesday 1 December, 09:41" in page.text


def test_whoever_types_it_asks_and_may_do_nothing_yet(app, cast, browser, asked, rows):
    page = browser("ben").get(PATH)
    assert "You have asked. They have not answered yet." in page.text
    assert rows() == [(False, False)]
    assert browser("ben").get("/doctors", {"patient_id": cast.ada}).status == 403
    adas = browser("ada").get(PATH)
    waits = adas.by_id(f"guardian-{asked}")
    assert "Ben Byrne Asks to act for you." in text_of(waits)
    assert "ben@test.example" not in adas.body
    assert "A code that nobody has used" not in adas.text


@pytest.mark.parametrize("written", ["{code}", " {lower} ", "{first}-{last}", "{first} {last}"])
def test_it_may_be_written_as_people_write(invite, use, written):
    code = invite("ada")
    text = written.format(code=code, lower=code.lower(), first=code[:4], last=code[4:])
    assert use("ben", text).status == 303


def test_letters_that_a_code_never_has_are_read_as_what_they_look_like(app, cast, use):
    with app.app_context():
        code_hash = sha256(b"0011ABCD").hexdigest()
        db.session.add(GuardianInvitation(patient_id=cast.ada, code_hash=code_hash, expires_at=NOW + DAY))
        db.session.commit()
    assert use("ben", "oOiL-abcd").status == 303


def test_it_works_once_and_for_seven_days(cast, browser, invite, use, rows, later):
    code = invite("ada")
    with_code = invite("ada")
    use("ben", code)
    assert wrong(use("ben", code)) == "Error: This code has been used already. Ask for a new one."
    later(days=7)
    assert wrong(use("ben", with_code)) == "Error: This code is no longer valid. Ask for a new one."
    assert len(rows()) == 1


def test_one_s_own_code_is_told_and_stays_good(invite, use):
    code = invite("ada")
    page = use("ada", code)
    assert (page.status, wrong(page)) == (
        422,
        "Error: This is your own code. Give it to the person who is to act for you.",
    )
    assert use("ben", code).status == 303


def test_whoever_asked_already_is_told_and_the_code_stays_good(app, asked, invite, use):
    page = use("ben", invite("ada"))
    assert "You act for Ada Byrne already, or have asked to." in wrong(page)
    with app.app_context():
        unused = db.select(GuardianInvitation).where(GuardianInvitation.used_at.is_(None))
        assert len(db.session.scalars(unused).all()) == 1


def test_a_code_that_was_withdrawn_is_no_longer_valid(browser, invite, use):
    code = invite("ada")
    page = browser("ada").get(PATH)
    (form,) = (f for f in page.tree.iter("form") if (f.get("action") or "").endswith("/withdrawal"))
    assert browser("ben").post(form.get("action")).status == 404
    assert page.form(action=form.get("action")).submit().follow().status == 200
    assert wrong(use("ben", code)) == "Error: This code is no longer valid. Ask for a new one."
    assert "A code that nobody has used" not in browser("ada").get(PATH).text


def test_wrong_codes_are_limited_to_ten_in_an_hour_and_counted_whatever_happens(app, cast, invite, use, rows, later):
    code = invite("ada")
    for _ in range(10):
        assert wrong(use("ben", "WRNGWRNG")) == "Error: We do not know this code. Check it, or ask for a new one."
    assert "You tried many codes that we do not know." in wrong(use("ben", code))
    assert rows() == []
    with app.app_context():
        assert len(db.session.scalars(db.select(WrongCode)).all()) == 10
    assert use("ada", "WRNGWRNG").status == 422
    later(minutes=60)
    assert use("ben", code).status == 303
    with app.app_context():
        ben = db.session.get(Patient, cast.ben).user_id
        assert db.session.scalars(db.select(WrongCode).where(WrongCode.user_id == ben)).all() == []


def test_five_codes_at_once_are_enough(browser, invite):
    for _ in range(5):
        invite("ada")
    answer = browser("ada").get(PATH).form(action="/family/invitations").submit()
    assert (answer.status, answer.has("b", class_="code")) == (409, False)
    assert "You have 5 codes that nobody has used yet." in text_of(answer.by_id("refusal"))


def test_a_minor_invites_nobody(app, cast, browser):
    with app.app_context():
        db.session.get(Patient, cast.ada).user.date_of_birth = date(2008, 11, 25)
        db.session.commit()
    answer = browser("ada").get(PATH).form(action="/family/invitations").submit()
    assert (answer.status, "From 18 on you can invite somebody here." in answer.text) == (409, True)


def decide(browser, guardian_id, **given):
    form = browser("ada").get(PATH).form(action=f"/family/guardians/{guardian_id}")
    return form.submit(**given)


@pytest.mark.parametrize(
    ("rights", "books", "sees"),
    [
        ({"may_book": "y"}, 200, 404),
        ({"may_see_record": "y"}, 403, 200),
        ({"may_book": "y", "may_see_record": "y"}, 200, 200),
    ],
)
def test_the_adult_decides_what_the_carer_may_do(app, cast, browser, asked, rows, rights, books, sees):
    answer = decide(browser, asked, **rights)
    assert "Saved. Ben Byrne sees it on their page." in answer.follow().text
    assert rows() == [("may_book" in rights, "may_see_record" in rights)]
    ben = browser("ben")
    assert ben.get("/doctors", {"patient_id": cast.ada}).status == books
    assert ben.get("/me/background", {"patient": cast.ada}).status == sees
    with app.app_context():
        row = db.session.get(Guardian, asked)
        assert (row.confirmed_by_id, row.confirmed_at) == (db.session.get(Patient, cast.ada).user_id, NOW)


def test_until_a_day_which_is_the_last(cast, browser, asked, rows, later):
    decide(browser, asked, may_book="y", until="2026-11-26")
    assert rows("until") == [(date(2026, 11, 26),)]
    later(days=2)
    assert browser("ben").get("/doctors", {"patient_id": cast.ada}).status == 200
    assert "Until 26 November 2026." in browser("ben").get(PATH).text
    later(days=3)
    assert browser("ben").get("/doctors", {"patient_id": cast.ada}).status == 403
    for name in ("ada", "ben"):
        page = browser(name).get(PATH)
        assert not [li for li in page.find_all("li") if (li.get("id") or "").startswith(("ward-", "guardian-"))]


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({}, "may_book", "Choose what they may do. If it is nothing, decline."),
        ({"may_book": "y", "until": "2026-11-23"}, "until", "Choose today or a later day, or leave it empty."),
        ({"may_book": "y", "until": "soon"}, "until", "Write the day like 2027-01-31, or leave it empty."),
        ({"may_book": "y", "until": "9999-12-31"}, "until", "Write the day like 2027-01-31, or leave it empty."),
    ],
)
def test_a_decision_that_says_nothing_is_sent_back(browser, asked, rows, sent, field, words):
    page = decide(browser, asked, **sent)
    assert page.status == 422
    assert words in text_of(page.by_id(f"{field}-{asked}-err"))
    assert rows() == [(False, False)]


def test_the_adult_changes_it_and_ends_it_at_any_time(cast, browser, asked, rows, jobs):
    decide(browser, asked, may_book="y", may_see_record="y")
    page = decide(browser, asked, may_book="y", may_see_record=None).follow()
    assert rows() == [(True, False)]
    ended = page.form(action=f"/family/guardians/{asked}/end").submit().follow()
    assert "Ben Byrne can no longer act for you." in ended.text
    assert not ended.has("li", id=f"guardian-{asked}")
    assert browser("ben").get("/doctors", {"patient_id": cast.ada}).status == 403
    ((args, _),) = jobs("guardian_ended")
    assert args["version"] == int(NOW.timestamp()) // 60
    assert browser("ada").post(f"/family/guardians/{asked}", {"may_book": "y"}).status == 409
    assert rows() == [(False, False)]


def test_whoever_was_declined_can_be_invited_again(browser, asked, invite, use, rows):
    browser("ada").get(PATH).form(action=f"/family/guardians/{asked}/end").submit()
    assert rows("until") == [(NOW.date(),)]
    assert use("ben", invite("ada")).status == 303
    assert rows("until", "may_book", "confirmed_at") == [(None, False, None)]


def test_only_whom_it_is_about_decides(browser, asked, rows):
    """The carer cannot answer for the adult, nor anybody else (AZ4)."""
    for name in ("ben", "cole", "dot"):
        answer = browser(name).post(f"/family/guardians/{asked}", {"may_book": "y", "may_see_record": "y"})
        assert answer.status in (403, 404)
    assert rows() == [(False, False)]


def test_a_minor_s_guardians_are_the_clinic_s_to_decide(app, browser, asked, rows):
    with app.app_context():
        db.session.scalar(db.select(User).where(User.email == "ada@test.example")).date_of_birth = date(2010, 1, 1)
        db.session.commit()
    assert decide(browser, asked, may_book="y").status == 409
    assert browser("ada").post(f"/family/guardians/{asked}/end").status == 409
    assert rows() == [(False, False)]


def test_a_child_who_has_grown_up_decides_anew(app, family, browser, use, rows):
    """What the desk confirmed ends at 18; the adult's own code begins it again, and they decide."""
    with app.app_context():
        kim = db.session.get(User, family.kim_user)
        kim.date_of_birth, kim.email, kim.claimed_at = date(2008, 1, 1), "kim@test.example", NOW
        db.session.add(
            GuardianInvitation(patient_id=family.kim, code_hash=sha256(b"AAAABBBB").hexdigest(), expires_at=NOW + DAY)
        )
        db.session.commit()
    assert browser("gina").get("/doctors", {"patient_id": family.kim}).status == 403
    assert use("gina", "AAAABBBB").status == 303
    assert rows() == [(False, False)]
    form = browser("kim").get(PATH).form(action=f"/family/guardians/{family.row}")
    assert form.submit(may_book="y").status == 303
    assert browser("gina").get("/doctors", {"patient_id": family.kim}).status == 200


def test_a_code_of_somebody_whose_account_is_closed_is_no_longer_valid(app, cast, invite, use):
    code = invite("ada")
    with app.app_context():
        db.session.get(Patient, cast.ada).user.is_active = False
        db.session.commit()
    assert wrong(use("ben", code)) == "Error: This code is no longer valid. Ask for a new one."


@pytest.mark.parametrize("code", ["", "   ", "x" * 41])
def test_what_is_no_code_is_sent_back_and_not_counted(app, use, code):
    assert use("ben", code).status == 422
    with app.app_context():
        assert db.session.scalars(db.select(WrongCode)).all() == []


def meanwhile(id, **columns):
    """Another request changes a guardianship that this one has read already."""
    unseen = {"synchronize_session": False}
    db.session.execute(db.update(Guardian).where(Guardian.id == id).values(**columns), execution_options=unseen)


def test_nothing_is_left_of_what_was_allowed_while_somebody_ended_it(app, asked, cast, rows):
    """Ben withdraws at the moment in which Ada decides."""
    with app.app_context():
        ada, asking = db.session.get(Patient, cast.ada).user, db.session.get(Guardian, asked)
        meanwhile(asked, may_book=True, may_see_record=True, confirmed_at=NOW, confirmed_by_id=ada.id)
        end(asking, NOW, by=asking.user)
        db.session.commit()
    assert rows() == [(False, False)]


def test_what_was_decided_last_holds_whatever_the_page_had_read(app, asked, cast, rows):
    """Ada decides in two windows: the second allows less."""
    with app.app_context():
        ada, asking = db.session.get(Patient, cast.ada).user, db.session.get(Guardian, asked)
        meanwhile(asked, may_book=True, may_see_record=True, confirmed_at=NOW, confirmed_by_id=ada.id)
        invitations.decide(ada, asking, NOW, may_book=True, may_see_record=False, until=None)
        db.session.commit()
    assert rows() == [(True, False)]
