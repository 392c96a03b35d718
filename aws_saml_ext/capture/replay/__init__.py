"""The replayed session: a renewal by a few requests with the cookies of a kept session.

Pure rooms say what a browser would send (`cookies`, `navigation`) and which step a page takes
without a person (`page_step`). `walk` and `transport` are the only input and output. `kept_cookies`
owns the file of cookies.
"""

from __future__ import annotations


class NotUnderstood(Exception):
    """A reason to leave the sign-in to a browser. The text holds no cookie and no address."""
