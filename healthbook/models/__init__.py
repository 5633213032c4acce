"""The ERD. Importing this package makes every table and relationship known."""

from healthbook.models.accounts import Role, User, UserSession, UserType
from healthbook.models.appointments import Appointment, AppointmentHistory
from healthbook.models.clinic import Clinic
from healthbook.models.doctors import Doctor, DoctorReview, DoctorStatus, Specialization
from healthbook.models.messages import Channel, Message, MessageKind
from healthbook.models.patients import BloodGroup, Gender, Patient
from healthbook.models.records import Attachment, MedicalRecord, Prescription, RecordType
from healthbook.models.scheduling import (
    AppointmentType,
    AvailabilityOverride,
    DoctorAvailability,
    TimeOff,
    VisitType,
    Weekday,
)
from healthbook.models.statuses import BOOKED, EDGES, TAKES_UP_TIME, ChangeReason, Status, steps_from

__all__ = [
    "BOOKED",
    "EDGES",
    "TAKES_UP_TIME",
    "Appointment",
    "AppointmentHistory",
    "AppointmentType",
    "Attachment",
    "AvailabilityOverride",
    "BloodGroup",
    "ChangeReason",
    "Channel",
    "Clinic",
    "Doctor",
    "DoctorAvailability",
    "DoctorReview",
    "DoctorStatus",
    "Gender",
    "MedicalRecord",
    "Message",
    "MessageKind",
    "Patient",
    "Prescription",
    "RecordType",
    "Role",
    "Specialization",
    "Status",
    "TimeOff",
    "User",
    "UserSession",
    "UserType",
    "VisitType",
    "Weekday",
    "steps_from",
]
