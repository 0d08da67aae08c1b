"""What a job is made of, and what becomes of it."""

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

Work = Callable[[Any], bytes]
"""From the payload of a part to its result: picklable, and the same bytes wherever it runs.

What takes long to set up (a model) it keeps in its module, so that a process does it once.
"""


class Part(NamedTuple):
    """A piece of a job.

    Attributes:
        name: of its file; no two parts of a job have one.
        fingerprint: of all that decides the result: a part that is kept under another is redone.
        payload: what the work is given; picklable.
        size: how much of the job it is, in the units of its progress.
    """

    name: str
    fingerprint: str
    payload: Any
    size: int = 1


class Finished(NamedTuple):
    """The result of a part, on disk.

    Attributes:
        name: that of the part.
        path: the file with the bytes.
        sha256: of the file.
        bytes: of the file.
        size: that of the part.
    """

    name: str
    path: Path
    sha256: str
    bytes: int
    size: int

    def read(self) -> builtins.bytes:
        """The result."""
        return self.path.read_bytes()
