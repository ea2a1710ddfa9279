"""Reporting, asked on behalf of one caller."""

from typing import TypeVar

import msgspec

from services.chassis.consistency_tokens import NotYetConsistent, TokenMalformed
from services.chassis.problems import DependencyUnavailable, InternalError, Refusal, ScopeMissing, Unauthenticated
from services.chassis.service_client import ServiceAnswer, ServiceClient
from services.contracts import graph
from services.contracts.compliance import ComplianceSummary
from services.contracts.versions import Versions, VersionsQuestion
from services.contracts.walks import COLUMN_BREAK, VALUE_BREAK, Walk, WalkAnswer

Answer = TypeVar("Answer")


class NulInText(Refusal):
    """A text of the query holds a NUL character."""

    code = "nul_in_text"
    title = "NUL character"
    remedy = "Leave the character out; no code or name holds one."


class Refused(Exception):
    """Reporting refused a question with a code and a sentence that are meant for the caller."""

    def __init__(self, *, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Walked:
    """Where a walk has arrived: what stands before the columns, and the columns of each step by name."""

    def __init__(self, walk: Walk, text: str) -> None:
        head, *columns = text.split(COLUMN_BREAK)
        self.answer = _walk_answer(head)
        self._columns: list[dict[str, list[str]]] = []
        following = iter(columns)
        for step in walk.steps:
            names: tuple[str, ...] = getattr(step, "columns", ())
            found = zip(names, following, strict=False)
            self._columns.append({name: column.split(VALUE_BREAK) if column else [] for name, column in found})

    def columns(self, step: int) -> dict[str, list[str]]:
        """One JSON text per thing that the step has arrived at."""
        return self._columns[step]


_walk_answer = msgspec.json.Decoder(WalkAnswer).decode


class _Problem(msgspec.Struct):
    code: str = "internal_error"
    detail: str = ""


class ReportingReader:
    """The questions of one request: the caller's token and Consistency-Token go with each of them.

    `as_of_token` names the newest state that an answer has shown so far.
    Every question raises: Refused, DependencyUnavailable, NotYetConsistent, TokenMalformed, Unauthenticated.
    """

    def __init__(self, client: ServiceClient, *, token: str, consistency: str | None) -> None:
        self._client = client
        self._token = token
        self._consistency = consistency
        self.as_of_token: str | None = None
        self.calls = 0

    async def campaigns(self, question: graph.CampaignsQuestion) -> graph.CampaignsAnswer:
        """The campaigns asked for."""
        answer = await self._ask("campaigns", question, graph.CampaignsAnswer)
        self.as_of_token = answer.as_of_token or self.as_of_token
        return answer

    async def versions(self, question: VersionsQuestion) -> Versions:
        """The versions of campaigns, and of all units."""
        return await self._ask("versions", question, Versions)

    async def units(self, question: graph.UnitsQuestion) -> graph.UnitsAnswer:
        """Units outside any campaign."""
        return await self._ask("units", question, graph.UnitsAnswer)

    async def campaign_units(self, question: graph.CampaignUnitsQuestion) -> graph.CampaignUnitsAnswer:
        """Units of a campaign's tree."""
        return await self._ask("campaign-units", question, graph.CampaignUnitsAnswer)

    async def children(self, question: graph.ChildrenQuestion) -> graph.ChildrenAnswer:
        """A page of children for each parent."""
        return await self._ask("children", question, graph.ChildrenAnswer)

    async def ranking(self, question: graph.RankingQuestion) -> graph.CampaignUnitsAnswer:
        """A page of a league table."""
        return await self._ask("ranking", question, graph.CampaignUnitsAnswer)

    async def figures(self, question: graph.FiguresQuestion) -> graph.FiguresAnswer:
        """Figures of units × indicators."""
        answer = await self._ask("figures", question, graph.FiguresAnswer)
        self.as_of_token = answer.as_of_token or self.as_of_token
        return answer

    async def exemptions(self, question: graph.ExemptionsQuestion) -> graph.ExemptionsAnswer:
        """Exempt cases by reason."""
        return await self._ask("exemptions", question, graph.ExemptionsAnswer)

    async def sources(self, question: graph.SourcesQuestion) -> graph.SourcesAnswer:
        """What sources say, side by side."""
        return await self._ask("sources", question, graph.SourcesAnswer)

    async def series(self, question: graph.SeriesQuestion) -> graph.SeriesAnswer:
        """Counts day by day."""
        return await self._ask("series", question, graph.SeriesAnswer)

    async def commendations(self, question: graph.CommendationsQuestion) -> graph.CommendationsAnswer:
        """Who may be commended."""
        return await self._ask("commendations", question, graph.CommendationsAnswer)

    async def compliance(self, question: graph.ComplianceQuestion) -> ComplianceSummary:
        """Who has reported in time."""
        return await self._ask("compliance", question, ComplianceSummary)

    async def successions(self, question: graph.SuccessionsQuestion) -> graph.SuccessionsAnswer:
        """What became of units, what they were made of."""
        return await self._ask("successions", question, graph.SuccessionsAnswer)

    async def cascade(self, question: graph.CascadeQuestion) -> graph.CascadeAnswer:
        """How far the cascade has come."""
        return await self._ask("cascade", question, graph.CascadeAnswer)

    async def walk(self, walk: Walk) -> Walked:
        """A whole query, answered in one snapshot."""
        found = Walked(walk, (await self._answer("walk", walk)).decode())
        self.as_of_token = found.answer.as_of_token or self.as_of_token
        return found

    async def _ask(self, kind: str, question: msgspec.Struct, answer_type: type[Answer]) -> Answer:
        _refuse_nul(question)
        return msgspec.json.decode(await self._answer(kind, question), type=answer_type)

    async def _answer(self, kind: str, question: msgspec.Struct) -> bytes:
        self.calls += 1
        try:
            answer = await self._client.query(
                f"/internal/graph/{kind}",
                msgspec.json.encode(question),
                token=self._token,
                consistency=self._consistency,
            )
        except DependencyUnavailable as fault:
            if fault.facts.get("problem") == NotYetConsistent.code:
                raise NotYetConsistent(seconds="some", headers=fault.headers) from fault
            raise
        if answer.status != 200:
            raise _refusal(answer)
        return answer.body


def _refuse_nul(question: msgspec.Struct) -> None:
    for value in msgspec.structs.astuple(question):
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, str) and "\x00" in text for text in texts):
            raise NulInText


def _refusal(answer: ServiceAnswer) -> Exception:
    try:
        problem = msgspec.json.decode(answer.body, type=_Problem)
    except msgspec.MsgspecError:
        return InternalError()
    match problem.code:
        case TokenMalformed.code:
            return TokenMalformed()
        case Unauthenticated.code:
            return Unauthenticated(reason=problem.detail, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        case ScopeMissing.code:
            return ScopeMissing(scope="reporting:read")
        case _:
            return Refused(code=problem.code, detail=problem.detail)
