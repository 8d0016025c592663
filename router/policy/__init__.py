"""The company's complaints policy as types, checked when it is loaded, kept by content hash.

    clock     the grammar of a promise: from one event until another, within a time
    common    what all brands share: calendars, outside bodies, defaults, law
    model     one brand's policy
    loading   config/policies/ read whole, each policy with the hash of its text
    checks    what must hold between a policy and the rest of the configuration

A policy is data: nothing in here acts on it. What it says of a contact is decide.py's to find out.
"""

from router.policy.checks import check_policies
from router.policy.clock import Clock, Role, Span
from router.policy.common import Body, Calendar, Overlay
from router.policy.loading import Policies, load_policies, parse, text
from router.policy.model import Policy, Stage

__all__ = [
    "Body",
    "Calendar",
    "Clock",
    "Overlay",
    "Policies",
    "Policy",
    "Role",
    "Span",
    "Stage",
    "check_policies",
    "load_policies",
    "parse",
    "text",
]
