"""When a rule is raised and when it is resolved, by figures and seconds alone."""

from pathlib import Path

import pytest

from planner.storage.alerts import AlertRow
from planner.work.alert_rules import RULES, Key, Reading, Readings, Rule, Verdict, judge

RULE = Rule(
    name="many", title="Many", figure="waiting", limit=100.0, clears_at=50.0, for_seconds=300.0,
    clear_seconds=120.0, seen="{value} wait.", advice="Look.",
)  # fmt: skip


class Standing:
    """What stands raised, as the figures of a rule come in minute by minute."""

    def __init__(self, rule: Rule = RULE) -> None:
        self.rule = rule
        self.raised: dict[Key, AlertRow] = {}
        self.turning: dict[Key, float] = {}
        self.at = 0.0

    def reads(self, value: float, subject: str = "", *, after: float = 60.0) -> str:
        """Let a figure come in; return what changes: "raised", "resolved" or nothing."""
        return self.all_read([Reading(value=value, subject=subject)], after=after)

    def all_read(self, readings: list[Reading], *, after: float = 60.0) -> str:
        """Let several come in together."""
        self.at += after
        given: Readings = {self.rule.figure: readings}
        now_us = round(self.at * 1e6)
        verdicts = judge((self.rule,), given, self.raised, self.turning, at=self.at, now_us=now_us)
        return ", ".join(self._become(verdict) for verdict in verdicts)

    def _become(self, verdict: Verdict) -> str:
        key = (verdict.row.rule, verdict.row.subject)
        if verdict.is_raised:
            self.raised[key] = verdict.row
            return "raised"
        del self.raised[key]
        return "resolved"


def test_a_rule_is_raised_when_its_figure_was_over_the_limit_for_long_enough() -> None:
    """R36: pending changes over 100 for 5 min."""
    stands = Standing()
    assert [stands.reads(101) for _ in range(6)] == ["", "", "", "", "", "raised"]
    assert stands.raised["many", ""].detail == "101 wait."


def test_a_figure_at_its_limit_or_over_it_for_less_raises_nothing() -> None:
    """R36: what passes by itself is no alert; the time counts anew."""
    stands = Standing()
    assert {stands.reads(100) for _ in range(20)} == {""}
    assert [stands.reads(value) for value in (500, 500, 500, 500, 500, 0, 500, 500, 500, 500, 500)] == [
        ""
    ] * 11


def test_nobody_is_told_back_and_forth() -> None:
    """R36: raised once, resolved once, whatever the figure does between the two marks."""
    stands = Standing()
    stands.reads(101)
    assert stands.reads(101, after=300) == "raised"
    swings = [stands.reads(value) for value in (101, 99, 51, 101, 50, 51, 50, 50)]
    assert swings == [""] * 8
    assert stands.reads(50) == "resolved"
    assert stands.raised == {}


def test_each_subject_stands_for_itself_and_one_that_is_gone_is_resolved() -> None:
    """R33, R36: a second household is a second alert."""
    rule = Rule(name="aside", title="A", figure="aside", limit=0.0, clear_seconds=0.0, seen="", advice="")
    stands = Standing(rule)
    one, two = Reading(value=1, subject="one", detail="It crashed."), Reading(value=1, subject="two")
    assert stands.all_read([one]) == "raised"
    assert stands.all_read([one, two]) == "raised"
    assert stands.all_read([one, two]) == ""
    assert stands.all_read([two]) == "resolved"
    assert list(stands.raised) == [("aside", "two")]


def test_a_figure_that_could_not_be_read_resolves_what_it_would_as_nothing() -> None:
    stands = Standing()
    stands.reads(101)
    assert stands.reads(101, after=300) == "raised"
    assert stands.all_read([]) == ""
    assert [stands.all_read([]), stands.all_read([])] == ["", "resolved"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_is_raised_over_its_limit_and_resolved_below(rule: Rule) -> None:
    """R36: generation, pending changes, duplicates, staleness, and what else an operator must know."""
    stands = Standing(rule)
    assert stands.reads(rule.limit) == ""
    said = [stands.reads(rule.limit + 1) for _ in range(1 + round(rule.for_seconds / 60))]
    assert said == [""] * (len(said) - 1) + ["raised"]
    said = [stands.reads(rule.is_cleared_at) for _ in range(1 + round(rule.clear_seconds / 60))]
    assert said == [""] * (len(said) - 1) + ["resolved"]


def test_the_rules_are_those_that_were_asked_for() -> None:
    """R36: success under 99 % for 5 min; pending changes over 100 for 5 min."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    by_name = {rule.name: rule for rule in RULES}
    assert by_name["flow_generation"].limit == 1.0
    assert (by_name["changes_pending"].limit, by_name["changes_pending"].for_seconds) == (100.0, 300.0)


def test_every_rule_is_on_the_page_that_explains_them() -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "operations.md"
    text = page.read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if f"| `{rule.name}` |" not in text] == []
