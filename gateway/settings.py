"""Settings of the gateway."""

from pathlib import Path

from pydantic import Field

from services.chassis.settings import ProcessSettings


class GatewaySettings(ProcessSettings):
    """What the gateway is told, beside what every process is told. The limits hold for every caller, admin too."""

    graph_max_body_bytes: int = Field(
        1024 * 1024, ge=1024, description="Largest GraphQL request body, in bytes; a larger one is answered 413."
    )
    graph_max_query_length: int = Field(50_000, ge=100, description="Longest GraphQL document, in characters.")
    graph_max_tokens: int = Field(5_000, ge=50, description="Most lexical tokens (or comments) of a document.")
    graph_max_depth: int = Field(30, ge=5, description="How deep fields may stand in each other, fragments included.")
    graph_max_fields: int = Field(
        3_000, ge=50, description="Most fields of an operation once all of its fragments are written out."
    )
    graph_max_aliases: int = Field(
        200, ge=0, description="Most aliases of an operation once all of its fragments are written out."
    )
    graph_max_directives: int = Field(
        100, ge=0, description="Most directives of an operation once all of its fragments are written out."
    )
    graph_max_cost: int = Field(
        500_000, ge=100, description="Most points that an operation may cost: things that it may bring, at most."
    )
    graph_points_per_minute: int = Field(
        10_000_000, ge=1_000, description="Points that one caller may spend a minute; more are answered 429."
    )
    graph_deadline_seconds: float = Field(
        15.0, gt=0, description="Seconds after which a GraphQL request that is not answered is given up with 504."
    )
    graph_live_connections: int = Field(
        1_000, ge=1, description="Subscribers that a gateway process has, at most: WebSockets and event streams."
    )
    graph_live_connections_per_caller: int = Field(250, ge=1, description="Those of one caller, at most.")
    graph_cors_origins: str = Field(
        "*",
        description="Origins, by commas, whose pages may ask the graph from a browser; `*` is all, nothing is none. A"
        " page can do no more than the token that it brings.",
    )
    graph_introspection: bool = Field(True, description="Whether the schema may be asked for by introspection.")
    graph_ide: bool = Field(True, description="Whether `/graphql` shows browsers the page on which to try queries.")
    graph_trusted_documents: Path | None = Field(
        None,
        description="Folder of `*.graphql` files, or JSON file that maps sha256 hashes to documents, which may be asked"
        " for by hash. Read at the start.",
    )
    graph_trusted_only: str = Field(
        "", description="Subjects of tokens, by commas, that may send trusted documents only; `*` is everybody."
    )
    graph_compiled: bool = Field(
        True, description="Whether queries are carried out by compiled plans where there is one; else all interpreted."
    )
    graph_kept_bytes: int = Field(
        64 * 1024 * 1024, ge=0, description="Bytes of answers that are kept until what they follow from changes."
    )
    graph_lag_seconds: float = Field(
        0.2,
        ge=0,
        le=1,
        description="How old an answer may be that is served once more while a newer one is fetched. A request with a"
        " `Consistency-Token` never gets one that is kept.",
    )
    graph_documents_kept: int = Field(
        500, ge=0, description="How many checked documents stay in memory, the most recently used ones."
    )
