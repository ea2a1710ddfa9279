"""The commands and their options. The work lies in modules that are imported when it is done."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    name="bonphu",
    help="Runs a province's quota campaigns.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
demo_app = typer.Typer(no_args_is_help=True, help="The demonstration campaign.")
pages_app = typer.Typer(no_args_is_help=True, help="The dashboard's pages.")
reporting_app = typer.Typer(no_args_is_help=True, help="The read model: derive it anew, compare it with its sources.")
app.add_typer(demo_app, name="demo")
app.add_typer(reporting_app, name="reporting")
app.add_typer(pages_app, name="pages")

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="State folder (BONPHU_HOME; .bonphu of the checkout)."),
]


@app.command()
def up(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demonstration too.")] = False,
    home: HomeOption = None,
    port: Annotated[
        int | None,
        typer.Option(help="First of the four ports (BONPHU_PORT; 8000).", min=1, max=65532),
    ] = None,
) -> None:
    """Start everything in the foreground; Ctrl-C ends all of it."""
    from deploy.cli.up import run_up

    run_up(home, first_port=port or _port_of_environment(), demo=demo)


@app.command()
def status(*, home: HomeOption = None) -> None:
    """Show what runs and what is missing."""
    from deploy.cli.status import show_status

    raise typer.Exit(show_status(home))


@app.command()
def token(
    *,
    scope: Annotated[str, typer.Option(help='Scopes, separated by spaces: "reporting:read".')],
    source: Annotated[str | None, typer.Option(help="The source that it reports for.")] = None,
    units: Annotated[
        str | None,
        typer.Option(help="Codes of the subtrees that it may see, by commas; * is all."),
    ] = None,
    sub: Annotated[str, typer.Option(help="Whose token it is.")] = "local",
    ttl: Annotated[str, typer.Option(help="How long it is good: 90s, 30m, 1h, 7d.")] = "1h",
    home: HomeOption = None,
) -> None:
    """Print a token of the local issuer."""
    from deploy.cli.token import minted_token

    typer.echo(minted_token(home, scope=scope, source=source, units=units, subject=sub, ttl=ttl))


@app.command()
def migrate(*, home: HomeOption = None) -> None:
    """Bring the three schemas to the latest version."""
    from deploy.cli.migrate import run_migrations

    run_migrations(home)


@app.command()
def doctor(*, home: HomeOption = None) -> None:
    """Check whether this machine can run bonphu, and say what to do where it cannot."""
    from deploy.cli.doctor import examine

    raise typer.Exit(examine(home, first_port=_port_of_environment()))


@app.command()
def simulate(
    *,
    scale: Annotated[
        Literal["province", "national"], typer.Option(help="One province, or the whole country (90,000 hamlets).")
    ],
    days: Annotated[int, typer.Option(help="How many days are reported.", min=1, max=366)],
    by: Annotated[
        Literal["api", "sql"] | None,
        typer.Option(help="Reports through the API, or facts by SQL; api for a province, sql for the country."),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Official code of the province; the one of median size unless given.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another campaign.", min=0)] = 1,
    home: HomeOption = None,
) -> None:
    """Load a simulated campaign, labelled so, into the running services."""
    from deploy.cli.simulate import run_simulation
    from deploy.simulation import Scale, Way

    run_simulation(home, scale=Scale(scale), days=days, way=Way(by) if by else None, province=unit, seed=seed)


@app.command()
def report(
    file: Annotated[Path, typer.Argument(help="JSON, NDJSON, CSV or XLSX, by its name.", show_default=False)],
    *,
    campaign: Annotated[str, typer.Option(help="The campaign's code.")],
    source: Annotated[str, typer.Option(help="Who reports.")],
    mode: Annotated[
        Literal["daily", "cumulative"] | None, typer.Option(help="Of rows that say none; daily unless given.")
    ] = None,
    atomic: Annotated[bool, typer.Option("--atomic/--good-rows", help="All rows or none, or the good ones.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing and say what would happen.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write every error into this file, one a line.")] = None,
    url: Annotated[
        str | None, typer.Option(help="Of progress (BONPHU_PROGRESS_URL; the local installation's).")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Bearer token (BONPHU_TOKEN; the local issuer's unless given).")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Send a file of counts and show its receipt. Exit code: 0 accepted, 2 partly, 1 nothing was taken.

    A command that is interrupted can be run again: the file counts once.
    """
    from deploy.cli.report import report_file

    raise typer.Exit(
        report_file(
            file,
            campaign=campaign,
            source=source,
            mode=mode,
            atomic=atomic,
            dry_run=dry_run,
            errors=errors,
            url=url,
            token=token,
            home=home,
        )
    )


@app.command()
def notice(
    *,
    campaign: Annotated[str, typer.Option(help="The campaign's code.")],
    form: Annotated[
        Literal["docx", "pdf", "xlsx", "html"], typer.Option("--format", help="The file that is written.")
    ] = "docx",
    unit: Annotated[str | None, typer.Option(help="Whose results: the campaign's top unit unless given.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The campaign day (YYYY-MM-DD); its latest unless given.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="Id of a frozen issue: its notice, byte for byte.")] = None,
    overall_decimals: Annotated[
        int | None, typer.Option(help="Of the unit's own rates; as the campaign prints unless given.")
    ] = None,
    units_decimals: Annotated[int | None, typer.Option(help="Of the rates of the units below it.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Where it is written, - is the output; a name of its own unless given.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Of reporting (BONPHU_REPORTING_URL; the local installation's).")
    ] = None,
    token: Annotated[
        str | None, typer.Option(help="Bearer token (BONPHU_TOKEN; the local issuer's unless given).")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Write the official notice of results, in Vietnamese."""
    from deploy.cli.notice import write_notice

    path = write_notice(
        campaign=campaign,
        form=form,
        unit=unit,
        as_of=as_of,
        snapshot=snapshot,
        overall_decimals=overall_decimals,
        units_decimals=units_decimals,
        output=output,
        url=url,
        token=token,
        home=home,
    )
    if path is not None:
        typer.echo(path)


@demo_app.command("load")
def demo_load(*, home: HomeOption = None) -> None:
    """Load the demonstration campaign into the running services."""
    from deploy.cli.demo import load_demo

    load_demo(home)


@reporting_app.command("rebuild")
def reporting_rebuild(
    *,
    from_source: Annotated[
        bool, typer.Option("--from-source", help="Fill the copies and the log again from quota and progress first.")
    ] = False,
    campaign: Annotated[str | None, typer.Option(help="Only the campaign of this code.")] = None,
    drop_unknown: Annotated[
        bool,
        typer.Option("--drop-unknown", help="With --from-source: drop rows of batches that progress does not know."),
    ] = False,
    home: HomeOption = None,
) -> None:
    """Derive the roll-ups from the log; readers see the old ones until the new ones are there."""
    from deploy.cli.reporting import run_rebuild

    run_rebuild(home, from_source=from_source, campaign=campaign, drop_unknown=drop_unknown)


@reporting_app.command("verify")
def reporting_verify(*, home: HomeOption = None) -> None:
    """Compare copies, log and roll-ups with quota and progress; print the first difference, or that all agrees."""
    from deploy.cli.reporting import run_verify

    raise typer.Exit(run_verify(home))


@pages_app.command("build")
def pages_build() -> None:
    """Build the dashboard's pages, where they are not built yet."""
    from deploy.pages import build_pages

    raise typer.Exit(0 if build_pages(typer.echo) else 1)


def _port_of_environment() -> int:
    from deploy.local.services import DEFAULT_PORT

    given = os.environ.get("BONPHU_PORT") or DEFAULT_PORT
    try:
        port = int(given)
    except ValueError:
        port = 0
    if not 1 <= port <= 65532:
        raise typer.BadParameter(f"BONPHU_PORT is {given!r}: give a number from 1 to 65532.")
    return port
