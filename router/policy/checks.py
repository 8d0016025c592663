"""What must hold between a policy and the rest of the configuration, so that no promise lacks somebody to keep it.

Pure. Faults stop the start; warnings are told and counted. C-L4: an accepted channel has an address. L-04 W-10:
required roles are filled. C-X1: how long a case is kept is somebody's decision. L-18 W-29: a policy whose
review is overdue, or whose last stage names nobody to turn to, is warned of.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import NamedTuple

from intake_daemon.errors import Fault
from intake_daemon.settings import Brand, Document, Settings
from intake_daemon.settings.saying import did_you_mean
from router.policy.loading import Policies
from router.policy.model import Policy

_DOORS: Mapping[str, frozenset[str]] = {
    "web_form": frozenset({"web_form"}),
    "chat": frozenset({"web_chat"}),
    "social": frozenset({"meta", "telegram"}),
    "sms": frozenset({"twilio_text"}),
    "phone": frozenset({"calls", "twilio_voice"}),
}
"""Kinds of connector that are an address by themselves."""
_WITHOUT_ADDRESS = frozenset({"staff", "livro", "other"})


class Findings(NamedTuple):
    """What was found: faults stop the start, warnings do not."""

    faults: list[Fault]
    warnings: list[Fault]


def check_policies(
    policies: Policies,
    settings: Settings,
    *,
    filled: Mapping[str, Collection[str]],
    topics: Mapping[str, Collection[str]],
    today: date,
) -> Findings:
    """Check every policy. `filled`: roles that somebody has, per brand; `topics`: those that each language can name.

    A language is one in which letters are written when it is a key of `topics`.
    """
    before = {name: len(document.faults) for name, document in policies.documents.items()}
    warnings: list[Fault] = []
    for name, policy in policies.brands.items():
        document = policies.documents[name]
        _addresses(document, policy, settings.brands[name], settings)
        _roles(document, policy, filled.get(name, ()))
        _languages(document, policy, topics)
        if policy.review_by < today:
            line = document.line(("review_by",))
            problem = f"the policy of {name} was to be reviewed by {policy.review_by}."
            warnings.append(Fault(document.file, line, problem, "Review it, then set the next date."))
        if any("external" in stage.then for stage in policy.stages) and not policy.external:
            problem = f"the last answer of {name} may lead to an outside body, and none is named."
            remedy = "Name one under external, with a body of common.yaml."
            warnings.append(Fault(document.file, document.line(("stages",)), problem, remedy))
    if not settings.demo:
        _retention(policies)
    found = [fault for name, document in policies.documents.items() for fault in document.faults[before[name] :]]
    return Findings(found, warnings)


def _addresses(document: Document, policy: Policy, brand: Brand, settings: Settings) -> None:
    kinds = {connector.kind for connector in settings.connectors.values()}
    for channel, rule in policy.channels.items():
        if not rule.accept or channel in _WITHOUT_ADDRESS:
            continue
        given = getattr(brand.addresses, channel)
        where = f"brands.{policy.brand}.addresses.{channel} in intake.yaml"
        if channel == "email" and rule.address and rule.address.lower() not in given:
            problem = f"the policy prints {rule.address!r}, which is not in {where}."
            document.fault(("channels", channel), problem, "Add it there, or correct it here.")
            continue
        printed = channel != "email" and bool(rule.address or rule.number)
        if not given and not printed and not kinds & _DOORS.get(channel, frozenset()):
            problem = f"the policy accepts {channel!r}, but no address is configured for it."
            document.fault(("channels", channel), problem, f"Write {where}.")


def _roles(document: Document, policy: Policy, filled: Collection[str]) -> None:
    for role, by in policy.roles.items():
        wanted = role if by == "required" else by
        if wanted not in filled:
            problem = f"nobody of {policy.brand} has the role {wanted!r}."
            document.fault(("roles", role), problem, f"Give it to somebody in handlers.yaml: roles: [{wanted}].")


def _languages(document: Document, policy: Policy, topics: Mapping[str, Collection[str]]) -> None:
    for number, language in enumerate(policy.languages.offered):
        if language not in topics:
            remedy = f"Write config/notices/{language}/, or take it out."
            document.fault(("languages", "offered", number), f"there are no letters in {language!r}.", remedy)
            continue
        for place, topic in enumerate(policy.topics):
            if topic not in topics[language]:
                guess = did_you_mean(topic, sorted(topics[language]))
                problem = f"notices/{language}/words.yaml has no word for the topic {topic!r}."
                document.fault(("topics", place), problem, guess if guess.startswith("Did") else "Add it there.")


def _retention(policies: Policies) -> None:
    for name, policy in policies.brands.items():
        if policy.privacy.retain_years is not None:
            continue
        own = policies.documents[name]
        common = policies.documents[""]
        problem = "'retain_years' is unset."
        remedy = "Write for how many years a closed case is kept; no policy says it, the company must."
        if own.has(("privacy", "retain_years")):
            own.fault(("privacy", "retain_years"), problem, remedy)
        elif not any(fault.problem == problem for fault in common.faults):
            common.fault(("defaults", "privacy", "retain_years"), problem, remedy)
