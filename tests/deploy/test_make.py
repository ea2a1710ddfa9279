"""What `make` says on a machine that lacks something."""

import subprocess
from pathlib import Path

import pytest

from deploy import CHECKOUT


def make_venv(tmp_path: Path, python: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", "venv", f"PYTHON={python}", f"BIN={tmp_path / 'none'}"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """A Python that fails wherever its arguments hold one of the words in the file `lacks`."""
    path = tmp_path / "python"
    path.write_text(f'#!/bin/sh\nread word < "{tmp_path}/lacks"\ncase "$*" in *$word*) exit 1 ;; esac\n')
    path.chmod(0o755)
    return path


def test_without_python_it_says_how_to_name_one(tmp_path: Path) -> None:
    refused = make_venv(tmp_path, "python-that-is-not-there")
    assert refused.returncode
    assert "python-that-is-not-there is not there. Name another: make PYTHON=" in refused.stdout


def test_an_old_python_is_named(tmp_path: Path, interpreter: Path) -> None:
    (tmp_path / "lacks").write_text("version_info\n")
    refused = make_venv(tmp_path, interpreter)
    assert refused.returncode
    assert "bonphu needs Python 3.11 or later" in refused.stdout


def test_a_python_that_makes_no_environments_is_told_what_to_install(tmp_path: Path, interpreter: Path) -> None:
    (tmp_path / "lacks").write_text("ensurepip\n")
    refused = make_venv(tmp_path, interpreter)
    assert refused.returncode
    assert "Install its package python3-venv" in refused.stdout
