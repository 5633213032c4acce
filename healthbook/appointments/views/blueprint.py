from flask import Blueprint

from healthbook import whom

bp = Blueprint("appointments", __name__)
bp.before_request(whom.insist)
