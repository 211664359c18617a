"""Work that runs by itself: procrastinate's queue in our database, workers beside each server process.

A periodic job is put into the queue once, whichever process is first, and done by one. Long work that was asked for has a
job row, which says how far it is; its file lies in the database, so any server does it, and another one after a crash.
"""

from .actions import cancel_job, get_job, list_errors, list_jobs, start_import, start_job, take_up
from .model import Ending, ImportRequest, Job, JobError, JobFilter, JobState
from .queue import TASKS, make_queue, work
from .runner import Runner
from .told import Told

__all__ = [
    "TASKS",
    "Ending",
    "ImportRequest",
    "Job",
    "JobError",
    "JobFilter",
    "JobState",
    "Runner",
    "Told",
    "cancel_job",
    "get_job",
    "list_errors",
    "list_jobs",
    "make_queue",
    "start_import",
    "start_job",
    "take_up",
    "work",
]
