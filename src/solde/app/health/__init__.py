"""Is all well: how long work waits, whether the workers live, how full the disk is."""

from .model import Ages, Condition
from .reading import look, look_here
from .rules import faults_of

__all__ = ["Ages", "Condition", "faults_of", "look", "look_here"]
