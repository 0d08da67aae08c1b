"""Runs of a verb of which one write is refused, and what holds after each."""

import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from isogloss.cli.app import main
from isogloss.runs.claim import CLAIM
from isogloss.training.checkpoints import list_checkpoints, read_newest

from .failing import REMOVALS, Site, failing


@dataclass(frozen=True)
class Verb:
    """A command line without its folder, what of its result is the same every time, and a start.

    Attributes:
        words: the command line.
        result: file names.
        resumes: whether it goes on with `--resume`.
    """

    words: list[str]
    result: list[str]
    resumes: bool


class Runs:
    """Runs a command line in process; the vectors of teachers lie beside its folder."""

    def __init__(self, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]) -> None:
        self.patch, self.captured = patch, captured

    def __call__(self, verb: Verb, out: Path) -> int:
        """The exit status, also `status`; what went to stderr is `errors`."""
        words = ["isogloss", *verb.words, "--out", str(out)]
        if verb.resumes and (out / "work").is_dir():
            words.append("--resume")
        self.patch.setattr(sys, "argv", words)
        self.patch.setenv("ISOGLOSS_CACHE", str(out.parent / "cache"))
        self.status = main()
        self.out, self.errors = self.captured.readouterr()
        return self.status

    def refused(
        self,
        verb: Verb,
        out: Path,
        number: int,
        error: int,
        *,
        for_good: bool,
        seen: set[Site] | None = None,
    ) -> bool:
        """Run with a write refused, see `Disk`; whether there was one."""
        places = [out / "work" / "checkpoints", out / "work" / "checkpoints" / "best"]
        before = [max(map(_step, list_checkpoints(place)), default=0) for place in places]
        with failing(out.parent, number, error, for_good=for_good, seen=seen) as disk:
            status = self(verb, out)
        if status == 0:
            assert all(map(_may_be_passed_over, disk.refused)), (number, disk.refused)
            return bool(disk.refused)
        said = [line for line in self.errors.splitlines() if line.startswith("isogloss: ")]
        assert (status, len(said)) == (2, 1), (status, number, disk.refused, self.errors)
        assert "Traceback" not in self.errors
        assert "; expected " in said[0]
        assert not (out / CLAIM).exists()
        for place, step in zip(places, before, strict=True):
            if list_checkpoints(place):
                newest = read_newest(place)
                assert newest is not None
                assert newest.step >= step
        return True


def _may_be_passed_over(refused: str) -> bool:
    """Whether a run may be whole without a write: it leaves too much, or a file to one reader.

    A claim is opened to see whether there is one, and closed when all is done. What a probe of the
    precision found is found again where it cannot be kept.
    """
    what, _, place = refused.partition(" ")
    return what in (*REMOVALS, "chmod") or Path(place).name == CLAIM or "/cache/precision" in place


def _step(path: Path) -> int:
    return int(path.name.removeprefix("step-"))


def contents(verb: Verb, out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in verb.result}


def walk(
    run: Runs,
    verb: Verb,
    whole: dict[str, bytes],
    numbers: Iterable[int],
    out: Path,
    error: int,
    for_good: bool,
    seen: set[Site] | None = None,
) -> None:
    """Refuse one write after the other, until a run needs no more; it ends as one that was not."""
    for number in numbers:
        anew = not out.exists()
        refused = run.refused(verb, out, number, error, for_good=for_good, seen=seen)
        if run.status == 0:
            assert contents(verb, out) == whole, number
            shutil.rmtree(out.parent)
        if not refused and (anew or seen is None):
            return
    if run.status:
        assert run(verb, out) == 0, run.errors
        assert contents(verb, out) == whole
        assert not (out / "work").exists()
