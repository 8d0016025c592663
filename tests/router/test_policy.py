"""Policies: the shipped ones carry every clause's key, and the same text always has the same hash."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from router.policy import Policies, Span, load_policies, parse, text
from tests.config.reading import SHIPPED, configuration, settings


@pytest.fixture(scope="module")
def policies() -> Policies:
    """The shipped ones."""
    return load_policies(SHIPPED, settings(SHIPPED, env={}).brands)


def _changed(folder: Path, name: str, before: str, after: str) -> Policies:
    shutil.copytree(SHIPPED, folder)
    path = folder / "policies" / name
    was = path.read_text()
    assert before in was
    path.write_text(was.replace(before, after, 1))
    return load_policies(folder, settings(SHIPPED, env={}).brands)


def test_what_each_company_promises(policies: Policies) -> None:
    """Terms, languages and refused channels are those of the clauses (W-07 W-14 A-12 A-13 K-15 L-12)."""
    terms = {
        (policy.brand, clock.id): clock.within
        for policy in policies.brands.values()
        for clock in policy.clocks
        if clock.basis == "policy"
    }
    assert terms["welzo", "ack"] == Span("hours", 48)
    assert terms["welzo", "result"] == Span("working_days", 10)
    assert terms["ask4", "ack"] == Span("hours", 24)
    assert terms["kontakt", "result"] == Span("days", 10)
    assert terms["logoscon", "result"] is None
    assert policies.brand("kontakt").offered == ("az", "ru", "en")
    assert not policies.brand("ask4").takes("phone")
    assert not policies.brand("ask4").takes("chat")
    assert policies.brand("welzo").takes("email")


def test_what_a_brand_leaves_unsaid_comes_from_defaults(policies: Policies) -> None:
    """Key by key: Welzo adds a special category, and keeps who may read and what is never logged."""
    assert policies.brand("welzo").privacy.special_category == "health"
    assert policies.brand("welzo").privacy.log_content == "never"
    assert policies.brand("ask4").law["pl_consumer"].clocks[0].on_breach == "deemed_accepted"
    assert policies.brand("ask4").bodies["comms_ombudsman"].formerly == "Ombudsman Services: Communications (OS:C)"


def test_a_policy_is_read_again_from_its_text(policies: Policies) -> None:
    """The kept text gives the same policy with the same hash, for each brand (R-10)."""
    for policy in policies.brands.values():
        assert parse(text(policy)) == policy
        assert policies.by_hash(policy.hash) is policy
        assert re.fullmatch(r"[0-9a-f]{64}", policy.hash)


def test_a_text_holds_only_what_was_written(policies: Policies) -> None:
    """A key that a later version adds changes no hash of today's files."""
    kept = text(policies.brand("welzo"))
    assert '"overlays"' in kept
    assert '"survey"' not in kept
    assert '"unless"' not in kept


def test_another_term_is_another_policy(tmp_path: Path, policies: Policies) -> None:
    """A changed term changes its brand's hash and no other's; the old text is still found by its own (AT-X18)."""
    changed = _changed(tmp_path / "c", "welzo.yaml", "{hours: 48}", "{hours: 24}")
    assert changed.brand("welzo").hash != policies.brand("welzo").hash
    assert changed.brand("ask4").hash == policies.brand("ask4").hash
    old = policies.brand("welzo")
    both = changed.remember(policies.texts().values())
    assert both.by_hash(old.hash).clocks[0].within == Span("hours", 48)
    assert both.by_hash(changed.brand("welzo").hash).clocks[0].within == Span("hours", 24)
    with pytest.raises(KeyError):
        changed.by_hash(old.hash)


def test_a_law_belongs_to_those_whom_it_binds(tmp_path: Path, policies: Policies) -> None:
    """A changed overlay makes a new policy for the brands that name it, and for no other."""
    changed = _changed(tmp_path / "c", "common.yaml", "{days: 42}", "{days: 56}")
    renewed = {name for name in policies.brands if changed.brand(name).hash != policies.brand(name).hash}
    assert renewed == {"ask4"}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("welzo.yaml", "country: GB", "# a remark\n\ncountry:   GB"),
        ("common.yaml", "tz: Asia/Baku", "tz: Asia/Tbilisi"),
    ],
    ids=["layout", "calendar"],
)
def test_layout_and_calendars_change_no_hash(
    tmp_path: Path, policies: Policies, name: str, before: str, after: str
) -> None:
    """Remarks and spaces are no policy; calendars are today's for every case."""
    changed = _changed(tmp_path / "c", name, before, after)
    assert {each.hash for each in changed.brands.values()} == {each.hash for each in policies.brands.values()}


def test_an_overdue_review_is_warned_of(tmp_path: Path) -> None:
    """It does not stop the start (L-18)."""
    folder = tmp_path / "c"
    shutil.copytree(SHIPPED, folder)
    path = folder / "policies" / "kontakt.yaml"
    path.write_text(path.read_text().replace("review_by: 2027-06-30", "review_by: 2026-06-30"))
    warnings = configuration(folder).warnings
    assert [warning.problem for warning in warnings] == ["the policy of kontakt was to be reviewed by 2026-06-30."]
    assert date(2026, 6, 30) == configuration(folder).policies.brand("kontakt").review_by
