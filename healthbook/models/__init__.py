"""The ERD. Importing this package makes every table and relationship known."""

from healthbook.models.accounts import Claim, Picture, Role, User, UserSession, UserType
from healthbook.models.appointments import Appointment
from healthbook.models.audit import AccessDigest, AccessLog, Act, EmergencyAccess, Place, SealCheck, Why
from healthbook.models.clinic import Clinic
from healthbook.models.doctors import Doctor, DoctorReview, DoctorStatus, Specialization
from healthbook.models.history import AppointmentHistory
from healthbook.models.messages import Channel, Message, MessageKind
from healthbook.models.offers import Offer
from healthbook.models.patients import BloodGroup, Gender, Guardian, GuardianInvitation, Patient, WrongCode
from healthbook.models.records import Attachment, MedicalRecord, Prescription, RecordType
from healthbook.models.scheduling import (
    AppointmentType,
    AvailabilityOverride,
    DoctorAvailability,
    TimeOff,
    VisitType,
    Weekday,
)
from healthbook.models.statuses import BOOKED, EDGES, TAKES_UP_TIME, Answer, ChangeReason, OfferWhy, Status, steps_from

__all__ = [
    "BOOKED",
    "EDGES",
    "TAKES_UP_TIME",
    "AccessDigest",
    "AccessLog",
    "Act",
    "Answer",
    "Appointment",
    "AppointmentHistory",
    "AppointmentType",
    "Attachment",
    "AvailabilityOverride",
    "BloodGroup",
    "ChangeReason",
    "Channel",
    "Claim",
    "Clinic",
    "Doctor",
    "DoctorAvailability",
    "DoctorReview",
    "DoctorStatus",
    "EmergencyAccess",
    "Gender",
    "Guardian",
    "GuardianInvitation",
    "MedicalRecord",
    "Message",
    "MessageKind",
    "Offer",
    "OfferWhy",
    "Patient",
    "Picture",
    "Place",
    "Prescription",
    "RecordType",
    "Role",
    "SealCheck",
    "Specialization",
    "Status",
    "TimeOff",
    "User",
    "UserSession",
    "UserType",
    "VisitType",
    "Weekday",
    "Why",
    "WrongCode",
    "steps_from",
]
