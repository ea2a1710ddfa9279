"""Stories that chance tells too seldom, told every time."""

from tests.laws.model.story import Campaign, Compliance, Indicator, Issue, Line, Report, Row, Source, Story, Unit

COMMUNE = "u01"


def _on(source: str, day: int, value: int, mode: str) -> Report:
    return Report(source, (Row(COMMUNE, "i0", day, value, mode=mode),), day * 24 * 60 + 960)


def three_groups(mode: str) -> Story:
    """The third group begins after the first, and before the second does: it never speaks."""
    return Story(
        units=(Unit("u00", "province", None), Unit(COMMUNE, "commune", "u00")),
        campaign=Campaign(8, (Indicator("i0", "commune", (("s0",), ("s1",), ("s2",))),)),
        sources=tuple(Source(code, (("i0", "commune"),)) for code in ("s0", "s1", "s2")),
        acts=(
            Issue(0, "u00", 0, (Line(COMMUNE, "i0", 40),), 0),
            _on("s0", 1, 4, mode),
            _on("s2", 3, 20, mode),
            _on("s1", 5, 10, mode),
        ),
    )


def exact_halves() -> Story:
    """1 of 8 and 3 of 8 are 12.5 % and 37.5 %: without decimals, exact halves to round."""
    communes = ("u01", "u02")
    return Story(
        units=(Unit("u00", "province", None), *(Unit(code, "commune", "u00") for code in communes)),
        campaign=Campaign(2, (Indicator("i0", "commune", (("s0",),)),), decimals=0),
        sources=(Source("s0", (("i0", "commune"),)),),
        acts=(
            Issue(0, "u00", 0, tuple(Line(code, "i0", 8) for code in communes), 0),
            Report("s0", (Row("u01", "i0", 0, 1), Row("u02", "i0", 0, 3)), 960),
        ),
    )


def at_the_very_hour() -> Story:
    """One report comes at the hour at which it is due, one a minute later."""
    return Story(
        units=(Unit("u00", "province", None), Unit(COMMUNE, "commune", "u00")),
        campaign=Campaign(
            3, (Indicator("i0", "commune", (("s0",),)),), compliance=Compliance("commune", 17), decimals=1
        ),
        sources=(Source("s0", (("i0", "commune"),)),),
        acts=(
            Issue(0, "u00", 0, (Line(COMMUNE, "i0", 40),), 0),
            Report("s0", (Row(COMMUNE, "i0", 0, 1),), 17 * 60),
            Report("s0", (Row(COMMUNE, "i0", 1, 1),), (24 + 17) * 60 + 1),
        ),
    )


def told_late() -> Story:
    """What was received on day 2 is told after what was received on day 3: the latter stands."""
    return Story(
        units=(Unit("u00", "province", None), Unit(COMMUNE, "commune", "u00")),
        campaign=Campaign(4, (Indicator("i0", "commune", (("s0",),)),)),
        sources=(Source("s0", (("i0", "commune"),)),),
        acts=(
            Issue(0, "u00", 0, (Line(COMMUNE, "i0", 40),), 0),
            Report("s0", (Row(COMMUNE, "i0", 1, 5),), 3 * 24 * 60),
            Report("s0", (Row(COMMUNE, "i0", 1, 9),), 2 * 24 * 60),
        ),
    )


def nothing_asked() -> Story:
    """Of one commune 0 is asked, and it reports nothing: it is not expected to."""
    communes = ("u01", "u02")
    return Story(
        units=(Unit("u00", "province", None), *(Unit(code, "commune", "u00") for code in communes)),
        campaign=Campaign(2, (Indicator("i0", "commune", (("s0",),)),)),
        sources=(Source("s0", (("i0", "commune"),)),),
        acts=(
            Issue(0, "u00", 0, (Line("u01", "i0", 0), Line("u02", "i0", 8)), 0),
            Report("s0", (Row("u02", "i0", 0, 1),), 960),
        ),
    )


def tied() -> Story:
    """Of four communes two share a place: 1, 2, 2, 4."""
    communes = ("u01", "u02", "u03", "u04")
    return Story(
        units=(Unit("u00", "province", None), *(Unit(code, "commune", "u00") for code in communes)),
        campaign=Campaign(1, (Indicator("i0", "commune", (("s0",),)),)),
        sources=(Source("s0", (("i0", "commune"),)),),
        acts=(
            Issue(0, "u00", 0, tuple(Line(code, "i0", 8) for code in communes), 0),
            Report(
                "s0", tuple(Row(code, "i0", 0, done) for code, done in zip(communes, (6, 4, 4, 1), strict=True)), 960
            ),
        ),
    )


def dated_back() -> Story:
    """A revision is dated before the plan that it revises: it replaces the whole plan from its own date."""
    return Story(
        units=(Unit("u00", "province", None), Unit(COMMUNE, "commune", "u00")),
        campaign=Campaign(5, (Indicator("i0", "commune", (("s0",),)),)),
        sources=(Source("s0", (("i0", "commune"),)),),
        acts=(
            Issue(0, "u00", 3, (Line(COMMUNE, "i0", 40),), 0),
            Issue(0, "u00", 1, (Line(COMMUNE, "i0", 25),), 24 * 60),
            Report("s0", (Row(COMMUNE, "i0", 0, 5),), 960),
        ),
    )


RARITIES = {
    "tied": tied(),
    "dated back": dated_back(),
    "nothing asked": nothing_asked(),
    "told late": told_late(),
    "three groups that count daily": three_groups("daily"),
    "three groups with running totals": three_groups("cumulative"),
    "exact halves": exact_halves(),
    "at the very hour": at_the_very_hour(),
}
