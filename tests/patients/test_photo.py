"""A photo is made anew from what was sent, sealed, and shown to those who should know the person by sight."""

from datetime import timedelta
from io import BytesIO

import factories
import pytest
from factories import NOW
from PIL import Image
from test_access import without_token

from healthbook.db import db
from healthbook.models import Doctor, Guardian, Patient, Picture

GPS = 0x8825
SCRIPT = b"<script>alert(1)</script>"


def picture(kind="JPEG", size=(800, 600), **given):
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **given)
    return written.getvalue()


def send(who, content, name="me.jpg", htmx=False):
    form = who.get("/me").form(action="/me/photo").fields
    return who.post("/me/photo", form | {"photo": (BytesIO(content), name)}, htmx=htmx)


def address(app, cast):
    with app.app_context():
        return f"/pictures/{db.session.get(Patient, cast.ada).profile_picture}"


def shown(who, path="/me/photo"):
    with who.client.get(path) as response:
        return response.status_code, response.mimetype, response.get_data(), response.headers


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_comes_back_small_and_as_a_picture_only(browser, kind):
    who = browser("ada")
    assert send(who, picture(kind)).location == "/me"
    status, media_type, content, headers = shown(who)
    assert (status, media_type) == (200, f"image/{kind.lower()}")
    with Image.open(BytesIO(content)) as made:
        assert (made.format, made.size) == (kind, (512, 384))
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_it_stands_on_the_page_and_in_the_header(app, browser, cast):
    who = browser("ada")
    send(who, picture())
    page = who.get("/me")
    assert [img.get("src") for img in page.find_all("img")] == [address(app, cast)] * 2
    assert shown(who, address(app, cast))[0] == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html>" + SCRIPT,
        b"MZ" + bytes(200),
        b"%PDF-1.7",
        b"",
        picture()[:300],
        picture("GIF"),
    ],
    ids=["GIF and script", "SVG", "HTML", "EXE", "PDF", "nothing", "half a JPEG", "GIF"],
)
def test_what_is_no_jpeg_or_png_is_refused_at_its_field(app, browser, cast, sent):
    """Whatever it is called (UP3)."""
    page = send(browser("ada"), sent, "me.png")
    assert page.status == 422
    assert page.by_id("photo-file-err") is not None
    with app.app_context():
        assert db.session.scalars(db.select(Picture)).all() == []


def test_what_hangs_behind_a_picture_is_gone(browser):
    """A JPEG that is a page as well is a JPEG only, afterwards (UP3)."""
    who = browser("ada")
    send(who, picture() + SCRIPT)
    assert SCRIPT not in shown(who)[2]


def test_where_it_was_taken_is_gone(browser):
    """Camera, place and time do not stay in a photo (UP4)."""
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ada"
    exif.get_ifd(GPS)[1] = "N"
    who = browser("ada")
    send(who, picture(exif=exif))
    content = shown(who)[2]
    assert b"Camera of Ada" not in content
    with Image.open(BytesIO(content)) as made:
        assert not made.getexif()
        assert set(made.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_bomb_of_pixels_is_refused(browser):
    """20,000 by 20,000 pixels in a few kilobytes are never unpacked (UP5)."""
    written = BytesIO()
    Image.new("1", (20_000, 20_000)).save(written, "PNG", optimize=True)
    page = send(browser("ada"), written.getvalue(), "me.png")
    assert page.status == 422


def test_too_much_is_not_even_read(browser):
    """Beyond the limit it is refused before a byte of it is kept (UP6)."""
    sent = {"data": bytes(13 * 1024 * 1024), "content_type": "multipart/form-data; boundary=x"}
    assert browser("ada").open("POST", "/me/photo", **sent).status == 413


def test_without_a_picture_the_form_says_so_in_place(browser):
    who = browser("ada")
    form = who.get("/me").form(action="/me/photo").fields
    page = who.post("/me/photo", form, htmx=True)
    assert page.status == 422
    assert "Choose a picture first." in page.text


def test_a_new_photo_replaces_the_old_and_taking_it_away_leaves_none(app, browser, cast):
    who = browser("ada")
    send(who, picture())
    first = address(app, cast)
    send(who, picture("PNG"))
    assert shown(who, first)[0] == 404
    assert shown(who)[1] == "image/png"
    assert who.get("/me").form(action="/me/photo/removal").submit().status == 303
    assert shown(who)[0] == 404
    with app.app_context():
        assert db.session.scalars(db.select(Picture)).all() == []


def test_it_is_sealed_in_the_database(app, browser):
    """The stored bytes are no picture (UP11)."""
    who = browser("ada")
    send(who, picture())
    with app.app_context():
        stored = db.session.scalar(db.select(Picture.__table__.c.content))
        assert b"JFIF" not in stored
        assert db.session.scalars(db.select(Picture)).one().content == shown(who)[2]


def test_those_see_it_who_should_know_her_by_sight(app, browser, cast):
    """Strangers and doctors who do not treat her find nothing, as if it were not there (AZ18)."""
    send(browser("ada"), picture())
    with app.app_context():
        ada, cole = db.session.get(Patient, cast.ada), db.session.get(Doctor, cast.cole)
        factories.appointment(ada, cole, NOW + timedelta(days=1))
        db.session.commit()
    path = address(app, cast)
    seen = {name: shown(browser(name), path)[0] for name in ("ada", "ben", "cole", "dean", "pat", "dot", "mo")}
    assert seen == {"ada": 200, "ben": 404, "cole": 200, "dean": 404, "pat": 404, "dot": 200, "mo": 200}
    assert shown(browser(), path)[0] == 303
    theirs, missing = (without_token(browser("ben").get(which)) for which in (path, "/pictures/999999"))
    assert theirs == missing
    with app.app_context():
        ben = db.session.get(Patient, cast.ben).user_id
        rights = {"may_see_record": True, "confirmed_at": NOW, "confirmed_by_id": ada_user(cast)}
        db.session.add(Guardian(user_id=ben, patient_id=cast.ada, since=NOW.date(), **rights))
        db.session.commit()
    assert shown(browser("ben"), path)[0] == 200


def ada_user(cast):
    return db.session.get(Patient, cast.ada).user_id


def test_a_picture_that_is_nobodys_photo_any_more_is_not_found(app, browser, cast):
    send(browser("ada"), picture())
    path = address(app, cast)
    with app.app_context():
        db.session.get(Patient, cast.ada).profile_picture = None
        db.session.commit()
    assert shown(browser("dot"), path)[0] == 404
