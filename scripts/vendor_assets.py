"""Fetch the web assets from npm packages and lay them beside the code, with their licences and checksums.

Run by `make assets`; needs `npm`. What it writes is committed, so nobody else needs Node.js and no page loads
anything from outside.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "src/solde/app/web/static/vendor"
TEST_TARGET = ROOT / "tests/web/vendor"
SVG = "http://www.w3.org/2000/svg"

ICONS = """
    arrow-down arrow-up banknote bell-ring book-open building-2 calculator calendar chart-column check chevron-down
    chevron-left chevron-right chevrons-up-down circle-alert circle-check circle-question-mark columns-3 credit-card
    download ellipsis external-link file-spreadsheet file-text flask-conical funnel gavel hand-coins history info
    keyboard link list list-checks lock log-out menu moon pencil phone plus receipt refresh-cw rows-3 scale search
    settings shield-check sun trash-2 triangle-alert undo-2 unlink upload user users wallet x
""".split()


@dataclass(frozen=True, slots=True)
class Package:
    """One npm package: which version, and where its files go."""

    name: str
    version: str
    folder: str
    licence: str
    files: tuple[tuple[str, str], ...]
    target: Path = TARGET


PACKAGES = (
    Package(
        "basecoat-css",
        "1.0.2",
        "basecoat",
        "MIT",
        (("dist/basecoat.cdn.min.css", "basecoat.min.css"), ("LICENSE.md", "LICENSE")),
    ),
    Package("htmx.org", "4.0.1", "htmx", "0BSD", (("dist/htmx.min.js", "htmx.min.js"), ("LICENSE", "LICENSE"))),
    Package(
        "@fontsource-variable/inter", "5.3.0", "inter", "OFL-1.1", (("index.css", "inter.css"), ("LICENSE", "LICENSE"))
    ),
    Package("lucide-static", "1.62.0", "lucide", "ISC", (("LICENSE", "LICENSE"),)),
    # Judges the pages in the browser tests; no part of the product.
    Package(
        "axe-core", "4.11.0", "axe", "MPL-2.0", (("axe.min.js", "axe.min.js"), ("LICENSE", "LICENSE")), TEST_TARGET
    ),
)


def fetch(package: Package, folder: Path) -> Path:
    """Download and unpack one package; gives the folder of its files."""
    asked = [
        "npm",
        "pack",
        f"{package.name}@{package.version}",
        "--ignore-scripts",
        "--json",
        "--pack-destination",
        str(folder),
    ]
    report = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout)
    unpacked = folder / package.folder
    with tarfile.open(folder / report[0]["filename"].replace("@", "").replace("/", "-")) as archive:
        archive.extractall(unpacked, filter="data")
    return unpacked / "package"


def without_source_map(content: bytes) -> bytes:
    """Drop the comment that would make a browser ask for a source map."""
    return re.sub(rb"\s*(?://[#@] ?sourceMappingURL=\S+|/\*[#@] ?sourceMappingURL=.*?\*/)\s*$", b"\n", content)


def copy_files(package: Package, source: Path) -> None:
    """Lay the chosen files of a package into its folder."""
    target = package.target / package.folder
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    for name, new_name in package.files:
        (target / new_name).write_bytes(without_source_map((source / name).read_bytes()))


def copy_fonts(source: Path) -> None:
    """Add the font files that the style sheet names, for every script Inter has."""
    sheet = TARGET / "inter/inter.css"
    text = sheet.read_text().replace("url(./files/", "url(./")
    sheet.write_text(text)
    for name in re.findall(r"url\(\./([\w.-]+)\)", text):
        (TARGET / "inter" / name).write_bytes((source / "files" / name).read_bytes())


def make_sprite(source: Path) -> None:
    """Put the icons of an admin screen into one file; a page shows one by `<use href="…/icons.svg#search">`."""
    ElementTree.register_namespace("", SVG)
    sprite = ElementTree.Element(f"{{{SVG}}}svg")
    for name in ICONS:
        icon = ElementTree.fromstring((source / "icons" / f"{name}.svg").read_text())  # noqa: S314
        symbol = ElementTree.SubElement(sprite, f"{{{SVG}}}symbol", {"id": name})
        symbol.attrib |= {key: value for key, value in icon.attrib.items() if key not in {"class", "width", "height"}}
        for shape in icon:
            shape.tail = None
            symbol.append(shape)
        symbol.tail = "\n"
    (TARGET / "lucide/icons.svg").write_text(ElementTree.tostring(sprite, encoding="unicode") + "\n")


def rows(package: Package) -> Iterator[str]:
    """One line of the table a file."""
    for path in sorted((package.target / package.folder).iterdir()):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        yield f"| {package.folder}/{path.name} | {package.name} | {package.version} | {package.licence} | `{digest}` |"


def main() -> None:
    """Fetch everything and write VENDORED.md."""
    with tempfile.TemporaryDirectory() as name:
        for package in PACKAGES:
            source = fetch(package, Path(name))
            copy_files(package, source)
            if package.folder == "inter":
                copy_fonts(source)
            if package.folder == "lucide":
                make_sprite(source)
            print(f"assets: {package.name} {package.version}")
    lines = [
        "# Vendored files",
        "",
        "Made by `make assets` from npm packages; do not edit by hand. Source map comments are taken out; `icons.svg`",
        "is a choice of Lucide's icons in one file, `inter.css` names its fonts beside it. All else is as published.",
        "",
        "| File | Package | Version | Licence | SHA-256 |",
        "|---|---|---|---|---|",
        *(row for package in PACKAGES if package.target == TARGET for row in rows(package)),
    ]
    (TARGET / "VENDORED.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
