"""Units as such, outside any campaign: one code in one period of validity."""

from datetime import date
from typing import Annotated

import strawberry

from gateway.execution import forms
from gateway.execution.asking import Info
from gateway.execution.loading import UnitInCampaign, UnitOnDay
from gateway.graph.connections import Connection, Node, page_of
from gateway.graph.ids import UnitId, unit_id
from gateway.graph.words import UnitLevel
from gateway.limits import page_size
from services.contracts.graph import CampaignUnitNode, UnitNode, UnitsQuestion
from services.contracts.walks import ToAncestors
from services.contracts.words import Level

LevelFilter = Annotated[UnitLevel | None, strawberry.argument(description="Only units of this level.")]
WithinFilter = Annotated[
    str | None, strawberry.argument(description="Only the unit of this code and those below it, at any depth.")
]
NameFilter = Annotated[
    str | None, strawberry.argument(description="Only units whose name holds these words, without accents or case.")
]


@strawberry.type(description="A unit of the administrative hierarchy in one period of validity.")
class Unit(Node):
    """One code in one period. `day` is the day that its parent is looked up on (None: today)."""

    code: str = strawberry.field(description="Official code; the same code may name another unit in another period.")
    name: str = strawberry.field(description="Official name in Unicode NFC.")
    level: UnitLevel = strawberry.field(description="Where it stands in the hierarchy.")
    kind: str = strawberry.field(description="What it is called in its level: tinh, huyen, thi_xa, phuong, …")
    valid_from: date | None = strawberry.field(description="First day that it exists, inclusive; null: since ever.")
    valid_to: date | None = strawberry.field(description="Last day that it exists, inclusive; null: without end.")
    day: strawberry.Private[date | None]
    parent_code: strawberry.Private[str | None]
    above: strawberry.Private[UnitInCampaign | None] = None
    is_top: strawberry.Private[bool] = False

    @strawberry.field(description="The unit above it on the day that was asked for; null at the top.")
    async def parent(self, info: Info) -> "Unit | None":
        """By the tree of the campaign that the unit was reached through (`above`), else by the hierarchy of the day."""
        if self.above is not None:
            node = await info.context.loading.campaign_units.load(self.above)
            return None if node is None else unit_in_campaign(node, campaign=self.above.campaign, day=self.day)
        code = self.parent_code
        if self.is_top:  # a campaign's tree does not say what its top unit lies in
            own = await info.context.loading.units.load(UnitOnDay(self.code, self.day))
            code = None if own is None else own.parent_code
        return None if code is None else await find_unit(info, code, self.day)

    @strawberry.field(description="What it became: units of the day of the act, one step on.")
    async def successors(self, info: Info) -> list["Unit"]:
        """Those that the caller sees."""
        found = await info.context.loading.relatives.load(UnitOnDay(self.code, self._in_its_time()))
        return [unit_on(one, one.valid_from) for one in found.successors] if found else []

    @strawberry.field(description="What it was made of: units of the eve of the act, one step back.")
    async def predecessors(self, info: Info) -> list["Unit"]:
        """Those that the caller sees."""
        found = await info.context.loading.relatives.load(UnitOnDay(self.code, self._in_its_time()))
        return [unit_on(one, one.valid_to) for one in found.predecessors] if found else []

    def _in_its_time(self) -> date | None:
        """A day on which the code means this unit."""
        return self.day or self.valid_from or self.valid_to


def unit_on(node: UnitNode, day: date | None) -> Unit:
    """The unit as it was on that day."""
    return Unit(
        id=unit_id(node.code, node.valid_from),
        code=node.code,
        name=node.name,
        level=UnitLevel(node.level.value),
        kind=node.kind,
        valid_from=node.valid_from,
        valid_to=node.valid_to,
        day=day,
        parent_code=node.parent_code,
    )


def unit_in_campaign(node: CampaignUnitNode, *, campaign: str, day: date | None) -> Unit:
    """The unit of a campaign's tree, on the campaign's hierarchy day."""
    unit = unit_on(node.unit, day)
    if node.ancestors:
        unit.above = UnitInCampaign(campaign, node.ancestors[-1])
    else:
        unit.is_top = True
    return unit


async def find_unit(info: Info, code: str, on: date | None) -> Unit | None:
    """The unit of that code on that day, if the caller may see it."""
    found = await info.context.loading.units.load(UnitOnDay(code, on))
    return None if found is None else unit_on(found, on)


async def unit_of_id(info: Info, wanted: UnitId) -> Unit | None:
    """The unit of a global id, as of the first day of its validity."""
    unit = await find_unit(info, wanted.code, wanted.valid_from or date.min)
    return unit if unit is not None and unit.valid_from == wanted.valid_from else None


async def search_units(
    info: Info,
    *,
    q: str | None,
    level: UnitLevel | None,
    within: str | None,
    on: date | None,
    first: int | None,
    after: str | None,
) -> Connection[Unit]:
    """A page of units in Vietnamese order of names."""
    answer = await info.context.reporting.units(
        UnitsQuestion(
            on=on, q=q, level=level_word(level), within=within, first=page_size(first, default=50), after=after
        )
    )
    nodes = [unit_on(one, on) for one in answer.items]
    return page_of(nodes, answer.cursors, total=answer.total, has_next=answer.has_next, after=after)


def level_word(level: UnitLevel | None) -> Level | None:
    """The level as services spell it."""
    return None if level is None else Level(level.value)


def _ids(level: forms.Level, _: forms.Args) -> forms.Column:
    columns = zip(level.columns["code"], level.columns["valid_from"], strict=True)
    days = ((code[1:-1], None if day == "null" else date.fromisoformat(day[1:-1])) for code, day in columns)
    return [f'"{unit_id(code, day)}"' for code, day in days]


forms.compiled(
    "Unit",
    {
        "id": forms.Written(("code", "valid_from"), _ids),
        "code": forms.column("code"),
        "name": forms.column("name"),
        "level": forms.words("level", UnitLevel),
        "kind": forms.column("kind"),
        "validFrom": forms.column("valid_from"),
        "validTo": forms.column("valid_to"),
        # What a campaign's top unit lies in follows from the hierarchy of a day: that the interpreter looks up.
        "parent": forms.Goes(lambda _, of, columns: ToAncestors(of, columns, nearest=True), "one", needs_all=True),
        "successors": forms.INTERPRETED,
        "predecessors": forms.INTERPRETED,
    },
)
forms.connection("Unit")
