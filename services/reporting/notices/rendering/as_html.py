"""A notice as one HTML page that loads nothing and runs nothing."""

from pathlib import Path

import jinja2

from services.reporting.notices.document import Notice

_TEMPLATE = Path(__file__).parent / "notice.html"


def render(notice: Notice) -> bytes:
    """The page in UTF-8."""
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(notice=notice).encode()
