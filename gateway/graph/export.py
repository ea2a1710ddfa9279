"""Writes `schema.graphql`, the schema in the form that is reviewed: `python -m gateway.graph.export`."""

from pathlib import Path

from gateway.graph.schema import SCHEMA

COMMITTED = Path(__file__).with_name("schema.graphql")


def printed_schema() -> str:
    """The schema in the schema definition language."""
    return SCHEMA.as_str().rstrip("\n") + "\n"


if __name__ == "__main__":
    COMMITTED.write_text(printed_schema(), encoding="utf-8")
