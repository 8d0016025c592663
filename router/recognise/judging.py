"""From what is heard to what is found.

Why a contact may be set aside (`thanks`, `withdrawal`, `ordinary`) is asked the other way round than everything else:
not "is there a sign for it" but "is there anything against it". Against it is every sign of a complaint, of danger, of
abuse, of dissatisfaction; every word of denial or doubt that does not belong to the pattern itself; a number, where
praise is meant; and every part of the text of which nothing is known, where the kind must fill the whole text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from router.recognise.finding import Context, Detail, Finding, Kind
from router.recognise.hearing import Found, Hearing
from router.sounds import Sentence, Word, sentences
from router.words import Words

_PLAIN: tuple[Kind, ...] = ("danger", "data_protection", "abuse", "cannot_write")
_DENIABLE: tuple[Kind, ...] = ("escalation", "appeal")
_RIGHTS: tuple[Detail, ...] = ("access", "erasure", "other")
_ORDINARY: tuple[Detail, ...] = ("order", "praise", "application", "invoice", "advertising")
_AGAINST = ("complaint", "danger", "abuse", "dissatisfaction")
_WORDS_OF: dict[Detail, int] = {"order": 60, "praise": 80, "application": 400, "invoice": 200, "advertising": 600}
"""So long may a text be to be surely this and nothing else."""
_WORDS_OF_A_WITHDRAWAL = 60
_WORDS_OF_THANKS = 30
_STRAY = 2
"""So many words may be unknown in a note of thanks, which then is not sure."""
_SIGNATURE = 4
_MANY = 6
"""From so many clauses on an application or an advertisement may also say things that we do not know."""
_TWO = 2


def recognise(text: str, languages: Sequence[str], context: Context, words: Words) -> tuple[Finding, ...]:
    """What a contact wants. `text`: what they newly wrote, subject first; `languages`: the likeliest first.

    With no language that has a file all of them are listened to, and nothing is found `ordinary`.
    """
    said = sentences(text)
    known = [language for language in dict.fromkeys(languages) if language in words.said]
    every = {language: Hearing(patterns, said) for language, patterns in words.said.items()}
    contact = _Contact(said, [every[language] for language in known or every], every, context)
    return tuple(_in_order(contact.findings(set_aside=bool(known))))


def _in_order(findings: Iterator[Finding]) -> Iterator[Finding]:
    """One finding per kind and detail, the surest first."""
    order = {kind: place for place, kind in enumerate(Kind.__args__)}  # type: ignore[attr-defined]
    ranked = sorted(findings, key=lambda one: (order[one.kind], one.detail, not one.sure))
    for _, same in groupby(ranked, key=lambda one: (one.kind, one.detail)):
        yield next(same)


@dataclass(frozen=True)
class _Contact:
    said: Sequence[Sentence]
    hearings: Sequence[Hearing]
    every: dict[str, Hearing]
    context: Context

    def findings(self, *, set_aside: bool) -> Iterator[Finding]:
        found: list[Finding] = []
        for hearing in self.hearings:
            found += self._wants(hearing)
        yield from found
        for hearing in self.hearings:
            yield from self._complains(hearing, found)
            yield from self._withdraws(hearing, found)
            yield from self._thanks(hearing, found)
            if set_aside:
                yield from self._ordinary(hearing, found)
        if self.context.asked:
            yield from self._answers()

    def _wants(self, hearing: Hearing) -> Iterator[Finding]:
        for kind in _PLAIN:
            for found in hearing.found(kind):
                yield Finding(kind, found.reason, sure=True)
        for kind in _DENIABLE:
            for found in hearing.affirmed(kind):
                yield Finding(kind, found.reason, sure=not self._conditional(hearing, found))
        for detail in _RIGHTS:
            for found in hearing.affirmed(f"rights_request.{detail}"):
                yield Finding("rights_request", found.reason, sure=True, detail=detail)
        status = hearing.found("status")
        covered = hearing.places(("status", "harmless"))
        for found in status:
            yield Finding("status", found.reason, sure=not hearing.beside("complaint", covered))

    def _complains(self, hearing: Hearing, wants: Sequence[Finding]) -> Iterator[Finding]:
        for found in hearing.found("dissatisfaction"):
            yield Finding("dissatisfaction", found.reason, sure=self.context.answered)
        signs = hearing.beside("complaint", hearing.places(("harmless",)))
        for found in signs[:1]:
            several = len({sign.hit.pattern for sign in signs}) >= _TWO
            yield Finding("complaint", found.reason, sure=several)
            others = {finding.kind for finding in wants} - {"abuse"}
            if self.context.answered and not others:
                yield Finding("dissatisfaction", found.reason, sure=several)

    def _withdraws(self, hearing: Hearing, wants: Sequence[Finding]) -> Iterator[Finding]:
        affirmed = hearing.affirmed("withdrawal")
        if not affirmed or self._length() > _WORDS_OF_A_WITHDRAWAL:
            return
        if self._against(hearing, ("withdrawal", "settled", "thanks"), ("escalation", "appeal")):
            return
        if not self._fills(hearing, ("withdrawal", "settled", "thanks")):
            return
        asked = any(want.kind == "status" for want in wants)
        for found in affirmed:
            if not (asked and self.said[found.sentence].question):
                yield Finding("withdrawal", found.reason, sure=not self.said[found.sentence].question)

    def _thanks(self, hearing: Hearing, wants: Sequence[Finding]) -> Iterator[Finding]:
        thanks = hearing.found("thanks")
        if not thanks or wants or self._length() > _WORDS_OF_THANKS or any(one.question for one in self.said):
            return
        if self._against(hearing, ("thanks",)):
            return
        covered = hearing.places(("thanks", "filler", "harmless"))
        stray = [
            (number, word)
            for number, sentence in enumerate(self.said)
            for place, word in enumerate(sentence.words)
            if (number, place) not in covered
        ]
        signed = _signature(thanks, stray, self.said)
        if signed or len(stray) <= _STRAY:
            yield Finding("thanks", thanks[0].reason, sure=signed)

    def _ordinary(self, hearing: Hearing, wants: Sequence[Finding]) -> Iterator[Finding]:
        if any(want.kind != "cannot_write" for want in wants):
            return
        for detail in _ORDINARY:
            kind = f"ordinary.{detail}"
            for found in hearing.affirmed(kind):
                half = detail in {"application", "advertising"}
                fills = self._fills(hearing, (kind, "thanks"), half=half)
                if fills and self._length() <= _WORDS_OF[detail] and not (detail == "praise" and self._numbers()):
                    if not self._against(hearing, (kind, "thanks")):
                        expected = detail in {"application", "invoice", "advertising"} or not self.context.files
                        sure = expected and not self.context.case
                        yield Finding("ordinary", found.reason, sure=sure, detail=detail)
                    break

    def _answers(self) -> Iterator[Finding]:
        for hearing in self.hearings:
            for found in hearing.found("answer"):
                yield Finding("answer", found.reason, sure=True)
        if self.said:
            yield Finding("answer", "asked", sure=False)

    def _fills(self, hearing: Hearing, own: tuple[str, ...], *, half: bool = False) -> bool:
        """Whether a kind is all there is: every clause says it or nothing; with `half`, of many clauses every other."""
        positive = hearing.places(own)
        filler = hearing.places(("filler", "harmless"))
        clauses = unknown = 0
        for number, sentence in enumerate(self.said):
            for _, part in groupby(enumerate(sentence.words), key=lambda each: each[1].clause):
                listed = list(part)
                clauses += 1
                if any((number, place) in positive for place, _ in listed):
                    continue
                left = [word for place, word in listed if (number, place) not in filler and not _name(word)]
                unknown += len(left) > 1
        if half and clauses > _MANY:
            return unknown * 2 <= clauses
        return not unknown

    def _numbers(self) -> bool:
        return any(word.text == "@number" for sentence in self.said for word in sentence.words)

    def _against(self, hearing: Hearing, own: tuple[str, ...], more: tuple[str, ...] = ()) -> bool:
        harmless = hearing.places(("harmless",))
        covered = harmless | hearing.places(own)
        signs = covered if "withdrawal" in own else harmless
        if any(hearing.beside(kind, signs) for kind in _AGAINST):
            return True
        if any(hearing.beside(kind, covered) for kind in (*more, "negation", "negation_after", "doubt")):
            return True
        return any(
            len({found.hit.pattern for kind in _AGAINST for found in other.found(kind)}) >= _TWO
            for other in self.every.values()
            if other is not hearing
        )

    def _conditional(self, hearing: Hearing, found: Found) -> bool:
        """Whether the sentence only asks or supposes: "if this goes on I will escalate"."""
        clause = self.said[found.sentence].words[found.hit.places[0]].clause
        return any(
            doubt.sentence == found.sentence
            and self.said[found.sentence].words[doubt.hit.places[0]].clause == clause
            and doubt.hit.places[0] < found.hit.places[0]
            for doubt in hearing.found("condition")
        )

    def _length(self) -> int:
        return sum(len(sentence.words) for sentence in self.said)


def _name(word: Word) -> bool:
    return word.proper or word.mark


def _signature(thanks: Sequence[Found], stray: Sequence[tuple[int, Word]], said: Sequence[Sentence]) -> bool:
    """Whether all that is unknown is a name at the end: "Many thanks, Sarah Brown"."""
    last = max((found.sentence, found.hit.places[-1]) for found in thanks)
    end = said[last[0]].words[last[1]].clause
    return len(stray) <= _SIGNATURE and all(
        word.proper and (number > last[0] or word.clause > end) for number, word in stray
    )
