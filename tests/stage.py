"""A stage for the script: our base template and headers around one small live form, whose answers a test chooses."""

from queue import Empty, Queue
from types import SimpleNamespace

from flask import Flask, Response, render_template, request
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

from healthbook import context, filters, headers
from healthbook.app import ROOT

CLINIC = SimpleNamespace(
    name="Stage", address="1 Road", phone="01", hours="Always", urgent_phone="", emergency_phone="112"
)
PAGES = {
    "page.html": """{% extends "base.html" %}{% from "ui/live.html" import stream, live_dot with context %}
        {% block title %}Times{% endblock %}{% block main %}<h1>Times</h1>{{ live_dot("Live") }}
        <div id="box">{% include "part.html" %}</div>{% endblock %}
        {% block live %}{{ stream("times") }}{% endblock %}""",
    "part.html": """{% from "ui/live.html" import hears with context %}
        {% from "ui/forms.html" import csrf with context %}
        <section id="part" hx-get="/part" hx-swap="outerMorph" {{ hears("times") }}><h2>Free</h2>
        <form method="post" action="/" hx-post="/" hx-target="#box" hx-sync="this:drop" data-unknown="Nobody knows yet">
        {{ csrf() }}{% for n in range(4) if n not in gone %}
        <button class="slot" id="t{{ n }}"{% if n in taken %} type="button"
        aria-disabled="true"{% else %} name="n" value="{{ n }}"{% endif %}>{{ n }}</button>
        {% endfor %}</form></section>""",
}


class Stage:
    """What the server does next, and what it was asked."""

    def __init__(self):
        self.pages, self.posted, self.parts = [], [], []
        self.taken, self.gone = set(), set()
        self.status = self.stream_status = 200
        self.app = self.made()

    def made(self) -> Flask:
        app = Flask("stage", root_path=str(ROOT))
        app.config.update(SECRET_KEY="stage", WTF_CSRF_TIME_LIMIT=None)
        app.jinja_loader = ChoiceLoader([FileSystemLoader(ROOT / "templates"), DictLoader(PAGES)])
        Babel(app)
        CSRFProtect(app)
        filters.init_app(app)
        headers.init_app(app, False)
        app.add_template_global(context.static_url)
        app.add_template_global(context.kept, "kept")
        guest = {"nav": [], "current_user": None, "theme": None, "language": "en-GB"}
        app.context_processor(lambda: {"clinic": CLINIC, **guest})
        app.add_url_rule("/", view_func=self.page)
        app.add_url_rule("/", view_func=self.post, methods=["POST"])
        app.add_url_rule("/part", view_func=self.part)
        app.add_url_rule("/sign-in", "accounts.sign_in", lambda: "")
        app.add_url_rule("/events", "clinic.events", self.events)
        return app

    def page(self):
        return render_template("page.html", **self.shown())

    def shown(self):
        return {"taken": self.taken, "gone": self.gone}

    def post(self):
        self.posted.append(request.form.get("n"))
        return render_template("part.html", **self.shown()) if self.status == 200 else self.refused()

    def part(self):
        tag = repr(self.shown())
        unchanged = request.headers.get("HX-PTag") == tag
        if self.status != 200:
            return self.refused()
        self.parts.append(304 if unchanged else 200)
        body = "" if unchanged else render_template("part.html", **self.shown())
        return Response(body, self.parts[-1], {"HX-PTag": tag})

    def refused(self):
        return render_template("errors/_error.html", code=self.status, words=""), self.status

    def events(self):
        if self.stream_status != 200:
            return Response("", self.stream_status)
        names = Queue()
        self.pages.append(names)
        return Response(self.told(names), mimetype="text/event-stream")

    def told(self, names: Queue):
        yield "event: refresh\ndata: refresh\n\n"
        while True:
            try:
                name = names.get(timeout=0.5)
            except Empty:
                name = "ping"
            if name is None:
                return
            yield f"event: {name}\ndata: {name}\n\n"

    def tell(self, name: str | None) -> None:
        """To every open page; None ends their streams."""
        for names in self.pages:
            names.put(name)
        if name is None:
            self.pages.clear()
