import factories
import pytest
from flask_migrate import upgrade

from healthbook.app import create_app
from healthbook.config import Config
from healthbook.db import db
from healthbook.demo.seed import fill


@pytest.fixture(scope="session")
def new_database(server, tmp_path_factory):
    """new_database("name"): an application of the demo with an empty, migrated database."""

    apps = []

    def make(name):
        server.create(name)
        folder = tmp_path_factory.mktemp(name)
        app = create_app(Config(folder, "secret", "00" * 32, server.url(name), demo=True, testing=True))
        with app.app_context():
            upgrade()
        apps.append(app)
        return app

    yield make
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(scope="session")
def demo_app(new_database):
    """The demo as it is made at factories.NOW; tests only read it."""
    app = new_database("demo")
    with app.app_context():
        assert fill(factories.NOW)
    return app


@pytest.fixture
def demo(demo_app):
    with demo_app.app_context():
        yield db.session
        db.session.rollback()
