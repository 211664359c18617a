"""A reader at a terminal, who types what a page says."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from commands import run_solde
from guide.pages import ROOT, Asked, Block, requests_of
from web.conftest import serve

from solde.app.application import create_app
from solde.app.jobs.cards import tend_cards
from solde.app.settings import ApiSettings
from solde.db import open_pool

COMMANDS = Path(sys.executable).parent


@dataclass
class Reader:
    """Types into a folder of their own, signed in with an administrator's token."""

    folder: Path
    environment: dict[str, str]
    client: httpx.Client
    keys: Iterator[int] = field(default_factory=itertools.count)

    def do(self, block: Block) -> str:
        """What is wrong with a block, or nothing."""
        if block.not_run:
            return ""
        if block.file:
            (self.folder / block.file).write_text(block.text)
            return ""
        if block.language == "sh":
            if "solde cards" in block.text:
                self._wait_for_gateway()
            return self._type(block.text)
        if block.language != "http":
            return ""
        return "\n".join(filter(None, map(self._ask, requests_of(block.text))))

    def _type(self, text: str) -> str:
        """Run commands; the first that fails ends it. Where nothing but `solde` is called no shell is needed."""
        lines = [line for line in text.splitlines() if line.strip()]
        if not all(re.fullmatch(r"solde [^$|>&;`\\]*", line) for line in lines):
            return self._shell(text)
        for line in lines:
            arguments = shlex.split(line, comments=True)[1:]
            done = run_solde(arguments, self.environment, typed="y\n", folder=self.folder)
            if done.returncode:
                return f"{line}: exit code {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-3000:]}"
        return ""

    def _shell(self, text: str) -> str:
        """Run commands in one shell. What they export stays for the next block."""
        here = text.replace("http://127.0.0.1:8000", self.environment["SOLDE"])
        script = f"set -eo pipefail\nset -a\n{here}\nset +a\nenv -0 > .kept\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            check=False, timeout=120, input="y\n",
        )  # fmt: skip
        if done.returncode:
            return f"exit code {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-3000:]}"
        kept = (self.folder / ".kept").read_text().split("\0")
        self.environment |= dict(one.split("=", 1) for one in kept if one)
        return ""

    def _wait_for_gateway(self) -> None:
        """What a server's worker does every five seconds: it takes the events of the sandbox."""

        async def tend() -> None:
            async with open_pool(self.environment["SOLDE_DATABASE_URL"], min_size=1, max_size=2) as pool:
                await tend_cards(pool)

        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(tend())).result()

    def _ask(self, asked: Asked) -> str:
        headers = {"Idempotency-Key": f"page-{next(self.keys)}"} if asked.method == "POST" else {}
        answer = self._send(asked, headers)
        if answer.status_code == httpx.codes.PRECONDITION_REQUIRED:
            answer = self._send(asked, {"If-Match": self.client.get(asked.path).headers.get("etag", "")})
        wrong = answer.is_error
        return f"{asked.method} {asked.path}: {answer.status_code} {answer.text[:1500]}" if wrong else ""

    def _send(self, asked: Asked, headers: dict[str, str]) -> httpx.Response:
        body = None if asked.body is None else json.dumps(asked.body)
        return self.client.request(
            asked.method, asked.path, content=body, headers=headers | {"Content-Type": "application/json"}
        )


@contextmanager
def reader_of(database_url: str, folder: Path, token: str) -> Iterator[Reader]:
    """A reader before a running server, in a folder with the examples and a few files the pages name."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(COMMANDS)
    (folder / ".curlrc").write_text("fail-with-body\nsilent\nshow-error\n")
    with serve(create_app(database_url, ApiSettings(pool_min=1, pool_max=3))) as address:
        environment = os.environ | {
            "PATH": f"{COMMANDS}:{os.environ['PATH']}", "CURL_HOME": str(folder), "HOME": str(folder),
            "SOLDE_DATABASE_URL": database_url, "SOLDE_HOME": str(folder / "home"), "COLUMNS": "200",
            "SOLDE": address, "TOKEN": token,
        }  # fmt: skip
        signed = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=signed, timeout=30) as client:
            yield Reader(folder, environment, client)
