"""Of what can be booked, what somebody gets who asks for it."""

from factories import NOW

from healthbook.models import VisitType
from healthbook.scheduling.offers import Note, offer, successor


def kind(name, appointment_type="consultation", position=0, **given):
    return VisitType(name=name, appointment_type=appointment_type, position=position, **given)


NEW, FOLLOW_UP, CHECK = (
    kind("New problem"),
    kind("Follow-up", "follow_up", 1),
    kind("Check-up", "routine_checkup", 2),
)
ALL = [NEW, FOLLOW_UP, CHECK]


def test_what_is_wanted_is_chosen_and_else_the_first():
    assert offer(ALL, ALL, CHECK).kind is CHECK
    assert offer(ALL, ALL, None).kind is NEW
    assert offer(ALL, ALL, None).note is None


def test_what_is_for_others_only_is_named_and_the_first_is_chosen():
    got = offer([NEW, CHECK], ALL, FOLLOW_UP)
    assert (got.kind, got.note, got.wanted, got.more) == (NEW, Note.KNOWN_ONLY, "Follow-up", True)


def test_where_nothing_is_for_new_patients_that_is_said_and_where_nothing_is_at_all_nothing():
    assert offer([], ALL, None) == ([], None, True, Note.NOT_NEW, "")
    assert offer([], [], None) == ([], None, False, None, "")


def test_instead_of_what_was_retired_comes_what_is_most_like_it():
    retired = kind("Follow-up", "consultation", 0, retired_at=NOW)
    assert successor(ALL, retired) is FOLLOW_UP
    assert successor(ALL, kind("Review", "routine_checkup", 0)) is CHECK
    twins = [kind("One", position=1), kind("Two", position=2)]
    assert successor(twins, kind("Three", position=2)) is twins[1]
    got = offer(ALL, ALL, retired)
    assert (got.kind, got.note, got.wanted) == (FOLLOW_UP, Note.CHANGED, "Follow-up")
