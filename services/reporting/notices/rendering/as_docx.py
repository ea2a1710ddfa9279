"""A notice as DOCX: a template of the form of Decree 30/2020 (`docx_template`), filled in by docxtpl."""

import io

import msgspec
from docxtpl import DocxTemplate

from services.reporting.notices.document import Notice
from services.reporting.notices.rendering.docx_template import template_of


def render(notice: Notice) -> bytes:
    """The document. Values are escaped, so that none is taken for XML, and are no templates themselves."""
    template = DocxTemplate(io.BytesIO(template_of(notice)))
    template.render({"notice": msgspec.to_builtins(notice)}, autoescape=True)
    made = io.BytesIO()
    template.save(made)
    return made.getvalue()
