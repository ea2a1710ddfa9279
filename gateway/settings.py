"""Settings of the gateway."""

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
    graph_documents_kept: int = Field(
        500, ge=0, description="How many checked documents stay in memory, the most recently used ones."
    )
