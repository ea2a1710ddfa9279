"""The page of all error codes, made from the source: refusals by their classes, field and row errors by their calls."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from deploy import CHECKOUT
from services.chassis.problems import Refusal, all_refusals

_CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+")
_CALLS = {"FieldError", "RowRemark", "CellFault", "BrokenCell", "Infeasible", "fault"}


def refusals() -> dict[str, type[Refusal]]:
    """Each problem code and its class. Raises: SystemExit where a code has two meanings."""
    found: dict[str, type[Refusal]] = {}
    for refusal in all_refusals():
        other = found.setdefault(refusal.code, refusal)
        if (other.status, other.title) != (refusal.status, refusal.title):
            raise SystemExit(f"The problem code {refusal.code} has two meanings: {refusal}, {other}")
    return found


def field_codes() -> dict[str, str]:
    """Each code of a field or row error and its sentence, `…` where a fact of the request stands."""
    found: dict[str, str] = {}
    for folder in ("services", "gateway"):
        for file in sorted((CHECKOUT / folder).rglob("*.py")):
            if "node_modules" not in file.parts:
                for code, sentence in _codes_of(file):
                    if len(sentence) > len(found.get(code, "")):
                        found[code] = sentence
    return found


def _name_of(called: ast.expr) -> str:
    """The name of a function or of a method."""
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def _codes_of(file: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        assigned = [
            (node.lineno, node.targets[0].id, node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        ]
        assigned.sort(key=lambda one: one[0])
        for node in ast.walk(function):
            parts: list[ast.expr] = []
            if isinstance(node, ast.Call) and _name_of(node.func) in _CALLS:
                parts = node.args[-2:]
            elif isinstance(node, ast.Tuple) and len(node.elts) == 3:
                parts = node.elts[-2:]
            match parts:
                case [ast.Constant(value=str() as code), text] if _CODE.fullmatch(code):
                    named = {name: _sentence(value, {}) for line, name, value in assigned if line < text.lineno}
                    if sentence := _sentence(text, named):
                        yield code, sentence


def _sentence(node: ast.expr, named: dict[str, str]) -> str:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_sentence(one, named) if isinstance(one, ast.Constant) else "…" for one in values)
        case ast.Name(id=name):
            return named.get(name, "")
    return ""


def page() -> str:
    """The page, in Markdown."""
    lines = [
        "# Error codes",
        "",
        "Every error is an `application/problem+json` document (RFC 9457) whose `code` is one of the first table.",
        "Its `errors`, and the `errors` and `warnings` of a receipt, bear the codes of the second.",
        "This page is made from the source by `python -m deploy.schemas`.",
        "",
        "## Problems",
        "",
        "| code | status | what it means | what to do |",
        "| --- | --- | --- | --- |",
    ]
    for code, refusal in sorted(refusals().items()):
        message = re.sub(r"\{[^}]*\}", "…", " ".join((refusal.__doc__ or "").split()))
        lines.append(f"| `{code}` | {refusal.status} | {refusal.title}. {_cell(message)} | {_cell(refusal.remedy)} |")
    lines += ["", "## Fields and rows", "", "| code | what it says |", "| --- | --- |"]
    lines += [f"| `{code}` | {_cell(sentence)} |" for code, sentence in sorted(field_codes().items())]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
