"""Every letter is rendered for every brand and language before anybody gets one.

What is looked for: a purpose without a file, a name that the purpose does not have (above all in letters to customers),
a part that the policy promises and the letter never says, lines that are too long, words that the brand does not allow
(A-03), a link to the EU's dispute platform, which is closed (AT-X16). Faults name the template's file and line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, meta

from intake_daemon.errors import Fault
from intake_daemon.settings.saying import did_you_mean
from router.notices.letters import CUSTOMER, ENVIRONMENT, PURPOSES, Notices, Source
from router.policy import Policy

_LINE = 78
"""Characters; longer ones are folded by some mail programs (RFC 5322 2.1.1)."""
_CLOSED = re.compile(r"ec\.europa\.eu/(?:consumers/)?odr|webgate\.ec\.europa\.eu/odr", re.IGNORECASE)
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|\bNone\b|\bUndefined\b")
_NOT_YET = frozenset({"due_date"})
"""Parts whose words come with the clocks."""
_COUNTS = (0, 1, 2, 5, 21)
_SEEN = re.compile(r"\w+")


def check_notices(
    notices: Notices, policies: Mapping[str, Policy], *, names: Mapping[str, str], staff: Collection[str], folder: Path
) -> list[Fault]:
    """Every fault of every letter. `names`: brands as customers know them; `staff`: languages of handlers.

    `folder`: the configuration's, for lists of words that a brand does not allow.
    """
    faults = [fault for key in notices.sources for fault in _file(notices, key, policies)]
    if faults:
        return sorted(faults, key=lambda fault: (fault.file, fault.line))
    for brand, policy in policies.items():
        jargon, missing = _jargon(policy, folder)
        faults += missing
        for language in policy.offered:
            for purpose in CUSTOMER:
                faults += _letter(notices, purpose, policy, language, names[brand], jargon, folder)
        for language in sorted(staff):
            for purpose in PURPOSES.keys() - CUSTOMER.keys():
                faults += _letter(notices, purpose, policy, language, names[brand], frozenset(), folder)
    for language in sorted({each for policy in policies.values() for each in policy.offered} - set(notices.pages())):
        faults.append(Fault(f"{folder}/notices/{language}/pages.yaml", 1, "this file is missing.", "Write the form's."))
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line))


def _file(notices: Notices, key: tuple[str, str, str], policies: Mapping[str, Policy]) -> Iterator[Fault]:
    _language, purpose, brand = key
    source = notices.sources[key]
    if purpose not in PURPOSES:
        yield _fault(source, 1, f"there is no letter {purpose!r}.", did_you_mean(purpose, tuple(PURPOSES)))
        return
    if brand and brand not in policies:
        yield _fault(source, 1, f"there is no brand {brand!r}.", did_you_mean(brand, tuple(policies)))
    lines = source.text.splitlines()
    if not lines or not lines[0].startswith("Subject: ") or (len(lines) > 1 and lines[1].strip()):
        yield _fault(source, 1, "a letter begins with its subject.", "Write Subject: …, then an empty line.")
    try:
        used = meta.find_undeclared_variables(ENVIRONMENT.parse(source.text))
    except TemplateSyntaxError as error:
        yield _fault(
            source,
            error.lineno,
            f"this is no template: {str(error.message).split('. ')[0].rstrip('.')}.",
            "See config/notices/README.md.",
        )
        return
    allowed = PURPOSES[purpose] | {"plural"}
    for name in sorted(used - allowed):
        line = next((number for number, text in enumerate(lines, 1) if re.search(rf"\b{name}\b", text)), 1)
        yield _fault(source, line, f"a letter {purpose!r} has no {name!r}.", did_you_mean(name, sorted(allowed)))


def _letter(
    notices: Notices, purpose: str, policy: Policy, language: str, name: str, jargon: frozenset[str], folder: Path
) -> Iterator[Fault]:
    key = notices.which(purpose, policy.brand, language)
    if key is None or key[0] != language:
        missing = folder / "notices" / language / f"{purpose}.txt"
        yield Fault(str(missing), 1, f"{policy.brand} needs this letter and it is missing.", "Write it.")
        return
    source = notices.sources[key]
    for values in _samples(notices, policy, language, name):
        try:
            subject, text = notices.render(purpose, policy.brand, language, values)
        except (TemplateError, TypeError, ValueError, KeyError) as error:
            line = getattr(error, "lineno", None) or 1
            problem = f"this letter cannot be rendered for {policy.brand}: {type(error).__name__}: {error}."
            yield _fault(source, line, problem, "See config/notices/README.md.")
            return
        yield from _rendered(source, subject, text, policy.brand)
        words = {word.casefold() for word in _SEEN.findall(f"{subject} {text}")} & jargon
        for word in sorted(words):
            yield _fault(source, _line_of(source, word), f"{policy.brand} does not say {word!r}.", "Say it plainly.")
    if purpose in CUSTOMER:
        yield from _promised(notices, source, purpose, policy, language, name)


def _rendered(source: Source, subject: str, text: str, brand: str) -> Iterator[Fault]:
    if not subject:
        yield _fault(source, 1, "the subject is empty.", "Write Subject: …")
    for line in (subject, *text.splitlines()):
        if len(line) > _LINE:
            shown = f"{line[:30]}…"
            problem = f"a line has {len(line)} characters for {brand}: {shown!r}."
            yield _fault(source, _line_of(source, line[:20]), problem, f"Break it before {_LINE}.")
        if _LEFT_OVER.search(line):
            yield _fault(source, _line_of(source, line), f"something was left unfilled: {line!r}.", "Check the braces.")
        if _CLOSED.search(line):
            yield _fault(source, _line_of(source, line), "the EU's dispute platform is closed.", "Take the link out.")


def _promised(
    notices: Notices, source: Source, purpose: str, policy: Policy, language: str, name: str
) -> Iterator[Fault]:
    """Each part that the policy promises makes a difference to the letter."""
    values = {**next(_samples(notices, policy, language, name)), "topic": "…", "missing": ["…"], "optional": ["…"]}
    silent = notices.render(purpose, policy.brand, language, {**values, "says": frozenset()})
    for part in policy.acknowledge.contains:
        if part in _NOT_YET:
            continue
        said = notices.render(purpose, policy.brand, language, {**values, "says": frozenset({part})})
        if said == silent and not (part == "reference" and values["reference"] in said[1]):
            problem = f"the policy of {policy.brand} promises {part!r}, and this letter never says it."
            yield _fault(source, 1, problem, f'Write {{% if "{part}" in says %}} … {{% endif %}}.')


def _samples(notices: Notices, policy: Policy, language: str, name: str) -> Iterator[dict[str, Any]]:
    """Values with the longest words, with each plural form, with everything and with nothing."""
    say = notices.say(language)
    must = [say("fields", _field(asked.field, asked.parts)) for asked in policy.ask if asked.must]
    optional = [say("fields", asked.field) for asked in policy.ask if not asked.must]
    everything = {
        "reference": "WLZM-4T7K-Q9MX-2RH0",
        "brand": name,
        "received_at": "30 września 2026, 23:59 (Londyn)",
        "channel": max((say("channels", channel) for channel in policy.channels), key=len),
        "topic": max((say("topics", topic) for topic in policy.topics), key=len),
        "files": 1,
        "says": frozenset(policy.acknowledge.contains),
        "missing": must,
        "optional": optional,
        "bodies": [],
        "language": max(notices.words()[language]["languages"].values(), key=len),
        "team": "Kontakt online orders and delivery",
        "reason": max(notices.words()[language]["reasons"].values(), key=len, default=""),
        "words": "…",
        "sender": "… <…>",
    }
    yield everything
    for files in _COUNTS:
        yield {**everything, "files": files}
    nothing: dict[str, Any] = {"topic": "", "missing": [], "optional": [], "words": None, "sender": None, "reason": ""}
    yield {**everything, **nothing, "files": 0, "says": frozenset()}


def _field(field: str, parts: tuple[str, ...]) -> str:
    return f"{field}.parts" if parts else field


def _jargon(policy: Policy, folder: Path) -> tuple[frozenset[str], list[Fault]]:
    if policy.languages.jargon_list is None:
        return frozenset(), []
    path = folder / "policies" / policy.languages.jargon_list
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset(), [Fault(str(path), 1, f"{policy.brand} names this list and it is missing.", "Write it.")]
    return frozenset(line.strip().casefold() for line in lines if line.strip() and not line.startswith("#")), []


def _line_of(source: Source, part: str) -> int:
    plain = part.strip().casefold()
    return next((number for number, line in enumerate(source.text.splitlines(), 1) if plain in line.casefold()), 1)


def _fault(source: Source, line: int, problem: str, remedy: str) -> Fault:
    return Fault(str(source.path), line, problem, remedy)
