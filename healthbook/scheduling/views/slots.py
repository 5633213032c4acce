"""A doctor's free times, which everybody may see: by the week, or by the day among five weeks."""

from flask import Response, abort, request

from healthbook import clock, whom
from healthbook.access import public
from healthbook.doctors import queries as doctors
from healthbook.hypermedia import show
from healthbook.scheduling.forms.picker import PickerForm
from healthbook.scheduling.queries import newcomers, pickers, visit_types
from healthbook.scheduling.views.blueprint import bp


@bp.get("/doctors/<id:doctor_id>/slots")
@public(why="patients choose before they sign in")
def slots(doctor_id: int) -> Response:
    """The picker; a page that says what it shows only wants to know what is new."""
    family, doctor, form = whom.asked(), doctors.approved(doctor_id), PickerForm(request.args)
    if not form.validate():
        abort(404)
    if form.type.data:
        visit_types.named(doctor, form.type.data)
    patient, said = family.chosen and whom.patient(family.chosen), int(form.new.data) if form.new.data else None
    who = newcomers.asker(patient, doctor, said, other=family.other is not None)
    wanted = pickers.Wanted(form.week.data, form.since.data, form.day.data)
    picker = pickers.picker(
        doctor, form.type.data, clock.now(), shown=request.args.get("shown"), who=who, wanted=wanted
    )
    refreshes = "shown" in request.args
    part = "scheduling/_slots.html" if refreshes else "scheduling/_picker.html"
    tag = picker.stands_for if refreshes else None
    return show("scheduling/slots.html", part, tag=tag, picker=picker, refusal=None, whom=family, refreshes=refreshes)
