"""The demo's people: a fixed cast, and three hundred patients by chance that is always the same."""

import json
import unicodedata
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from healthbook.db import db
from healthbook.models import BloodGroup, Gender, Patient, User, UserType

FOLDER = Path(__file__).parent
NAMES = json.loads((FOLDER / "names.json").read_text(encoding="utf-8"))
CASES = json.loads((FOLDER / "cases.json").read_text(encoding="utf-8"))
PASSWORD = "demo-healthbook-2027"
PATIENTS = 300
ON_ONE_S_OWN = 16
CHILD = timedelta(days=2700)
NAMED = (Gender.FEMALE, Gender.MALE, Gender.FEMALE)


class Person(NamedTuple):
    email: str
    name: str
    user_type: UserType
    what: str
    born: date


CAST = {
    "ada": Person("ada@demo.example", "Ada Byrne", UserType.PATIENT, "patient", date(1988, 12, 10)),
    "ben": Person("ben@demo.example", "Ben Osei", UserType.PATIENT, "patient", date(1995, 3, 2)),
    "cole": Person("cole@demo.example", "Marian Cole", UserType.DOCTOR, "doctor", date(1978, 6, 21)),
    "dean": Person("dean@demo.example", "Yusuf Dean", UserType.DOCTOR, "doctor", date(1986, 1, 30)),
    "pat": Person("pat@demo.example", "Pat Novak", UserType.DOCTOR, "doctor, not yet approved", date(1991, 8, 14)),
    "dot": Person("dot@demo.example", "Dot Harper", UserType.DESK, "at the desk", date(1970, 4, 5)),
    "mo": Person("mo@demo.example", "Mo Rahman", UserType.ADMIN, "admin", date(1982, 11, 17)),
}


def user(person: Person, hashed: str, since: datetime) -> User:
    """An account that can be signed in to, made at `since`."""
    first, _, last = person.name.partition(" ")
    return User(
        username=person.email,
        email=person.email,
        password=hashed,
        first_name=first,
        last_name=last,
        user_type=person.user_type,
        is_staff=person.user_type in (UserType.DESK, UserType.ADMIN),
        date_of_birth=person.born,
        email_verified_at=since,
        claimed_at=since,
        created_at=since,
        updated_at=since,
    )


def staff(hashed: str, now: datetime) -> dict[str, User]:
    rows = {key: user(CAST[key], hashed, now - timedelta(days=900)) for key in ("dot", "mo")}
    db.session.add_all(rows.values())
    return rows


def patients(rng: Random, hashed: str, now: datetime) -> list[Patient]:
    """Ada, Ben and Ada's child first. Children have no e-mail of their own and cannot sign in."""
    rows = []
    for number in range(PATIENTS):
        gender = rng.choices(list(Gender), (49, 48, 3))[0]
        since = now - timedelta(days=rng.randint(70, 700), minutes=rng.randint(0, 600))
        person = (CAST["ada"], CAST["ben"])[number] if number < 2 else chance(rng, number, gender, now.date())
        if number == 2:
            person = person._replace(name="Maya Byrne", born=now.date() - CHILD)
        account = user(person, hashed, since)
        account.phone_number = f"07700 900{number:03}"
        known = profile(rng, NAMED[number] if number < len(NAMED) else gender)
        if number >= 2 and age(person.born, now.date()) < ON_ONE_S_OWN:
            account.username, account.email = f"patient-{number}", None
            account.password = account.claimed_at = account.email_verified_at = None
            # What stands in it is a grown-up's.
            known["medical_history"] = None
        rows.append(Patient(user=account, created_at=since, updated_at=since, **known))
    enter_at_desk(rows)
    db.session.add_all(rows)
    return rows


def enter_at_desk(rows: list[Patient]) -> None:
    """The last of the grown-ups rings up and was entered by the desk: they have no account of their own yet."""
    account = next(row.user for row in reversed(rows) if row.user.email)
    account.username, account.email = "entered-at-the-desk", None
    account.password = account.claimed_at = account.email_verified_at = None


def chance(rng: Random, number: int, gender: Gender, today: date) -> Person:
    name = f"{rng.choice(NAMES[gender])} {rng.choice(NAMES['last'])}"
    born = today - timedelta(days=rng.choices((max(800, rng.randint(60, 6500)), rng.randint(6600, 33000)), (1, 4))[0])
    return Person(f"{plain(name)}.{number}@demo.example", name, UserType.PATIENT, "patient", born)


def profile(rng: Random, gender: Gender) -> dict[str, str | None]:
    """What the clinic knows of a patient; most have not told everything."""
    contact = f"{rng.choice(NAMES['F'] + NAMES['M'])} {rng.choice(NAMES['last'])}"
    told = {
        "gender": gender,
        "blood_group": rng.choice(list(BloodGroup)),
        "address": f"{rng.randint(1, 90)} {rng.choice(NAMES['streets'])}, Bristol {rng.choice(NAMES['postcodes'])}",
        "emergency_contact_name": contact,
        "emergency_contact_phone": f"0117 496 0{rng.randint(200, 999)}",
        "allergies": rng.choice(CASES["allergies"]),
        "medical_history": rng.choice(CASES["medical_history"]),
        "current_medications": rng.choice(CASES["current_medications"]),
        "insurance_provider": rng.choice(NAMES["insurers"]),
        "insurance_policy_number": f"SM-{rng.randint(100000, 999999)}",
        "access_needs": rng.choice(NAMES["needs"]),
    }
    rare = {"insurance_provider": 0.2, "insurance_policy_number": 0.2, "access_needs": 0.08}
    return {name: value for name, value in told.items() if rng.random() < rare.get(name, 0.7)}


def age(born: date, today: date) -> int:
    return (today - born).days * 100 // 36525


def plain(name: str) -> str:
    """The name as it stands in an e-mail address."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ".".join(ascii_only.lower().split())
