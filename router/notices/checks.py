"""Every letter is rendered for every brand and language before anybody gets one.

What is looked for: a purpose without a file, a name that the purpose does not have (above all in letters to customers),
a part that the policy promises and the letter never says, a date that no clock of the policy gives, a text for what the
brand never sends, lines that are too long, words that the brand does not allow (A-03), a link to the EU's dispute
platform, which is closed (AT-X16). Faults name the template's file and line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError

from intake_daemon.errors import Fault
from intake_daemon.settings.saying import did_you_mean
from router.notices.letters import Notices, Source, names_in
from router.notices.purposes import CUSTOMER, LETTERS, PURPOSES, SHORT
from router.notices.samples import NoDate, PromiseError, samples
from router.policy import Policy

_LINE = 72
"""Characters; longer lines are hard to read, and folded by some mail programs (RFC 5322 2.1.1)."""
_SUBJECT = 78
"""Characters; a subject stands in one line."""
_CLOSED = re.compile(r"ec\.europa\.eu/(?:consumers/)?odr|webgate\.ec\.europa\.eu/odr", re.IGNORECASE)
_LEFT_OVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|\bNone\b|\bUndefined\b")
_CODES = frozenset({"topic", "binds"})
"""What a letter asks for and need not print."""
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
        for language in notices.languages().intersection(policy.offered):  # of others the policy's own check tells
            for purpose in CUSTOMER:
                if LETTERS[purpose].needed(policy):
                    faults += _letter(notices, purpose, policy, language, names[brand], jargon, folder)
    faults += _behind(notices, policies, names, folder)
    faults += _to_staff(notices, policies, names, staff, folder)
    for language in sorted({each for policy in policies.values() for each in policy.offered} - set(notices.pages())):
        faults.append(Fault(f"{folder}/notices/{language}/pages.yaml", 1, "this file is missing.", "Write the form's."))
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.file, fault.line))


def _behind(
    notices: Notices, policies: Mapping[str, Policy], names: Mapping[str, str], folder: Path
) -> Iterator[Fault]:
    """The common wording that brands' own stands before: whoever takes theirs away sends it."""
    common = Notices({key: source for key, source in notices.sources.items() if not key[2]}, notices.tongues)
    for language, purpose, brand in notices.sources:
        policy = policies.get(brand)
        if policy is None or purpose not in CUSTOMER or (language, purpose, "") not in common.sources:
            continue
        if language in policy.offered and LETTERS[purpose].needed(policy):
            yield from _letter(common, purpose, policy, language, names[brand], (), folder)


def _to_staff(
    notices: Notices, policies: Mapping[str, Policy], names: Mapping[str, str], staff: Collection[str], folder: Path
) -> Iterator[Fault]:
    """Letters to staff say the same for every brand, so each text is tried once, with the longest name."""
    tried: set[tuple[str, str, str]] = set()
    for brand, policy in sorted(policies.items(), key=lambda each: (-len(names[each[0]]), each[0])):
        for language in sorted(staff):
            for purpose in PURPOSES.keys() - CUSTOMER.keys():
                found = notices.which(purpose, brand, language)
                key = found if found and found[0] == language else (language, purpose, "")
                if key not in tried:
                    tried.add(key)
                    yield from _letter(notices, purpose, policy, language, names[brand], (), folder)


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
        used = names_in(source.text)
    except TemplateSyntaxError as error:
        yield _fault(
            source,
            error.lineno,
            f"this is no template: {str(error.message).split('. ')[0].rstrip('.')}.",
            "See config/notices/README.md.",
        )
        return
    allowed = PURPOSES[purpose] | {"plural", "wrapped"}
    for name in sorted(used - allowed):
        yield _fault(source, _line_with(source, name), f"a letter {purpose!r} has no {name!r}.", _known(name, allowed))
    if brand in policies:
        yield from _own(source, purpose, policies[brand], used)


def _own(source: Source, purpose: str, policy: Policy, used: Collection[str]) -> Iterator[Fault]:
    """A brand's own text says nothing that its policy has not."""
    letter = LETTERS[purpose]
    if not letter.needed(policy):
        yield _fault(source, 1, f"by its policy {policy.brand} never sends this letter.", "Take the file away.")
        return
    for name, dated in letter.dates.items():
        if name in used and not dated(policy):
            yield _fault(source, _line_with(source, name), _no_clock(policy, name), "Take it out.")


def _letter(
    notices: Notices, purpose: str, policy: Policy, language: str, name: str, jargon: Collection[str], folder: Path
) -> Iterator[Fault]:
    key = notices.which(purpose, policy.brand, language)
    if (key is None or key[0] != language) and purpose.endswith(SHORT):
        return
    if key is None or key[0] != language:
        missing = folder / "notices" / language / f"{purpose}.txt"
        yield Fault(str(missing), 1, f"{policy.brand} needs this letter and it is missing.", "Write it.")
        return
    source = notices.sources[key]
    tried: list[dict[str, Any]] = list(samples(notices, purpose, policy, language, name))
    said: list[str] = []
    for values in tried:
        try:
            subject, text = notices.render(purpose, policy.brand, language, values)
        except PromiseError as promise:
            remedy = f"Print it only where there is one: {{% if {promise} %}} … {{% endif %}}."
            yield _fault(source, _line_with(source, str(promise)), _no_clock(policy, str(promise)), remedy)
            return
        except (TemplateError, TypeError, ValueError, KeyError) as error:
            line = getattr(error, "lineno", None) or 1
            problem = f"this letter cannot be rendered for {policy.brand}: {type(error).__name__}: {error}."
            yield _fault(source, line, problem, "See config/notices/README.md.")
            return
        said.append(f"{subject} {text}")
        yield from _rendered(source, subject, text, policy.brand)
        spoken = _spoken(f"{subject} {text}")
        for word in sorted(word for word in jargon if word in spoken):
            yield _fault(
                source,
                _line_of(source, word.split()[0]),
                f"{policy.brand} does not say {word.strip()!r}.",
                "Say it plainly.",
            )
    yield from _left_out(source, purpose, policy, tried, said)
    if "says" in PURPOSES[purpose]:
        yield from _promised(notices, source, purpose, policy, language, tried[0])


def _rendered(source: Source, subject: str, text: str, brand: str) -> Iterator[Fault]:
    if not subject:
        yield _fault(source, 1, "the subject is empty.", "Write Subject: …")
    for number, line in enumerate((subject, *text.splitlines())):
        most = _LINE if number else _SUBJECT
        if len(line) > most and len(line.split()) > 1:
            shown = f"{line[:30]}…"
            problem = f"a line has {len(line)} characters for {brand}: {shown!r}."
            yield _fault(source, _line_of(source, line[:20]), problem, f"Break it before {most}.")
        if _LEFT_OVER.search(line):
            yield _fault(source, _line_of(source, line), f"something was left unfilled: {line!r}.", "Check the braces.")
        if _CLOSED.search(line):
            yield _fault(source, _line_of(source, line), "the EU's dispute platform is closed.", "Take the link out.")


def _left_out(
    source: Source, purpose: str, policy: Policy, tried: list[dict[str, Any]], said: list[str]
) -> Iterator[Fault]:
    """What the letter is for stands in it, in one try at least. `said`: what each try gave."""
    everything = _flowing(" ".join(said))
    full = tried[0]
    for name in sorted(LETTERS[purpose].must(policy)):
        if not isinstance(full[name], NoDate) and not all(_flowing(each) in everything for each in _parts(full[name])):
            yield _fault(source, 1, f"this letter never says {name!r} for {policy.brand}.", f"Write {{{{ {name} }}}}.")


def _parts(value: object) -> Iterator[str]:
    """Every text of a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if key not in _CODES:
                yield from _parts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _parts(each)


def _promised(
    notices: Notices, source: Source, purpose: str, policy: Policy, language: str, full: Mapping[str, Any]
) -> Iterator[Fault]:
    """Each part that the policy promises makes a difference to the letter."""
    values = {**full, "topic": "…", "missing": ["…"], "optional": ["…"]}
    silent = notices.render(purpose, policy.brand, language, {**values, "says": frozenset()})
    for part in policy.acknowledge.contains:
        said = notices.render(purpose, policy.brand, language, {**values, "says": frozenset({part})})
        if said != silent or (part == "reference" and values["reference"] in said[1]):
            continue
        if isinstance(values.get(part), NoDate):
            yield _fault(source, 1, _no_clock(policy, part), "Take it out of acknowledge.contains, or add the clock.")
            continue
        problem = f"the policy of {policy.brand} promises {part!r}, and this letter never says it."
        yield _fault(source, 1, problem, f'Write {{% if "{part}" in says %}} … {{% endif %}}.')


def _no_clock(policy: Policy, name: str) -> str:
    return f"the policy of {policy.brand} has no clock that gives {name!r}."


def _known(name: str, allowed: Collection[str]) -> str:
    return did_you_mean(name, sorted(allowed))


def _jargon(policy: Policy, folder: Path) -> tuple[frozenset[str], list[Fault]]:
    """Words and phrases that no letter of the brand may use, each between spaces."""
    if policy.languages.jargon_list is None:
        return frozenset(), []
    path = folder / "policies" / policy.languages.jargon_list
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset(), [Fault(str(path), 1, f"{policy.brand} names this list and it is missing.", "Write it.")]
    return frozenset(_spoken(line) for line in lines if line.strip() and not line.startswith("#")), []


def _spoken(text: str) -> str:
    """The words of a text in one line, between spaces, so that a phrase is found whole."""
    return f" {' '.join(_SEEN.findall(text.casefold()))} "


def _flowing(text: str) -> str:
    return " ".join(text.split())


def _line_with(source: Source, name: str) -> int:
    lines = enumerate(source.text.splitlines(), 1)
    return next((number for number, text in lines if re.search(rf"\b{re.escape(name)}\b", text)), 1)


def _line_of(source: Source, part: str) -> int:
    plain = part.strip().casefold()
    return next((number for number, line in enumerate(source.text.splitlines(), 1) if plain in line.casefold()), 1)


def _fault(source: Source, line: int, problem: str, remedy: str) -> Fault:
    return Fault(str(source.path), line, problem, remedy)
