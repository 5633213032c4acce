from sqlalchemy import func, select

from healthbook.db import db
from healthbook.models import UserSession


def test_signing_out_says_so_and_clears_what_the_browser_keeps(app, browser):
    ada = browser("ada")
    page = ada.get("/doctors").form(action="/sign-out").submit()
    assert (page.status, page.location) == (303, "/")
    assert page.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "You are signed out." in page.follow().text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_afterwards_her_pages_ask_for_sign_in(browser):
    ada = browser("ada")
    ada.post("/sign-out")
    page = ada.get("/appointments")
    assert page.location == "/sign-in?next=/appointments"


def test_signing_out_twice_is_no_error(browser):
    guest = browser()
    assert guest.post("/sign-out").status == 303


def test_a_link_or_an_image_cannot_sign_anybody_out(browser):
    ada = browser("ada")
    assert ada.get("/sign-out").status == 405
    assert ada.post("/sign-out", {"csrf_token": "made up"}).status == 400
    assert ada.post("/sign-out", headers={"Sec-Fetch-Site": "cross-site"}).status == 403
    assert "Ada Byrne" in ada.get("/doctors").text
