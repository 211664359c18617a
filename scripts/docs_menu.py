"""The menu of the documentation: the folders of docs in a fixed order, each page by its file name.

Called by mkdocs (see `hooks` in mkdocs.yml).
"""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig

SECTIONS = {"Guide": "guide", "Reference": "reference", "Decisions": "decisions"}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fill the menu from the folders."""
    docs = Path(config.docs_dir)
    sections = [{title: pages(docs, folder)} for title, folder in SECTIONS.items() if pages(docs, folder)]
    config.nav = ["index.md", *sections]
    return config


def pages(docs: Path, folder: str) -> list[str]:
    """The pages of one folder, `index.md` first."""
    found = sorted((docs / folder).rglob("*.md"), key=lambda path: (path.name != "index.md", path))
    return [str(path.relative_to(docs)) for path in found]
