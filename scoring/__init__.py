"""Grading: a recorded session in, an explained and contestable report out. Pure numpy.

`score` does it all; `README.md` explains the model.
"""

from scoring.errors import ProfileError, ScoringError, TraceError, UnreviewedError
from scoring.profile import Profile
from scoring.report import Report, check_use, score
from scoring.text import text_of

__all__ = [
    "Profile",
    "ProfileError",
    "Report",
    "ScoringError",
    "TraceError",
    "UnreviewedError",
    "check_use",
    "score",
    "text_of",
]
