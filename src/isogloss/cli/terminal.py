"""Progress on stderr: bars in a terminal, plain lines elsewhere."""

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from isogloss.cli.streams import emit, remark
from isogloss.console import Advance

SHORT = 2.0
"""Seconds; a stage that takes no longer is not spoken of."""

EVERY = 60.0
"""Seconds between two lines of a stage in a log file."""

COUNTED = 100
"""Units from which on a stage counts things, such as texts, and is told with its rate."""


class Terminal:
    """Stages as progress bars; implements `isogloss.console.Console`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self._lock = Lock()
        self._bars: Any = None

    @contextmanager
    def stage(self, title: str, total: float | None = None) -> Iterator[Advance]:
        """Show a stage until the block ends."""
        start = time.monotonic()
        if self.quiet or total == 0:
            yield lambda done: None
        elif sys.stderr.isatty():
            with self._bar(title, total) as (bars, task):
                counted = total is None or total >= COUNTED
                lines = _Lines(title, total, start)

                def advance(done: float) -> None:
                    lines.done += done
                    bars.update(task, advance=done, rate=lines.rate() if counted else "")

                yield advance
        else:
            yield _Lines(title, total, start).advance
        if not self.quiet and total != 0 and time.monotonic() - start > SHORT:
            remark(f"{title}: {time.monotonic() - start:.0f} s")

    @contextmanager
    def _bar(self, title: str, total: float | None) -> Iterator[tuple[Any, Any]]:
        """One of the bars of all stages that are under way, one below the other."""
        with self._lock:
            if self._bars is None:
                self._bars = self._new()
                self._bars.start()
            bars = self._bars
            task = bars.add_task(title, total=total, rate="")
        try:
            yield bars, task
        finally:
            with self._lock:
                bars.remove_task(task)
                if not bars.tasks:
                    bars.stop()
                    self._bars = None

    @staticmethod
    def _new() -> Any:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        return Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )


class _Lines:
    """A stage in a log file: a line now and then, none for short ones."""

    def __init__(self, title: str, total: float | None, start: float) -> None:
        self.title, self.total, self.start = title, total, start
        self.done, self.due = 0.0, start + SHORT

    def advance(self, done: float) -> None:
        """Log how far the stage is, if the last line is old."""
        self.done += done
        counted = self.total is None or self.total >= COUNTED
        if (self.total or counted) and time.monotonic() > self.due:
            far = f"{self.done / self.total:.0%}" if self.total else f"{self.done:,.0f}"
            remark(f"{self.title}: {far}" + (f", {self.rate()}{self._left()}" if counted else ""))
            self.due = time.monotonic() + EVERY

    def rate(self) -> str:
        """Units a second."""
        return f"{self.done / max(1e-9, time.monotonic() - self.start):,.0f}/s"

    def _left(self) -> str:
        if not self.total or not self.done:
            return ""
        took = time.monotonic() - self.start
        return f", {took * max(0.0, self.total / self.done - 1) / 60:,.0f} min left"


def show_table(table: Any, *, title: str = "") -> None:
    """Print a table (`isogloss.reports.tables.Table`) on stdout."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # names are no markup, and a console asks its file for the encoding that boxes are drawn in
    shown = Table(title=Text(title) if title else None, title_justify="left")
    for number, column in enumerate(table.columns):
        shown.add_column(Text(column), justify="left" if number == 0 else "right")
    for row in table.rows:
        shown.add_row(*map(Text, row))
    tty = sys.stdout.isatty()
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    apart = io.TextIOWrapper(io.BytesIO(), encoding, errors="replace")  # stdout is `emit`'s alone
    console = Console(file=apart, force_terminal=tty, width=None if tty else 160)
    with console.capture() as captured:
        console.print(shown)
        for note in table.notes:
            console.print(Text(note))
    emit(captured.get().removesuffix("\n"))
