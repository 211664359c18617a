"""Work that runs by itself: procrastinate's queue in our database, one worker beside each server process.

A periodic job is put into the queue once, whichever process is first, and done by one.
"""

from .queue import TASKS, make_queue, work

__all__ = ["TASKS", "make_queue", "work"]
