"""What a person sees while work goes on: bars on a terminal, plain lines elsewhere; always on stderr."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from isogloss.console import Advance


class Terminal:
    """Stages as progress bars; implements `isogloss.console.Console`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    @contextmanager
    def stage(self, title: str, total: float | None = None) -> Iterator[Advance]:
        """Show a stage until the block ends."""
        start = time.monotonic()
        if self.quiet or total == 0:
            yield lambda done: None
        elif sys.stderr.isatty():
            with self._bar() as bar:
                task = bar.add_task(title, total=total)
                yield lambda done: bar.advance(task, done)
        else:
            typer.echo(f"{title} ...", err=True)
            yield lambda done: None
        if not self.quiet and total != 0:
            typer.echo(f"{title}: {time.monotonic() - start:.0f} s", err=True)

    @staticmethod
    def _bar() -> Any:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )


def show_table(table: Any, *, title: str = "") -> None:
    """Print a table (`isogloss.reports.tables.Table`) on stdout."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title or None, title_justify="left")
    for number, column in enumerate(table.columns):
        shown.add_column(column, justify="left" if number == 0 else "right")
    for row in table.rows:
        shown.add_row(*row)
    width = None if sys.stdout.isatty() else 160
    console = Console(width=width)
    console.print(shown)
    for note in table.notes:
        console.print(note)
