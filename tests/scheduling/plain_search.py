"""Who is free soonest, found by looking at every doctor's every free time: slow, plain, and right."""

from datetime import UTC, date

from healthbook.db import db
from healthbook.doctors.queries import public
from healthbook.models import Doctor
from healthbook.scheduling.parts import part_of
from healthbook.scheduling.queries.free import free
from healthbook.scheduling.queries.visit_types import visit_types


def plain_search(criteria, now):
    """The first free time and the id of each doctor who has one, in order; of the criteria without words."""
    found = []
    for doctor in db.session.scalars(public().execution_options(populate_existing=True)):
        kinds = visit_types(doctor, new=criteria.new is not False) or visit_types(doctor, new=bool(criteria.new))
        if kinds and wanted(doctor, criteria):
            times = free(doctor, kinds[0], criteria.since or date.min, date.max, now)
            first = next((at for at in times if criteria.part in (None, part_of(at))), None)
            found += [(first.astimezone(UTC), doctor.id)] if first else []
    return sorted(found)


def wanted(doctor: Doctor, criteria) -> bool:
    return (
        criteria.specialization_id in (None, doctor.specialization_id)
        and (criteria.language is None or criteria.language in doctor.languages)
        and (doctor.video_visits or not criteria.video)
    )
