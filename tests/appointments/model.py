"""The clinic in sixty lines: what holding, booking, moving and cancelling should come to, to compare the real one with.

Times are minutes from the beginning of a day; every visit is 30 minutes. Nothing here knows how the real one does it.
"""

from dataclasses import dataclass, field

LENGTH, STEP, HOLD, FIRST, LAST, DEADLINE, MOST = 30, 10, 5, 9 * 60, 17 * 60, 60, 3
DONE, TAKEN, REFUSED, GONE = "done", "taken", "refused", "gone"


@dataclass(eq=False)
class Visit:
    patient: int
    doctor: int
    start: int
    until: int | None = None
    status: str = "held"

    def meets(self, start):
        return abs(self.start - start) < LENGTH


@dataclass
class Clinic:
    now: int = 0
    visits: list[Visit] = field(default_factory=list)

    def standing(self, **given):
        """Booked visits and holds that last."""
        lasting = [v for v in self.visits if v.status == "scheduled" or (v.status == "held" and v.until > self.now)]
        return [v for v in lasting if all(getattr(v, name) == value for name, value in given.items())]

    def free(self, doctor, start, *ignored):
        within = max(FIRST, self.now) <= start <= LAST - LENGTH and start % STEP == 0
        others = (v for v in self.standing(doctor=doctor) if v not in ignored)
        return within and not any(v.meets(start) for v in others)

    def busy(self, patient, start, *ignored):
        booked = (v for v in self.standing(patient=patient, status="scheduled") if v not in ignored)
        return any(v.meets(start) for v in booked)

    def lost(self, patient, doctor, start):
        """To somebody else, which people are told before anything else."""
        return any(v.meets(start) for v in self.standing(doctor=doctor) if v.patient != patient)

    def enough(self, patient):
        return sum(v.start > self.now for v in self.standing(patient=patient, status="scheduled")) >= MOST

    def drop(self, *holds):
        self.visits = [v for v in self.visits if v not in holds]

    def hold(self, patient, doctor, start):
        own = self.standing(patient=patient, status="held")
        if any((v.doctor, v.start) == (doctor, start) for v in own):
            return DONE
        if self.lost(patient, doctor, start):
            return TAKEN
        if self.busy(patient, start):
            return REFUSED
        if not self.free(doctor, start, *own):
            return TAKEN
        if self.enough(patient):
            return REFUSED
        self.drop(*(v for v in self.visits if v.status == "held" and (v.patient == patient or self.ran_out(v, doctor))))
        self.visits.append(Visit(patient, doctor, start, self.now + HOLD))
        return DONE

    def ran_out(self, visit, doctor):
        return visit.doctor == doctor and visit.until <= self.now

    def book(self, visit):
        if visit not in self.visits:
            return GONE
        if visit.status != "held":
            return DONE
        if visit.until <= self.now and self.lost(visit.patient, visit.doctor, visit.start):
            return TAKEN
        if self.enough(visit.patient) or self.busy(visit.patient, visit.start):
            return REFUSED
        if visit.until <= self.now and not self.free(visit.doctor, visit.start):
            return TAKEN
        visit.status, visit.until = "scheduled", None
        return DONE

    def move(self, visit, doctor, start):
        own = self.standing(patient=visit.patient, status="held")
        if (
            visit.status != "scheduled"
            or visit.start - DEADLINE < self.now
            or (doctor, start) == (visit.doctor, visit.start)
        ):
            return REFUSED
        if self.lost(visit.patient, doctor, start):
            return TAKEN
        if self.busy(visit.patient, start, visit):
            return REFUSED
        if not self.free(doctor, start, visit, *own):
            return TAKEN
        self.drop(*own, *(v for v in self.visits if v.status == "held" and self.ran_out(v, doctor)))
        visit.status = "rescheduled"
        self.visits.append(Visit(visit.patient, doctor, start, status="scheduled"))
        return DONE

    def cancel(self, visit):
        if visit.status != "scheduled" or visit.start <= self.now:
            return REFUSED
        visit.status = "cancelled"
        return DONE
