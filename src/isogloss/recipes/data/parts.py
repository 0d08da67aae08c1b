"""A place cleaned part by part: what a killed run has done is not done again."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from isogloss.corpora.cleaner import Account, Cleaner
from isogloss.corpora.filters import Pair
from isogloss.corpora.pair_files import write_pairs
from isogloss.data.checks.sides import SideCheck
from isogloss.data.places import Where
from isogloss.data.readers import READERS, RawPair
from isogloss.data.readers.opening import read_lines
from isogloss.data.rejects import Reason, RejectFile
from isogloss.writing import write_json

PART = 20_000
"""Rows that are judged at a time, and that a crash can cost."""

LEARNED_FROM = 40_000
"""Rows of a place from which filters learn what is usual."""

UNREADABLE = "reading"
"""What drops rows that no filter saw."""


@dataclass
class CleanedPlace:
    """What became of a place.

    Attributes:
        read: rows met.
        account: what the filters did; rows that cannot be read are dropped by `UNREADABLE`.
        reasons: rows by reason.
        idle: filters that could not judge, and why.
        pairs: the files of kept pairs, in order.
        rejects: the files of dropped rows, in order.
    """

    read: int = 0
    account: Account = field(default_factory=Account)
    reasons: Counter[str] = field(default_factory=Counter)
    idle: dict[str, str] = field(default_factory=dict)
    pairs: list[Path] = field(default_factory=list)
    rejects: list[Path] = field(default_factory=list)


def sample_rows(where: Where) -> list[RawPair]:
    """Rows of a place from which filters learn: drawn from all of it, since corpora are ordered.

    A dataset of the hub that was not fetched gives its first rows: it is streamed, and once is
    enough.

    Args:
        where: the place.

    Returns:
        At most `LEARNED_FROM` rows, the same ones every time.
    """
    draw = random.Random(0)
    sample: list[RawPair] = []
    with RejectFile() as unread:
        for number, row in enumerate(READERS[where.kind](where, unread)):
            if number < LEARNED_FROM:
                sample.append(row)
            elif where.kind == "hf":
                break
            elif (at := draw.randrange(number + 1)) < LEARNED_FROM:
                sample[at] = row
    return sample


class _Unread(RejectFile):
    """Rows that the reader of a place rejects, until their part is written."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[int, Reason, str]] = []

    def add(self, number: int, reason: Reason, text: str, detail: str = "") -> None:
        """Note one."""
        self.rows.append((number, reason, text))


def clean_place(
    where: Where, cleaner: Cleaner, folder: Path, resume: bool, size: int | None = None
) -> Iterator[CleanedPlace]:
    """Clean a place part by part.

    Args:
        where: the place.
        cleaner: its filters.
        folder: where parts are written, a place's own.
        resume: take parts that are there.
        size: rows of a part; None: `PART`.

    Yields:
        The account so far, the same object each time; complete at the end.

    Raises:
        IsoglossError: the place cannot be read, or the folder not written.
    """
    cleaner.fit(sample_rows(where))
    done, unread = CleanedPlace(idle=dict(cleaner.idle)), _Unread()
    check = SideCheck(where)
    rows = check.passing(READERS[where.kind](where, unread))
    number = 0
    while part := list(islice(rows, size or PART)):
        if number == 0:
            check.conclude()
        _clean_part(part, unread, cleaner, folder / f"{number:05d}", resume, done)
        number += 1
        yield done
    check.conclude()
    if unread.rows or number == 0:
        _clean_part([], unread, cleaner, folder / f"{number:05d}", resume, done)
        yield done


def _clean_part(
    rows: list[RawPair],
    unread: _Unread,
    cleaner: Cleaner,
    path: Path,
    resume: bool,
    done: CleanedPlace,
) -> None:
    """Clean one part, or take it as an earlier run left it; add it to the account."""
    pairs, rejects = path.with_suffix(".tsv.gz"), path.with_suffix(".rejects.tsv")
    note = path.with_suffix(".json")
    unreadable, unread.rows = unread.rows, []
    known = _known(note, len(rows) + len(unreadable)) if resume else None
    if known is None:
        with RejectFile(rejects) as rejected:
            for row in unreadable:
                rejected.add(*row)
            kept, account = cleaner.clean(rows, rejected)
            reasons = rejected.counts
        account.dropped.update({UNREADABLE: len(unreadable)} if unreadable else {})
        write_pairs(pairs, kept, cleaner.weights(kept) if kept else None)
        known = {
            "read": len(rows) + len(unreadable),
            "kept": account.kept,
            "dropped": dict(account.dropped),
            "mended": dict(account.mended),
            "reasons": reasons,
        }
        write_json(note, known)
    else:
        cleaner.remember(read_pairs(pairs))
    done.read += known["read"]
    done.account.add(Account(known["kept"], Counter(known["dropped"]), Counter(known["mended"])))
    done.reasons.update(known["reasons"])
    done.pairs.append(pairs)
    done.rejects += [rejects] if rejects.exists() else []


def _known(note: Path, read: int) -> dict[str, Any] | None:
    """What a part came to, if an earlier run finished it on as many rows."""
    try:
        known = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return dict(known) if known["read"] == read else None


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a file that `write_pairs` wrote."""
    rows = (line.decode("utf-8").split("\t") for line in read_lines(str(path)))
    return [(source, target) for source, target, *_ in rows]
