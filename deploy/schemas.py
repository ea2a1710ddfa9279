"""The committed schemas: `python -m deploy.schemas` writes them, `--check` says which are not current.

They are `docs/openapi/*.json` (one per service), `gateway/graph/schema.graphql`, `docs/errors.md` (all problem codes)
and `docs/settings-and-metrics.md`. Reviewing their diff is reviewing an API change.
"""

import json
import sys
from pathlib import Path

from deploy import CHECKOUT, error_codes, operators_page
from gateway.graph.export import COMMITTED, printed_schema


def openapi(service: str) -> str:
    """The OpenAPI document of a service, as text."""
    from importlib import import_module

    app = import_module(f"services.{service}.app").create_app()
    return json.dumps(app.openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def snapshots() -> dict[Path, str]:
    """What each committed file should hold."""
    found = {
        CHECKOUT / "docs" / "openapi" / f"{name}.json": openapi(name) for name in ("quota", "progress", "reporting")
    }
    found[COMMITTED] = printed_schema()
    found[CHECKOUT / "docs" / "errors.md"] = error_codes.page()
    found[CHECKOUT / "docs" / "settings-and-metrics.md"] = operators_page.page()
    return found


def main() -> int:
    """Writes the snapshots, or with `--check` answers 1 where one is not current."""
    check = "--check" in sys.argv[1:]
    stale = []
    for path, text in snapshots().items():
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(CHECKOUT))
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path} {'is not current: run `python -m deploy.schemas` and review the diff' if check else 'written'}")  # noqa: T201
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
