"""What must never be in the repository: addresses of indexes, paths of one machine, assets from outside."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

# By words, so that this file names no address itself.
REGISTRY = re.compile(
    rb"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|jsdelivr|unpkg|crates|anaconda|artifactory|nexus|mirror|proxy)[\w.-]*"
    rb"|https?://[^\s\"']*(?:/simple\b|/-/[\w.-]+\.tgz)"
    rb"|https?://(?:deb|security|ftp)\.",
    re.IGNORECASE,
)
MACHINE = re.compile(rb"/(?:work|Users)/(?!\.\.\.)[a-z]|/tmp/(?:brief|bash_jobs)|/root/\.?[a-z]")
LOADS_FROM_OUTSIDE = re.compile(
    r"""@import\s+(?:url\()?["']?(?:https?:)?//|url\(["']?(?:https?:)?//|sourceMappingURL|(?:src|href)=["'](?:https?:)?//"""
    r"""|(?:fetch|import|importScripts)\(["'](?:https?:)?//""",
    re.IGNORECASE,
)


def found_in(pattern: re.Pattern[bytes], paths: list[Path]) -> dict[str, list[bytes]]:
    hits = {str(path): pattern.findall(path.read_bytes()) for path in paths}
    return {path: matches for path, matches in hits.items() if matches}


def test_no_file_names_a_package_registry(tracked_files: list[Path]) -> None:
    assert found_in(REGISTRY, tracked_files) == {}


def test_no_file_names_a_path_of_one_machine(tracked_files: list[Path]) -> None:
    assert found_in(MACHINE, [path for path in tracked_files if path != Path(__file__)]) == {}


@pytest.mark.parametrize("name", ["run", "dev"])
def test_locks_hold_names_versions_and_hashes_only(root: Path, name: str) -> None:
    line = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,-]+\])?==[^\s;]+( ;[^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    text = (root / f"requirements/{name}.txt").read_text(encoding="utf-8")
    assert [row for row in text.splitlines() if not line.fullmatch(row)] == []


def test_both_locks_hold_the_same_versions(root: Path) -> None:
    def pins(name: str) -> set[str]:
        text = (root / f"requirements/{name}.txt").read_text(encoding="utf-8")
        return {row.split()[0] for row in text.splitlines() if not row.startswith(" ")}

    assert pins("run") <= pins("dev")


def test_vendored_files_are_as_recorded(root: Path) -> None:
    vendor = root / "src/solde/app/web/static/vendor"
    table = (vendor / "VENDORED.md").read_text(encoding="utf-8")
    recorded = dict(re.findall(r"^\| (\S+/\S+) \|.*`([0-9a-f]{64})` \|$", table, re.MULTILINE))
    files = [path for path in vendor.rglob("*") if path.is_file() and path.name != "VENDORED.md"]
    assert recorded == {str(path.relative_to(vendor)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_web_files_load_nothing_from_outside(tracked_files: list[Path], root: Path) -> None:
    kinds = {".css", ".js", ".html", ".svg", ".jinja"}
    web = [path for path in tracked_files if path.is_relative_to(root / "src/solde/app/web") and path.suffix in kinds]
    hits = {str(path): LOADS_FROM_OUTSIDE.findall(path.read_text(encoding="utf-8")) for path in web}
    assert {path: matches for path, matches in hits.items() if matches} == {}
