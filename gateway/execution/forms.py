"""Compiled forms: how a field is written without the interpreter.

Each type of the schema says so next to its definition, by `compiled("Figure", {"quota": column("quota"), …})`. A level
is a number of things of one type, as columns of JSON texts; a form makes of a level one JSON text per thing. A field
that has no form has to be declared `INTERPRETED` (a test says so): a query that selects it goes to the interpreter as a
whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal

import orjson

from services.contracts.definitions import CampaignDefinition
from services.contracts.graph import CampaignSummary
from services.contracts.walks import Step

Column = list[str]
Args = Mapping[str, Any]


class NotCompiled(Exception):
    """The interpreter has to answer this."""


@dataclass(slots=True)
class Level:
    """So many things of one type. `campaign_of`: by thing, the position of its campaign.

    `objects`: the things themselves where they are read as the interpreter reads them. `items`: of pages, what stands
    on them, so many each as `counts` says; of figures, `indicators` says by campaign which each unit has.
    """

    size: int
    columns: Mapping[str, Column] = field(default_factory=dict)
    campaigns: Sequence[CampaignSummary] = ()
    campaign_of: Sequence[int] = ()
    objects: Sequence[Any] = ()
    indicators: Sequence[Sequence[str]] = ()
    items: "Level | None" = None
    counts: Sequence[int] = ()

    def summaries(self) -> list[CampaignSummary]:
        """By thing, its campaign."""
        campaigns = self.campaigns
        return [campaigns[one] for one in self.campaign_of]


@dataclass(frozen=True)
class Written:
    """A leaf, made of columns and arguments. Raises what the field is refused with, all things alike."""

    names: tuple[str, ...]
    write: Callable[[Level, Args], Column]


@dataclass(frozen=True)
class Same:
    """The same things, seen as another type."""


@dataclass(frozen=True)
class Items:
    """What stands on a page."""


@dataclass(frozen=True)
class Part:
    """A part of each thing, whose columns have `name` and a dot before; null where the column `key` is."""

    name: str
    key: str | None = None


@dataclass(frozen=True)
class Objects:
    """By thing, an object or None, whose fields are read as the interpreter reads them."""

    names: tuple[str, ...]
    read: Callable[[Level], Sequence[Any]]


@dataclass(frozen=True)
class Plain:
    """An attribute or a plain method of an object: read as the interpreter reads it."""


@dataclass(frozen=True)
class Goes:
    """Other things, found by a step of the walk.

    `step`: from the arguments, the place it begins at and the columns asked for; None where nothing need be asked.
    `check`: raises what the field is refused with, by the things' campaign (None above all campaigns); it stands for
    whatever the interpreter's resolver refuses before it asks. `sees`: of the things that it begins at, which have
    others, by the columns `names`; the rest have none. `needs_all`: where one of them has none, the interpreter has to
    find out why. `objects`: how campaigns are made, `cursor` where they stand.
    """

    step: Callable[[Args, int, tuple[str, ...]], Step | None]
    shape: Literal["one", "many", "page"]
    check: Callable[[CampaignDefinition | None, Args], None] = lambda campaign, args: None
    names: tuple[str, ...] = ()
    sees: Callable[[Level], Sequence[bool]] | None = None
    objects: Callable[[CampaignSummary], Any] | None = None
    cursor: Callable[[CampaignSummary], str] | None = None
    needs_all: bool = False


@dataclass(frozen=True)
class Interpreted:
    """The interpreter alone answers this."""


INTERPRETED, SAME, ITEMS, PLAIN = Interpreted(), Same(), Items(), Plain()

Form = Written | Same | Items | Part | Objects | Plain | Goes | Interpreted

FORMS: dict[tuple[str, str], Form] = {}
"""By type and field of the schema."""


def compiled(type_name: str, forms: Mapping[str, Form]) -> None:
    """The fields of the type are written so."""
    for name, form in forms.items():
        FORMS[type_name, name] = form


def column(name: str) -> Written:
    """The column as it is."""
    return Written((name,), lambda level, _: level.columns[name])


def _of_page(name: str, *needed: str) -> Written:
    return Written(needed, lambda level, _: list(level.columns[name]))


def words(name: str, enum: type[Enum]) -> Written:
    """The words of REST, spelled as the graph's enum."""
    spelled = {f'"{one.value}"': f'"{one.name}"' for one in enum} | {"null": "null"}
    return Written((name,), lambda level, _: [spelled[text] for text in level.columns[name]])


def decimals(name: str) -> Written:
    """Exact decimal texts as floating point numbers."""

    def write(level: Level, _: Args) -> Column:
        known = {text: text if text == "null" else number(float(text[1:-1])) for text in set(level.columns[name])}
        return [known[text] for text in level.columns[name]]

    return Written((name,), write)


def number(value: float) -> str:
    """The number as JSON."""
    return orjson.dumps(value).decode()


def connection(item: str) -> None:
    """Pages of that type, and what stands on them."""
    compiled(f"{item}Connection", {"edges": ITEMS, "pageInfo": SAME, "totalCount": _of_page("total")})
    compiled(f"{item}Edge", {"node": SAME, "cursor": column("cursor")})


compiled(
    "PageInfo",
    {
        "hasNextPage": _of_page("more"),
        "hasPreviousPage": _of_page("behind"),
        "startCursor": _of_page("start", "cursor"),
        "endCursor": _of_page("end", "cursor"),
    },
)
