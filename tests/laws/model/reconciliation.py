"""Rule 5, looked at from the side: what every source says beside whoever speaks, and since when it has differed."""

from fractions import Fraction
from typing import Any

from tests.laws.model import authority, hierarchy
from tests.laws.model.counting import Live
from tests.laws.model.figures import Knowledge
from tests.laws.model.story import Indicator, Source

OUTCOMES = ("achieved", "exempt", "declined")


def reconciliations(knowledge: Knowledge, day: int) -> list[dict[str, Any]]:
    """By unit, indicator and outcome, wherever any source tells of it."""
    story = knowledge.story
    order = sorted(
        (hierarchy.depth_under(story, unit.code, story.units[0].code), unit.code, unit.level) for unit in story.units
    )
    return [
        _Place(knowledge, code, indicator, outcome).shown(level, day)
        for _, code, level in order
        for indicator in story.campaign.indicators
        for outcome in OUTCOMES
        if any(live.row.outcome == outcome for live in knowledge.received(code, indicator, day))
    ]


class _Place:
    """A unit, an indicator and an outcome."""

    def __init__(self, knowledge: Knowledge, unit: str, indicator: Indicator, outcome: str) -> None:
        self.knowledge = knowledge
        self.story = knowledge.story
        self.unit = unit
        self.indicator = indicator
        self.outcome = outcome

    def told(self, day: int) -> list[Live]:
        """What any source says of it up to the day."""
        received = self.knowledge.received(self.unit, self.indicator, day)
        return [live for live in received if live.row.outcome == self.outcome]

    def anchor(self, live: Live) -> str:
        """Where it is decided who speaks for the row."""
        above = hierarchy.at_level(self.story, live.row.unit, self.indicator.level)
        return above.code if above is not None else live.row.unit

    def speaking(self, anchor: str, day: int) -> tuple[str, ...]:
        return authority.speaking_group(
            self.story, self.indicator, self.knowledge.rows, unit=anchor, outcome=self.outcome, day=day
        )

    def count(self, rows: list[Live], day: int) -> int | None:
        return authority.count(rows, outcome=self.outcome, day=day)

    def chosen(self, day: int) -> list[Live]:
        """The rows of it by whoever speaks."""
        return [live for live in self.told(day) if live.source in self.speaking(self.anchor(live), day)]

    def compared(self, voice: tuple[str, ...], day: int) -> tuple[int, int] | None:
        """What these sources say, and what whoever speaks does, where both say anything."""
        mine = [live for live in self.told(day) if live.source in voice]
        chosen = self.chosen(day)
        both = {self.anchor(live) for live in mine} & {self.anchor(live) for live in chosen}
        own = self.count([live for live in mine if self.anchor(live) in both], day)
        other = self.count([live for live in chosen if self.anchor(live) in both], day)
        return None if own is None or other is None else (own, other)

    def is_beyond(self, voice: tuple[str, ...], day: int) -> bool:
        found, rule = self.compared(voice, day), self.story.campaign.commendation
        return found is not None and rule is not None and abs(found[0] - found[1]) > Fraction(rule.tolerance) * found[1]

    def beyond_since(self, voice: tuple[str, ...], day: int) -> int | None:
        """The first of the days since which it has been so, day after day."""
        since = None
        while day >= 0 and self.is_beyond(voice, day):
            since, day = day, day - 1
        return since

    # What is answered ------------------------------------------------------------------------

    def shown(self, level: str, day: int) -> dict[str, Any]:
        rows = self.told(day)
        telling = {live.source for live in rows}
        speaking = {anchor: self.speaking(anchor, day) for anchor in {self.anchor(live) for live in rows}}
        voices = [
            *(tuple(source for source in sorted(group) if source in telling) for group in self.indicator.authority),
            *((source,) for source in sorted(telling) if not self._number(source)),
        ]
        return {
            "unit": self.unit,
            "level": level,
            "indicator": self.indicator.code,
            "outcome": self.outcome,
            "value": self.count(self.chosen(day), day),
            "speaking": [
                {
                    "group": number,
                    "sources": list(group),
                    "units": sum(1 for one in speaking.values() if one == group),
                    "since": min(self._begun(anchor, group) for anchor, one in speaking.items() if one == group),
                }
                for number, group in enumerate(self.indicator.authority, start=1)
                if group in speaking.values()
            ],
            "sources": [
                self._source(source, voice, day, speaks=any(source in group for group in speaking.values()))
                for voice in voices
                for source in voice
            ],
        }

    def _number(self, source: str) -> int | None:
        groups = enumerate(self.indicator.authority, start=1)
        return next((number for number, group in groups if source in group), None)

    def _begun(self, anchor: str, group: tuple[str, ...]) -> int:
        """The first day of which the group says anything there."""
        return min(
            live.row.day
            for live in self.knowledge.rows
            if live.source in group
            and live.row.indicator == self.indicator.code
            and live.row.outcome == self.outcome
            and hierarchy.is_at_or_under(self.story, live.row.unit, anchor)
        )

    def _source(self, code: str, voice: tuple[str, ...], day: int, *, speaks: bool) -> dict[str, Any]:
        source: Source = next(one for one in self.story.sources if one.code == code)
        rows = [live for live in self.told(day) if live.source == code]
        found = self.compared(voice, day)
        is_measured = found is not None and self.story.campaign.commendation is not None
        difference = None if found is None else found[0] - found[1]
        return {
            "source": code,
            "name": code,
            "kind": source.kind,
            "outcome": self.outcome,
            "group": self._number(code),
            "speaks": speaks,
            "value": self.count(rows, day),
            "group_value": self.count([live for live in self.told(day) if live.source in voice], day),
            "compared_with": None if found is None else found[1],
            "difference": difference,
            "difference_rate": self.knowledge.shown(
                None if difference is None or not found or not found[1] else (abs(difference), found[1])
            ),
            "beyond_tolerance": self.is_beyond(voice, day) if is_measured else None,
            "beyond_since": self.beyond_since(voice, day),
            "last_day": max(live.row.day for live in rows),
            "last_received_at": max(live.received for live in rows),
        }
