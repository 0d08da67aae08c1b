"""How much planted noise `isogloss data clean` finds, and how many good rows it costs, by kind.

A fifth of real pairs is spoiled in a known way: targets shuffled, put in another language, cut
short, replaced by the source, or with another number. Two judgments are printed: for each kind of
noise which share of it was found, and by which filter; for the good rows which share was lost.

    python benchmarks/cleaning.py --data ../shared/data/parallel [--quick] [--languages de ja]
"""

import argparse
import gzip
import random
import re
import time
from collections import Counter
from pathlib import Path

from isogloss.corpora.cleaner import Cleaner
from isogloss.corpora.filters import FILTERS, NAMES, Filtering, Making
from isogloss.data.cleaning import Cleaning
from isogloss.data.languages import LanguagePair
from isogloss.data.readers import RawPair
from isogloss.recipes.data.parts import LEARNED_FROM

KINDS = ("shuffled", "language", "truncated", "copied", "numbers")
OTHER = {"de": "fr", "ja": "zh", "fr": "es", "ar": "tr", "ko": "ja", "zh": "ja", "tr": "de"}
SHARE = 0.2


def read(path: Path, most: int, seed: int, part: int = 0) -> list[tuple[str, str]]:
    """A sample of distinct pairs of a file: of those that the parts before it left."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        rest = list(dict.fromkeys(pair(line) for line in lines))
    for _ in range(part):
        rest = sorted(set(rest) - set(random.Random(seed).sample(rest, min(most, len(rest)))))
    return random.Random(seed).sample(rest, min(most, len(rest)))


def pair(line: str) -> tuple[str, str]:
    """The first two columns of a line."""
    source, target, *_ = line.rstrip("\n").split("\t")
    return source, target


def changed_number(text: str, draw: random.Random) -> str:
    """The text with one of its numbers changed by a digit."""
    found = draw.choice(list(re.finditer(r"\d", text)))
    digit = str((int(found[0]) + draw.randint(1, 9)) % 10)
    return text[: found.start()] + digit + text[found.end() :]


def plant(
    pairs: list[tuple[str, str]], foreign: list[tuple[str, str]], seed: int
) -> list[tuple[str, str, str]]:
    """The pairs, a fifth of them spoiled: `(source, target, kind)`; a good one has no kind."""
    draw = random.Random(seed)
    rows = [(source, target, "") for source, target in pairs]
    per_kind = int(SHARE * len(pairs) / len(KINDS))
    order = draw.sample(range(len(pairs)), len(pairs))
    numbered = [
        at
        for at in order
        if re.search(r"[0-9]", pairs[at][1]) and re.search(r"[0-9]", pairs[at][0])
    ]
    for at in numbered[:per_kind]:
        rows[at] = (pairs[at][0], changed_number(pairs[at][1], draw), "numbers")
    long = [at for at in order if not rows[at][2] and len(pairs[at][1]) >= 15]
    others = iter(foreign)
    shuffled = long[:per_kind]
    for here, there in zip(shuffled, shuffled[1:] + shuffled[:1], strict=True):
        rows[here] = (pairs[here][0], pairs[there][1], "shuffled")
    for number, at in enumerate(long[per_kind : 4 * per_kind]):
        source, target = pairs[at]
        kind = ("language", "truncated", "copied")[number % 3]
        if kind == "language":
            spoiled = next(others)[1]
        elif kind == "truncated":
            spoiled = target[: int(len(target) * draw.uniform(0.2, 0.6))].rstrip()
        else:
            spoiled = source
        rows[at] = (source, spoiled, kind)
    return rows


def judge(
    rows: list[tuple[str, str, str]], languages: LanguagePair, names: tuple[str, ...]
) -> None:
    """Clean the rows, and print what was found and what it cost."""
    raw = [RawPair(at, source, target) for at, (source, target, _) in enumerate(rows)]
    cleaner = Cleaner(names, Making(Cleaning(), Filtering()), languages)
    cleaner.fit(raw[:LEARNED_FROM])
    caught: dict[int, str] = {}
    seconds: dict[str, float] = {}
    left = raw
    for each in cleaner.filters:
        if each.name in cleaner.idle:
            print(f"  {each.name}: idle, {cleaner.idle[each.name]}")
            continue
        begun = time.perf_counter()
        faults = each.judge([(row.source, row.target) for row in left])
        seconds[each.name] = time.perf_counter() - begun
        caught |= {row.number: each.name for row, f in zip(left, faults, strict=True) if f}
        left = [row for row, fault in zip(left, faults, strict=True) if fault is None]
    kinds = Counter(kind for _, _, kind in rows)
    print(f"{languages}: {len(rows):,} rows, {sum(n for k, n in kinds.items() if k):,} planted")
    for kind in (*KINDS, ""):
        by = Counter(caught[at] for at, row in enumerate(rows) if row[2] == kind and at in caught)
        shown = ", ".join(f"{name} {n / kinds[kind]:.2%}" for name, n in by.most_common())
        what = f"{kind} found" if kind else "good rows lost"
        print(f"  {what:16} {by.total() / max(1, kinds[kind]):7.2%}   {shown}")
    planted = sum(bool(rows[at][2]) for at in caught)
    total = sum(n for kind, n in kinds.items() if kind)
    print(f"  recall {planted / total:.2%}   precision {planted / max(1, len(caught)):.2%}")
    slowest = sorted(seconds.items(), key=lambda each: -each[1])[:4]
    speed = ", ".join(f"{name} {s:.1f} s" for name, s in slowest)
    print(f"  {len(rows) / sum(seconds.values()):,.0f} rows/s ({speed})")
    if SHOW:
        draw = random.Random(0)
        lost = [at for at in caught if not rows[at][2]]
        for at in draw.sample(lost, min(SHOW, len(lost))):
            print(f"    lost by {caught[at]}: {rows[at][0][:90]!r} / {rows[at][1][:90]!r}")
        missed = [at for at in range(len(rows)) if rows[at][2] in MISSED and at not in caught]
        for at in draw.sample(missed, min(SHOW, len(missed))):
            print(f"    missed {rows[at][2]}: {rows[at][0][:90]!r} / {rows[at][1][:90]!r}")


SHOW, MISSED = 0, KINDS


def main() -> None:
    """Plant noise in every language, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with en-XX.tsv.gz")
    parser.add_argument("--languages", nargs="+", default=["de", "ja"])
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--quick", action="store_true", help="2,000 rows")
    parser.add_argument(
        "--part", type=int, default=0, help="1, 2: rows of their own, to develop on"
    )
    parser.add_argument("--without", nargs="+", default=[], choices=NAMES)
    parser.add_argument("--show", type=int, default=0, help="rows to show of each mistake")
    given = parser.parse_args()
    global SHOW
    SHOW = given.show
    most = 2_000 if given.quick else given.rows
    names = tuple(name for name in FILTERS if name not in given.without)
    for code in given.languages:
        pairs = read(given.data / f"en-{code}.tsv.gz", most, 1, given.part)
        foreign = read(given.data / f"en-{OTHER.get(code, 'fr')}.tsv.gz", most, seed=2)
        foreign = [row for row in foreign if len(row[1]) >= 15]
        judge(plant(pairs, foreign, seed=3), LanguagePair("en", code), names)


if __name__ == "__main__":
    main()
