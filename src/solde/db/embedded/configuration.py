"""The server's settings: safe first, then sized to the machine."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

MEBIBYTE = 1024 * 1024
GIBIBYTE = 1024 * MEBIBYTE
WANTED_LIBRARIES = ("pg_prewarm",)
"""It keeps a list of the pages in memory and reads them again after a restart, so that the first questions are not slow."""

CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")


def configuration(memory: int, socket: Path, overrides: Mapping[str, str], *, libraries: Sequence[str] = ()) -> str:
    """The text of `solde.conf`, written anew at every start.

    Units: memory in bytes. `libraries` are those of `WANTED_LIBRARIES` that the server has.
    """
    settings = {
        # Nothing listens on TCP; the socket's folder is the owner's alone, and a password is asked besides.
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0600",
        "password_encryption": "scram-sha-256",
        "max_connections": "200",
        # An acknowledged commit is on the disk.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "shared_buffers": f"{shared_buffers(memory) // MEBIBYTE}MB",
        "effective_cache_size": f"{max(memory // 2, 256 * MEBIBYTE) // MEBIBYTE}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": "128MB",
        "wal_buffers": "64MB" if memory > 8 * GIBIBYTE else "16MB",
        # Whole pages are written to the log once after each checkpoint: rare checkpoints, and no time spent on
        # compressing those pages (the binaries know only the slow way).
        "min_wal_size": "1GB",
        "max_wal_size": "8GB",
        "wal_compression": "off",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        # Compiling a plan costs more than any of our short statements.
        "jit": "off",
        # Totals and open items are small tables, changed all the time: clean them early and often.
        "autovacuum_naptime": "15s",
        "autovacuum_vacuum_scale_factor": "0.1",
        "autovacuum_analyze_scale_factor": "0.05",
        "autovacuum_vacuum_cost_delay": "1ms",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "lc_messages": "C",
        "log_line_prefix": "%m [%p] %q%u@%d ",
        "shared_preload_libraries": ",".join(libraries),
        "log_min_duration_statement": "2s",
        # Parameters can hold names and amounts; they do not belong in a log.
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    } | dict(overrides)
    lines = [f"{name} = '{_quote(value)}'" for name, value in settings.items()]
    return "\n".join(["# Written by Solde at every start; put your own settings into local.conf.", *lines, ""])


def shared_buffers(memory: int) -> int:
    """256 MB; a quarter of the memory, at most 4 GB, on a machine of more than 8 GB; less on a tiny one.

    Units: bytes.
    """
    if memory > 8 * GIBIBYTE:
        return min(memory // 4, 4 * GIBIBYTE)
    return 256 * MEBIBYTE if memory >= GIBIBYTE else 64 * MEBIBYTE


def machine_memory() -> int:
    """Bytes of memory this process may use: the machine's, or the container's limit."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        return min(memory, int(CGROUP_LIMIT.read_text()))
    except (OSError, ValueError):
        return memory


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
