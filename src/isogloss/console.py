"""How long work tells somebody that it goes on: a stage with a title and, where known, an end."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[float], None]


class Console(Protocol):
    """Implemented by the command line; the recipes only speak to it."""

    def stage(self, title: str, total: float | None = None) -> AbstractContextManager[Advance]:
        """Begin a stage; call the result with the units just done."""
        ...


class Silent:
    """A console that says nothing: the default in Python."""

    @contextmanager
    def stage(self, title: str, total: float | None = None) -> Iterator[Advance]:
        """Do nothing."""
        yield lambda done: None
