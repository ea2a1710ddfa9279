"""What every process answers: whether it lives, and who changed what."""

from tests.access.operations.rows import Row, cells


def everybody() -> dict[str, str]:
    return dict.fromkeys(cells(blind="", sibling="", own="", above=""), "200")


HEALTH = {
    f"{service} GET {path}": Row("quota:read", path, everybody())
    for service in ("quota", "progress", "reporting", "gateway")
    for path in ("/livez", "/readyz", "/metrics")
}
# Nobody's units: whoever administers some of them only finds it empty.
AUDIT = {
    f"{service} GET /v1/audit": Row(
        "admin",
        "/v1/audit?limit=1",
        cells(blind="200", sibling="200", own="200", above="200", admin="200"),
    )
    for service in ("quota", "progress", "reporting")
}
