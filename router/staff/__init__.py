"""Who works here, and who of them gets a case.

model     config/handlers.yaml as types: teams, handlers with hours and absences, principals
loading   the file read and checked: one root, no circles, everybody reachable
choice    who gets a case; pure
named     whom a complaint names; pure
"""

from router.staff.choice import Choice, choose, named_in
from router.staff.loading import load_staff
from router.staff.model import Handler, Principal, Staff, Team
from router.staff.named import Named, staff_named

__all__ = [
    "Choice",
    "Handler",
    "Named",
    "Principal",
    "Staff",
    "Team",
    "choose",
    "load_staff",
    "named_in",
    "staff_named",
]
