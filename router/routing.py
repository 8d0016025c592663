"""Which kind of complaint goes to which team: CEL rules in config/routing.yaml, typed and tried when they are loaded.

Rules
-----
1. The first rule that fits decides. A topic that the brand's policy does not list is passed over.
2. A rule that cannot be compiled, or is no yes-or-no, or fails on ordinary facts is a fault of its line.
3. The examples are run at loading: a change of a rule that changes one of them does not start.
4. The root team takes whatever fits nowhere: no complaint is without somebody.

Pure after loading. CEL cannot loop for ever and touches nothing outside; its regular expressions run in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from cel_expr_python import cel
from pydantic import Field

from intake_daemon.settings import Document, Loc, Strict, open_document
from intake_daemon.settings.saying import did_you_mean
from router.words import Words

_LOOKED_AT = 20_000
_ERROR = re.compile(r"<input>:(\d+):(\d+): (.*?)\n((?: \| .*\n?)+)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")


@dataclass(frozen=True)
class Facts:
    """What a rule may use; `text` is subject and newly written words in lower case."""

    brand: str = ""
    channel: str = ""
    language: str = ""
    kind: str = ""
    text: str = ""
    words: tuple[str, ...] = ()
    """Topics whose stems were found, the most frequent first."""
    files: int = 0
    topic: str = ""
    danger: bool = False


def facts(
    words: Words, *, brand: str, channel: str, language: str, kind: str, text: str, files: int = 0, danger: bool = False
) -> Facts:
    """The facts of a contact. `text`: subject and newly written words, as they came."""
    found = words.topics(text, language)
    return Facts(brand, channel, language, kind, text[:_LOOKED_AT].lower(), found, files, "", danger)


class _Topic(Strict):
    name: str | None = None
    when: str
    topic: str


class _Team(Strict):
    name: str
    when: str
    team: str
    priority: Literal["high", "normal"] = "normal"


class _Given(Strict):
    brand: str
    channel: str = "email"
    language: str = ""
    kind: str = ""
    text: str = ""
    files: int = 0
    danger: bool = False


class _Example(Strict):
    given: _Given
    topic: str
    team: str


class _File(Strict):
    topics: tuple[_Topic, ...]
    """In order: when a complaint is about what."""
    teams: tuple[_Team, ...]
    """In order: which team gets it."""
    root: str
    """The team that gets the rest."""
    examples: tuple[_Example, ...] = Field(default=())
    """Complaints and where they must go."""


@dataclass(frozen=True)
class _Rule:
    name: str
    test: cel.Expression
    value: str
    priority: str = "normal"

    def fits(self, given: cel.Activation) -> bool:
        """Whether it fits; a rule that fails does not."""
        return self.test.eval(given).value() is True


@dataclass(frozen=True)
class Routing:
    """The rules, ready to be asked."""

    environment: cel.Env
    topics: tuple[_Rule, ...]
    teams: tuple[_Rule, ...]
    root: str
    listed: Mapping[str, Collection[str]]
    """Per brand the topics of its policy."""

    def topic(self, given: Facts) -> tuple[str, str]:
        """Topic and the name of the rule that found it; two empty words where none fits."""
        activation = self._activation(given)
        for rule in self.topics:
            if rule.value in self.listed.get(given.brand, ()) and rule.fits(activation):
                return rule.value, rule.name
        return "", ""

    def team(self, given: Facts) -> tuple[str, str]:
        """Team and the name of the rule that chose it; the root team and `root` where none fits."""
        activation = self._activation(given)
        for rule in self.teams:
            if rule.fits(activation):
                return rule.value, rule.name
        return self.root, "root"

    def priority(self, rule: str) -> str:
        """`high` or `normal`, as the team's rule of this name says."""
        return next((each.priority for each in self.teams if each.name == rule), "normal")

    def _activation(self, given: Facts) -> cel.Activation:
        return self.environment.Activation(_data(given))


def load_routing(
    folder: Path, words: Words, *, topics: Mapping[str, Collection[str]], teams: Collection[str]
) -> Routing:
    """`folder`/routing.yaml. Raises BadSettings with every fault.

    `topics`: per brand those that its policy lists. `teams`: ids of the teams in handlers.yaml.
    """
    document = open_document(folder / "routing.yaml")
    read = document.typed(_File)
    document.done()
    assert read is not None  # noqa: S101 -- without it there were faults
    environment = _environment()
    known = {topic for listed in topics.values() for topic in listed}
    about = []
    for number, said in enumerate(read.topics):
        at: Loc = ("topics", number)
        _one_of(document, (*at, "topic"), said.topic, known, "no policy lists the topic")
        if (test := _compiled(document, environment, (*at, "when"), said.when)) is not None:
            about.append(_Rule(said.name or f"topics/{number + 1}", test, said.topic))
    where = []
    for number, to in enumerate(read.teams):
        at = ("teams", number)
        _one_of(document, (*at, "team"), to.team, teams, "handlers.yaml has no team")
        if (test := _compiled(document, environment, (*at, "when"), to.when)) is not None:
            where.append(_Rule(to.name, test, to.team, to.priority))
    _one_of(document, ("root",), read.root, teams, "handlers.yaml has no team")
    routing = Routing(environment, tuple(about), tuple(where), read.root, topics)
    if not document.faults:
        _examples(document, routing, read, words)
    document.done()
    return routing


def _environment() -> cel.Env:
    types = {str: cel.Type.STRING, int: cel.Type.INT, bool: cel.Type.BOOL, tuple: cel.Type.List(cel.Type.STRING)}
    return cel.NewEnv(variables={name: types[type(value)] for name, value in asdict(Facts()).items()})


def _data(given: Facts) -> dict[str, Any]:
    return {**asdict(given), "words": list(given.words)}


def _one_of(document: Document, at: Loc, word: str, known: Collection[str], problem: str) -> None:
    if word not in known:
        document.fault(at, f"{problem} {word!r}.", did_you_mean(word, sorted(known)))


def _compiled(document: Document, environment: cel.Env, at: Loc, rule: str) -> cel.Expression | None:
    try:
        test = environment.compile(rule)
    except RuntimeError as error:
        for line, column, what, shown in _ERROR.findall(str(error)) or [(1, 1, str(error), "")]:
            caret = shown.replace(" [INVALID_ARGUMENT]", "").rstrip()
            undeclared = _UNDECLARED.match(what)
            remedy = did_you_mean(undeclared[1], tuple(asdict(Facts()))) if undeclared else ""
            problem = f"this rule is wrong at {line}:{column}: {what.removesuffix(_CONTAINER)}. {remedy}".rstrip()
            document.fault(at, f"{problem}\n{caret}")
        return None
    if test.return_type() != cel.Type.BOOL:
        document.fault(at, f"this rule gives {test.return_type()}, not yes or no.", "Compare it: size(words) > 0.")
        return None
    for tried in (Facts(), Facts("b", "email", "en", "smtp", "text", ("service",), 1, "service", danger=True)):
        value = test.eval(environment.Activation(_data(tried)))
        if value.type() != cel.Type.BOOL:
            remedy = "Ask for the size first: size(words) > 0 && words[0] == …"
            document.fault(at, f"this rule fails on ordinary facts: {value.value()}.", remedy)
            return None
    return test


_CONTAINER = " (in container '')"


def _examples(document: Document, routing: Routing, read: _File, words: Words) -> None:
    for number, example in enumerate(read.examples):
        at: Loc = ("examples", number)
        given = facts(words, **example.given.model_dump())
        topic, rule = routing.topic(given)
        if topic != example.topic:
            why = f"by {rule}" if rule else "since no rule fits"
            problem = f"this example gets the topic {topic!r} {why}, not {example.topic!r}."
            document.fault((*at, "topic"), problem, f"Words found: {', '.join(given.words) or 'none'}.")
        team, rule = routing.team(replace(given, topic=topic))
        if team != example.team:
            problem = f"this example goes to {team!r} by {rule!r}, not to {example.team!r}."
            document.fault((*at, "team"), problem, "Change the rule, or the example if the change is meant.")
