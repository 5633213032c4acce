"""Who is free soonest, over all doctors."""

from flask import Response, abort, request

from healthbook import clock, whom
from healthbook.access import public
from healthbook.doctors import queries as doctors
from healthbook.hypermedia import show, wants_part
from healthbook.scheduling import cards
from healthbook.scheduling.forms.search import SearchForm, written
from healthbook.scheduling.queries import newcomers
from healthbook.scheduling.queries import search as queries
from healthbook.scheduling.queries.candidates import Criteria
from healthbook.scheduling.views.blueprint import bp
from healthbook.whom import Whom


@bp.get("/search")
@public(why="patients choose before they sign in")
def search() -> Response:
    """A page that says what it shows wants to know what became of it; it keeps its order."""
    family = whom.asked()
    form, refreshes = SearchForm(request.args), "shown" in request.args and wants_part()
    if not refreshes:
        form.offer(doctors.choices())
    right = form.validate()
    if form.after.errors or form.shown.errors:
        abort(404)
    now, criteria = clock.now(), known(form.criteria, family)
    if refreshes:
        found = queries.again(criteria, now, cards.read(form.shown.data), form.place)
    else:
        found = queries.results(criteria, now, form.place)
    nobody = bool(criteria.words and not found.cards and not form.place) and not doctors.is_anybody(criteria.words)
    tag = ([card.drawn for card in found.cards], found.sooner, nobody) if refreshes else None
    page, part, status = "scheduling/search.html", "scheduling/_results.html", 200 if right else 422
    context = {"results": found, "shown": cards.write(found.cards), "then": found.then and written(found.then)}
    context |= {"form": form, "asked": form.asked, "refreshes": refreshes, "whom": family, "nobody": nobody}
    return show(page, part, status, tag, **context)


def known(criteria: Criteria, family: Whom) -> Criteria:
    """Of a patient we know, nobody need say whether they have been here before."""
    if family.chosen is None or criteria.new:
        return criteria
    return criteria._replace(new=not newcomers.has_been(whom.patient(family.chosen)))
