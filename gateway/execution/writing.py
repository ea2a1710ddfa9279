"""The answer's bytes, written level by level from the columns of a walk."""

from collections.abc import Callable, Mapping, Sequence
from itertools import compress
from typing import Any

from graphql import GraphQLError

from gateway.clients.reporting import Refused, Walked
from gateway.execution.compiling import Field, NotCompiled, Plan, Selection
from gateway.execution.errors import document_order
from gateway.execution.forms import Args, Column, Goes, Items, Level, Objects, Part, Plain, Same, Written
from gateway.execution.plain import write_value
from services.chassis.problems import Refusal
from services.contracts.walks import StepAnswer

NULL = "null"
Path = list[str | int]
Where = Callable[[int], Path]
"""By position of a thing in its level, its place in the answer."""


class Fault:
    """Why a field has no value. `path`: of the field; `null`: of what is null for it, once that is known."""

    __slots__ = ("error", "null", "path")

    def __init__(self, cause: Exception, field: Field, path: Path) -> None:
        self.path = self.null = path
        self.error = GraphQLError("", field.nodes, path=path, original_error=cause)


Lost = dict[int, Fault]
"""By position, what is missing there though it may not be null."""


class Writer:
    """Writes one answer.

    By step of the plan: `arguments` of its field, and `places`, its position in the walk (None: it was not asked).
    `failure`: why there is no walk at all, where one was asked for.
    """

    def __init__(
        self,
        plan: Plan,
        walked: Walked | None,
        arguments: Sequence[Args],
        places: Sequence[int | None],
        *,
        variables: Any,
        failure: Exception | None = None,
    ) -> None:
        self._plan = plan
        self._walked = walked
        self._arguments = arguments
        self._places = places
        self._variables = variables
        self._failure = failure
        self._faults: list[Fault] = []

    def written(self) -> tuple[str, list[GraphQLError]]:
        """`data` as JSON, and the errors in the order of the document."""
        texts, lost = self._write(self._plan.root, Level(1), lambda _: [])
        if lost:
            self._absorb(lost[0], [])
        return (NULL if lost else texts[0]), _settled(self._faults)

    def _absorb(self, fault: Fault, null: Path) -> None:
        fault.null = null
        self._faults.append(fault)

    def _write(self, selection: Selection, level: Level, where: Where) -> tuple[Column, Lost]:
        """One object per thing."""
        if not selection.fields:  # directives left none
            return ["{}"] * level.size, {}
        columns = []
        lost: Lost = {}
        for field in selection.fields:
            texts, gone = self._field(field, level, where)
            if gone and field.may_be_null:
                texts = list(texts)
                for position, fault in gone.items():
                    texts[position] = NULL
                    self._absorb(fault, [*where(position), field.key])
            elif gone:
                lost = {**gone, **lost}
            columns.append(texts)
        return list(map(selection.template.__mod__, zip(*columns, strict=True))), lost

    def _field(self, field: Field, level: Level, where: Where) -> tuple[Column, Lost]:
        match field.form:
            case Written(write=write):
                try:
                    return write(level, field.arguments_by(self._variables)), {}
                except Refusal as refusal:
                    return self._all_lost(field, level, where, refusal)
            case Plain():
                assert field.read is not None
                read = field.read
                return [self._plain(field, read(one)) for one in level.objects], {}
            case Objects(read=read_all):
                return self._objects(field, read_all(level)), {}
            case Same():
                assert field.selection is not None
                return self._write(field.selection, level, lambda one: [*where(one), field.key])
            case Items():
                assert level.items is not None
                return self._lists(field, level.items, level.counts, where)
            case Part():
                return self._part(field, field.form, level, where)
            case Goes():
                return self._behind(field, field.form, level, where)
            case _:
                raise TypeError(field.form)

    def _all_lost(self, field: Field, level: Level, where: Where, cause: Exception) -> tuple[Column, Lost]:
        lost = {one: Fault(cause, field, [*where(one), field.key]) for one in range(level.size)}
        return [NULL] * level.size, lost

    def _plain(self, field: Field, value: Any) -> str:
        assert field.definition is not None
        selection = field.selection
        return write_value(
            field.definition.type, value, None if selection is None else lambda one: self._object(selection, one)
        )

    def _object(self, selection: Selection, one: Any) -> str:
        (text,), _ = self._write(selection, Level(1, objects=[one]), lambda _: [])
        return text

    def _objects(self, field: Field, found: Sequence[Any]) -> Column:
        assert field.selection is not None
        known: dict[int, str] = {}
        texts = []
        for one in found:
            text = known.get(id(one))
            if text is None:
                text = known[id(one)] = NULL if one is None else self._object(field.selection, one)
            texts.append(text)
        return texts

    def _part(self, field: Field, part: Part, level: Level, where: Where) -> tuple[Column, Lost]:
        assert field.selection is not None
        before = f"{part.name}."
        columns: Mapping[str, Column] = {
            name.removeprefix(before): column for name, column in level.columns.items() if name.startswith(before)
        }

        def inner(one: int) -> Path:
            return [*where(one), field.key]

        present = None if part.key is None else [text != NULL for text in columns[part.key]]
        if present is None or all(present):
            whole = Level(level.size, columns, level.campaigns, level.campaign_of)
            return self._write(field.selection, whole, inner)
        positions = list(compress(range(level.size), present))
        some = Level(
            len(positions),
            {name: list(compress(column, present)) for name, column in columns.items()},
            level.campaigns,
            list(compress(level.campaign_of, present)),
        )
        texts, lost = self._write(field.selection, some, lambda one: inner(positions[one]))
        found = [NULL] * level.size
        for position, text in zip(positions, texts, strict=True):
            found[position] = text
        return found, {positions[one]: fault for one, fault in lost.items()}

    def _behind(self, field: Field, form: Goes, level: Level, where: Where) -> tuple[Column, Lost]:
        args = self._arguments[field.step]
        place = self._places[field.step]
        walked = self._walked
        if walked is None or place is None:
            answer, columns = (
                StepAnswer(counts=[0] * level.size),
                {name: [] for name in self._plan.steps[field.step].columns},
            )
        else:
            answer, columns = walked.answer.steps[place], walked.columns(place)
        lost = self._refused(field, form, level, where, answer, args)
        counts = answer.counts
        if form.needs_all and not all(counts):
            raise NotCompiled
        if form.objects is not None:
            found = answer.campaigns
            child = Level(len(found), columns, found, range(len(found)), [form.objects(one) for one in found])
            if form.cursor is not None:
                child.columns = {"cursor": [f'"{form.cursor(one)}"' for one in found]}
        else:
            of = [one for one, times in zip(level.campaign_of, counts, strict=True) for _ in range(times)]
            child = Level(sum(counts), columns, level.campaigns, of, indicators=answer.indicators)
        if form.shape == "page":
            texts, gone = self._page(field, child, answer, args, level, where)
        elif form.shape == "many":
            texts, gone = self._lists(field, child, counts, where)
        else:
            texts, gone = self._ones(field, child, counts, where)
        return texts, {**gone, **lost}

    def _refused(self, field: Field, form: Goes, level: Level, where: Where, answer: StepAnswer, args: Args) -> Lost:
        """What the field is refused with, by position."""
        causes: dict[int, Exception] = {}
        for place, summary in enumerate(level.campaigns) if level.campaigns else [(0, None)]:
            try:
                form.check(None if summary is None else summary.campaign, args)
            except Refusal as refusal:
                causes[place] = refusal
        checked = set(causes)
        if self._failure is not None:
            causes.setdefault(0, self._failure)
        for one in answer.refusals:
            causes.setdefault(one.campaign, Refused(code=one.code, detail=one.detail))
        if not causes:
            return {}
        sees = [True] * level.size if form.sees is None else form.sees(level)
        return {
            position: Fault(causes[campaign], field, [*where(position), field.key])
            for position, campaign in enumerate(level.campaign_of if level.campaigns else [0] * level.size)
            if campaign in causes and (campaign in checked or sees[position])
        }

    def _page(
        self, field: Field, child: Level, answer: StepAnswer, args: Args, level: Level, where: Where
    ) -> tuple[Column, Lost]:
        assert field.selection is not None
        counts = answer.counts
        columns = {
            "total": [str(one) for one in answer.totals] or ["0"] * level.size,
            "more": ["true" if one else "false" for one in answer.more] or ["false"] * level.size,
            "behind": ["false" if args.get("after") is None else "true"] * level.size,
        }
        cursors = child.columns.get("cursor")
        if cursors is not None:
            starts, ends, at = [], [], 0
            for times in counts:
                starts.append(cursors[at] if times else NULL)
                at += times
                ends.append(cursors[at - 1] if times else NULL)
            columns |= {"start": starts, "end": ends}
        page = Level(level.size, columns, level.campaigns, level.campaign_of, items=child, counts=counts)
        return self._write(field.selection, page, lambda one: [*where(one), field.key])

    def _lists(self, field: Field, child: Level, counts: Sequence[int], where: Where) -> tuple[Column, Lost]:
        assert field.selection is not None
        owners: list[tuple[int, int]] = []

        def inner(one: int) -> Path:
            if not owners:
                owners.extend((owner, place) for owner, times in enumerate(counts) for place in range(times))
            owner, place = owners[one]
            return [*where(owner), field.key, place]

        texts, lost = self._write(field.selection, child, inner)
        found, at = [], 0
        for times in counts:
            found.append("[" + ",".join(texts[at : at + times]) + "]")
            at += times
        gone: Lost = {}
        for one in sorted(lost):
            inner(one)
            gone.setdefault(owners[one][0], lost[one])
        return found, gone

    def _ones(self, field: Field, child: Level, counts: Sequence[int], where: Where) -> tuple[Column, Lost]:
        assert field.selection is not None
        positions = [position for position, times in enumerate(counts) if times]
        texts, lost = self._write(field.selection, child, lambda one: [*where(positions[one]), field.key])
        if len(positions) == len(counts):
            return texts, lost
        found = [NULL] * len(counts)
        for position, text in zip(positions, texts, strict=True):
            found[position] = text
        return found, {positions[one]: fault for one, fault in lost.items()}


def _settled(faults: list[Fault]) -> list[GraphQLError]:
    """Errors in the order of the document, then of the answer; none of what lies inside of what is null anyway."""
    if not faults:
        return []
    nulls = {tuple(one.null) for one in faults}
    kept = [one for one in faults if not any(tuple(one.null[:length]) in nulls for length in range(len(one.null)))]
    return sorted((one.error for one in kept), key=document_order)
