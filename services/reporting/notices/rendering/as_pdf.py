"""A notice as PDF, set by typst with a serif font that a package brings.

No font of the machine is looked at; what typst itself brings lacks accented letters in bold and italic.
"""

from pathlib import Path

import fontpkg_source_serif_4
import msgspec
import typst

from services.reporting.notices.document import Notice

_TEMPLATE = Path(__file__).parent / "notice.typ"


def render(notice: Notice) -> bytes:
    """The PDF, tagged for readers that read aloud. The notice reaches the template as data, never as markup."""
    pdf = typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=[str(fontpkg_source_serif_4.ROOT / "files")],
        ignore_system_fonts=True,
        sys_inputs={"notice": msgspec.json.encode(notice).decode()},
    )
    assert isinstance(pdf, bytes)
    return pdf
