import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy import pages


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page whose build copies it, and counts how often it ran; it needs no package."""
    monkeypatch.setattr(pages, "SOURCES", tmp_path)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "node_modules" / "cache"))
    (tmp_path / "build.sh").write_text(
        'set -e; mkdir -p "$2/assets"; cp page.html "$2/"; cp page.html "$2/assets/$(cat page.html).js"\n'
        "echo built >> node_modules/builds\n"
    )
    (tmp_path / "package.json").write_text(json.dumps({"name": "pages", "scripts": {"build": "sh build.sh"}}))
    (tmp_path / "package-lock.json").write_text(json.dumps({"name": "pages", "lockfileVersion": 3, "packages": {}}))
    (tmp_path / "page.html").write_text("first")
    return tmp_path


def installed(sources: Path) -> None:
    (sources / "node_modules").mkdir()
    (sources / "node_modules" / ".bonphu-installed-lock.json").write_bytes((sources / "package-lock.json").read_bytes())


def builds(sources: Path) -> int:
    return (sources / "node_modules" / "builds").read_text().count("built")


def test_pages_are_built_once_and_again_when_a_source_changed(sources: Path) -> None:
    installed(sources)
    assert not pages.are_built()
    assert pages.build_pages(print)
    assert pages.build_pages(print)
    assert builds(sources) == 1
    (sources / "page.html").write_text("second")
    assert not pages.are_built()
    assert pages.build_pages(print)
    assert builds(sources) == 2
    assert (sources / "dist" / "page.html").read_text() == "second"
    assert [file.name for file in (sources / "dist" / "assets").iterdir()] == ["second.js"]


def test_of_several_at_once_one_builds(sources: Path) -> None:
    installed(sources)
    said: list[str] = []
    with ThreadPoolExecutor(4) as builders:
        assert list(builders.map(pages.build_pages, [said.append] * 4)) == [True] * 4
    assert builds(sources) == 1
    assert said.count("building the dashboard's pages …") == 1
    assert "another process builds the dashboard's pages; waiting for it …" in said


def test_a_build_that_fails_leaves_the_pages_that_are_shown(sources: Path) -> None:
    installed(sources)
    assert pages.build_pages(print)
    (sources / "page.html").write_text("second")
    (sources / "build.sh").write_text('rm -rf "$2"; exit 1\n')
    assert not pages.build_pages(print)
    assert (sources / "dist" / "page.html").read_text() == "first"
    assert (sources / "dist" / "assets" / "first.js").exists()


def test_a_registry_out_of_reach_is_said_in_one_sentence(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    said: list[str] = []
    assert not pages.build_pages(said.append)
    assert said[-1] == (
        "The dashboard's pages are not built: the npm registry cannot be reached from here."
        " Everything else works; `bonphu pages build` tries again."
    )


def test_a_build_that_fails_says_why_and_is_not_taken_for_built(sources: Path) -> None:
    installed(sources)
    (sources / "page.html").unlink()
    said: list[str] = []
    assert not pages.build_pages(said.append)
    assert "page.html" in said[-1]
    assert not pages.are_built()


def test_without_sources_there_is_nothing_to_build(sources: Path) -> None:
    (sources / "package.json").unlink()
    assert pages.build_pages(print)
