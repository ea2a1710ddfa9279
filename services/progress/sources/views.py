"""Sources in memory, each checked against its revision before use."""

import asyncpg
import msgspec

from services.progress.sources import queries


class SourceView(msgspec.Struct, frozen=True):
    """A source as of one revision. `levels`: by campaign code, the level at which it reports each indicator."""

    id: int
    code: str
    revision: int
    levels: dict[str, dict[str, str]]
    aliases: dict[str, str]


class SourceViews:
    """The sources that this process has in memory."""

    def __init__(self) -> None:
        self._views: dict[str, SourceView] = {}

    async def at_revision(self, connection: asyncpg.Connection, code: str, revision: int) -> SourceView:
        """The source, which has just been seen at this revision."""
        view = self._views.get(code)
        if view is None or view.revision != revision:
            source = await queries.find(connection, code)
            assert source is not None
            view = self._views[code] = _view(source)
        return view


def _view(source: queries.Source) -> SourceView:
    levels: dict[str, dict[str, str]] = {}
    for report in source.definition.reports:
        levels.setdefault(report.campaign, {})[report.indicator] = report.level.value
    return SourceView(source.definition.id, source.definition.code, source.definition.revision, levels, source.aliases)
