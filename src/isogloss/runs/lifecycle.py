"""A run from its first check to its last file: a folder claimed, stages timed, a record written."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from isogloss.console import Advance, Console, Silent
from isogloss.errors import IsoglossError
from isogloss.paths import given_path
from isogloss.runs.claim import MOVING, claimed, content
from isogloss.runs.folder import (
    MARKER,
    PREPARED,
    REJECTS,
    check_folder,
    check_like,
    check_new,
    drop_aside,
    empty,
    gather,
    is_refused,
    put_back,
    set_aside,
)
from isogloss.runs.provenance import code_version, environment, now, peak_memory_bytes
from isogloss.writing import writing

Keeps = Literal["runs", "nothing", "like"]
"""What a folder may hold when a run begins: a run to go on with; nothing; a run to replace."""


@dataclass
class RunLog:
    """What a run notes of itself on its way.

    Attributes:
        console: told about stages.
        seconds: how long each stage took, from its beginning to its end; those that go on at once
            overlap.
        notes: what a reader of its scores must know.
        begun: when it began, by the clock of `time.perf_counter`.
    """

    console: Console = field(default_factory=Silent)
    seconds: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.perf_counter)

    @contextmanager
    def stage(self, name: str, title: str = "", total: float | None = None) -> Iterator[Advance]:
        """Time a block, and show it.

        Args:
            name: in `seconds` of the record.
            title: on the console; empty: the block shows itself.
            total: what it has to do, see `Console.stage`.
        """
        start, console = time.perf_counter(), self.console if title else Silent()
        with console.stage(title, total) as advance:
            yield advance
        self.seconds[name] = time.perf_counter() - start

    def measured(self) -> dict[str, Any]:
        """The fields of a record that are the same for every command."""
        seconds = self.seconds | {"all": time.perf_counter() - self.begun}
        return {
            "isogloss": code_version(),
            "finished": now(),
            "notes": self.notes,
            "environment": environment(),
            "seconds": {name: round(value, 1) for name, value in seconds.items()},
            "peak_memory_bytes": peak_memory_bytes(),
        }


@dataclass(kw_only=True)
class OpenRun(RunLog):
    """A run that has its folder.

    Attributes:
        folder: where it writes.
        resume: whether it goes on with what the folder holds.
        is_main: whether the folder is this process's to write.
        keeping: what an interruption leaves for `resume`, in words: "pairs that are judged"; empty
            where that is what a training leaves.
    """

    folder: Path
    resume: bool = False
    is_main: bool = True
    keeping: str = ""

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """A block that prepares a run; a mistake that stops it leaves only the rows it dropped."""
        try:
            yield
        except IsoglossError:
            if self.is_main and not (self.folder / "work" / MARKER).exists():
                for name in PREPARED:
                    shutil.rmtree(self.folder / name, ignore_errors=True)
                with suppress(OSError):  # rows are in it, or none was made
                    (self.folder / REJECTS).rmdir()
            raise
        if self.is_main:
            drop_aside(self.folder)

    def finish(self) -> None:
        """Remove what a run needs no more once everything is written: that marks it finished."""
        with suppress(FileNotFoundError):
            (self.folder / "work" / MARKER).unlink()
        shutil.rmtree(self.folder / "work", ignore_errors=True)


@contextmanager
def open_run(
    out: Path | str,
    console: Console | None = None,
    *,
    resume: bool = False,
    overwrite: bool = False,
    keeps: Keeps = "runs",
    command: str = "",
    is_main: bool = True,
) -> Iterator[OpenRun]:
    """Begin a run: its folder is checked, and held until the block ends.

    Args:
        out: the folder.
        console: told about stages; None is silent.
        resume: go on with the run in the folder.
        overwrite: throw the run in it away, once the new one is prepared; one that is refused
            before leaves it as it was.
        keeps: what the folder may hold. With "nothing" what stops the block leaves it empty.
        command: with "like": whose earlier run is replaced; anything else is refused.
        is_main: False for a helper process, which neither checks nor holds the folder.

    Raises:
        OutputFolderError: the folder is in use, or cannot be made or written, or holds what it may
            not.
        InputError: there is nothing to resume.
    """
    out = given_path(out)
    if not is_main:
        yield OpenRun(folder=out, resume=resume, is_main=False)
        return
    _check(out, resume, overwrite, keeps, command)
    run = OpenRun(console or Silent(), folder=out, resume=resume)
    with claimed(out):
        try:
            if keeps == "runs" and is_refused(out):
                empty(out)
            elif overwrite:
                set_aside(out)
            yield run
            drop_aside(out)
        except BaseException as error:
            _leave(run, error, keeps)
            raise


def _check(out: Path, resume: bool, overwrite: bool, keeps: Keeps, command: str) -> None:
    if (out / MOVING).is_dir():
        with claimed(out), writing(f"--out {str(out)!r}"):
            gather(out)
    if keeps == "like":
        check_like(out, command)
    elif keeps == "nothing":
        check_new(out)
    else:
        check_folder(out, resume, overwrite)


def _leave(run: OpenRun, error: BaseException, keeps: Keeps) -> None:
    """Leave a folder as an error finds it, or as it was before the run."""
    out = run.folder
    if keeps == "nothing":
        with suppress(IsoglossError):  # the first error tells
            empty(out)
    elif isinstance(error, IsoglossError) and all(p.name == REJECTS for p in content(out)):
        put_back(out)
    if isinstance(error, KeyboardInterrupt):
        error.add_note(_how_to_go_on(out, run.keeping))


def _how_to_go_on(out: Path, keeping: str) -> str:
    """Tell the user what remains of an interrupted run."""
    if not (out / "work").is_dir():
        return "nothing is kept: run the same command again"
    begun = any((out / "work").glob("checkpoints*/step-*")) or (out / "run.json").exists()
    kept = "the last checkpoint is" if begun else "targets that are embedded are"
    kept = f"{keeping} are" if keeping else kept
    return f"{kept} kept: the same command goes on with --resume, in place of any --overwrite"
