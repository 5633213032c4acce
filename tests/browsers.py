"""A person at a browser: a cookie jar, the pages it gets, and htmx's headers when asked for."""

from page import Page

from healthbook import clock
from healthbook.accounts import rules
from healthbook.db import db
from healthbook.models import User

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Browser:
    def __init__(self, app):
        self.app, self.client = app, app.test_client()

    def open(self, method, path, htmx=False, headers=None, **kwargs):
        headers = (HTMX if htmx else {}) | (headers or {})
        with self.client.open(path, method=method, headers=headers, **kwargs) as response:
            return Page(self, response, path)

    def get(self, path, fields=None, htmx=False, headers=None):
        return self.open("GET", path, htmx, headers, query_string=fields)

    def post(self, path, fields=None, htmx=False, headers=None):
        """Send fields as they are: without a token among them, one is taken from the sign-in page."""
        fields = dict(fields or {})
        fields.setdefault("csrf_token", self.token())
        return self.open("POST", path, htmx, headers, data=fields)

    def token(self):
        return self.get("/no/such/page").find("meta", name="csrf-token").get("content")

    def as_person(self, email):
        """Signed in without the form and its slow hash: tests of the form itself use sign_in."""
        with self.app.app_context():
            user = db.session.scalar(db.select(User).where(User.email == email))
            token = rules.open_session(user, clock.now())
            db.session.commit()
        with self.client.session_transaction() as session:
            session["token"] = token
        return self

    def sign_in(self, email, password):
        page = self.get("/sign-in").form(action="/sign-in").submit(email=email, password=password)
        assert page.status == 303, f"{email} could not sign in: {page.text[:300]}"
        return self
