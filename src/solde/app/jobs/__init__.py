"""Work that runs by itself: procrastinate's queue in our database, workers beside each server process.

A periodic job is put into the queue once, whichever process is first, and done by one. Long work that was asked for has a
job row, which says how far it is; its file lies in the database, so any server does it, and another one after a crash.
"""

from .actions import cancel_job, get_job, list_errors, list_jobs, start_import, start_job, take_up
from .list_files import LIST_FILE, Pace, Writing, get_list_file, go_on_as_job, is_kept, read_list_file
from .model import Ending, ImportRequest, Job, JobError, JobFilter, JobState
from .progress import Progress
from .queue import TASKS, make_queue, work
from .runner import Runner
from .workers import WorkerLoop, at_work

__all__ = [
    "LIST_FILE",
    "TASKS",
    "Ending",
    "WorkerLoop",
    "ImportRequest",
    "Job",
    "JobError",
    "JobFilter",
    "JobState",
    "Pace",
    "Runner",
    "Progress",
    "Writing",
    "at_work",
    "cancel_job",
    "get_job",
    "get_list_file",
    "go_on_as_job",
    "is_kept",
    "list_errors",
    "list_jobs",
    "make_queue",
    "read_list_file",
    "start_import",
    "start_job",
    "take_up",
    "work",
]
