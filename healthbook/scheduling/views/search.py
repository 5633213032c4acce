"""Who is free soonest, over all doctors."""

from flask import Response, abort, request
from flask_login import current_user

from healthbook import clock
from healthbook.access import public
from healthbook.doctors import queries as doctors
from healthbook.hypermedia import show, wants_part
from healthbook.scheduling import cards
from healthbook.scheduling.forms.search import SearchForm, written
from healthbook.scheduling.queries import newcomers
from healthbook.scheduling.queries import search as queries
from healthbook.scheduling.queries.candidates import Criteria
from healthbook.scheduling.views.blueprint import bp


@bp.get("/search")
@public(why="patients choose before they sign in")
def search() -> Response:
    """A page that says what it shows wants to know what became of it; it keeps its order."""
    form, refreshes = SearchForm(request.args), "shown" in request.args and wants_part()
    if not refreshes:
        form.offer(doctors.choices())
    right = form.validate()
    if form.after.errors or form.shown.errors:
        abort(404)
    now, criteria, tag = clock.now(), known(form.criteria), None
    if refreshes:
        found = queries.again(criteria, now, cards.read(form.shown.data), form.place)
        tag = [card.drawn for card in found.cards], found.sooner
    else:
        found = queries.results(criteria, now, form.place)
    page, part, status = "scheduling/search.html", "scheduling/_results.html", 200 if right else 422
    context = {"results": found, "shown": cards.write(found.cards), "then": found.then and written(found.then)}
    return show(page, part, status, tag, form=form, asked=form.asked, refreshes=refreshes, **context)


def known(criteria: Criteria) -> Criteria:
    """Who has signed in need not say whether they have been here before."""
    patient = current_user.patient if current_user.is_authenticated else None
    if patient is None or criteria.new:
        return criteria
    return criteria._replace(new=not newcomers.has_been(patient))
