"""For whom a request is: the person themself, or somebody for whom they may book and whom it names.

The one name for it, in addresses and in forms, is `patient_id`. Naming anybody else is refused, never ignored.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from flask import abort, g, request
from flask_babel import gettext as _
from flask_login import current_user

from healthbook import clock, hypermedia, urls
from healthbook.db import db
from healthbook.filters import calendar_day
from healthbook.models import Patient
from healthbook.patients.queries import family
from healthbook.patients.queries.family import Person
from healthbook.patients.rules.family import not_theirs

FIELD = "patient_id"


class Whom(NamedTuple):
    """Whom somebody may book for, themself first, and who is chosen. Empty for whoever is no patient."""

    people: list[Person]
    chosen: Person | None

    @property
    def other(self) -> Person | None:
        """Who is chosen, unless it is the person themself: what addresses and titles say."""
        return self.chosen if self.chosen and self.chosen.user_id != current_user.id else None

    @property
    def labels(self) -> list[tuple[Person, str]]:
        """Everybody with what tells them apart: a birth date where two have one name."""
        names = Counter(person.name for person in self.people)
        return [(each, each.name if names[each.name] == 1 else told_apart(each)) for each in self.people]


def told_apart(person: Person) -> str:
    return _("%(name)s, born %(day)s", name=person.name, day=calendar_day(person.born)) if person.born else person.name


def insist() -> None:
    """Before each request of a booking: whoever it names must be somebody for whom the person may book."""
    named()


def asked() -> Whom:
    """For a page that everybody may see. A guest who names somebody is asked to sign in first."""
    if request.args.get(FIELD) and not current_user.is_authenticated:
        abort(hypermedia.sign_in(urls.local(request.full_path.rstrip("?"))))
    return whom(named())


def whom(person: Person | None = None) -> Whom:
    """Everybody there is to choose, and this one chosen, or the person themself."""
    everybody = people()
    return Whom(everybody, person or next(iter(everybody), None))


def named(also: Iterable[str] = ()) -> Person | None:
    """Whom address and form name, or None. Raises NotTheirs, also where they name two."""
    texts = {*request.args.getlist(FIELD), *request.form.getlist(FIELD), *also} - {""}
    if not texts:
        return None
    for person in people():
        if {str(person.id)} == texts:
            return person
    raise not_theirs()


def patient(person: Person | None) -> Patient:
    """The patient of somebody who was named, or the person's own."""
    return db.session.get_one(Patient, person.id) if person else current_user.patient


def people() -> list[Person]:
    if "people" not in g:
        user = current_user if current_user.is_authenticated else None
        own = user and user.patient
        me = own and Person(own.id, user.id, user.first_name, user.last_name, user.date_of_birth)
        g.people = [me, *family.people(user, clock.now())] if me else []
    return g.people
