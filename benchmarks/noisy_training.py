"""What noise in the pairs costs a student, and how much of it each way of cleaning gives back.

A fifth of real en-de pairs is spoiled as in `cleaning.py`: targets shuffled, put in another
language, cut short, replaced by the source, or with another number. The same student is trained on
each set, for the same minutes or, whatever else the machine does, with as many sentences:

    clean     the pairs before they were spoiled
    noisy     as they are
    rules     what `isogloss data clean` keeps of them
    model     what `isogloss data filter` keeps of them; its model is the student of `noisy`, beside
              its teacher, or `--judge`
    weights   all that `model` was given, each pair drawn as often as it is probably a translation

Clean pairs stand for what no filter can exceed: a filter that errs never would leave four fifths
of them. The pairs of the STS benchmark's own training text are left out. The minutes are those of
training alone; scores are those of the students' own runs, on tests that chose nothing. A side that
is finished is not made again: the same command goes on after a stop, and sides may be made one at a
time. The table, also in `table.md`, has all that are finished.

    OMP_NUM_THREADS=1 taskset -c 0 python benchmarks/noisy_training.py --data ../shared/data \\
        --out noisy (--minutes 3.5 | --sentences 60000) [--quick] [--sides clean noisy]
"""

import argparse
import csv
import gzip
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cleaning import plant

from isogloss.students.transplant import Transplant

IN_DOMAIN = "stsb_mt_train_text"
SIDES = ("clean", "noisy", "rules", "model", "weights")
TESTS = {
    "STS en-de": ("sts", "en-de", "spearman"),
    "STS de-de": ("sts", "de-de", "spearman"),
    "STS en-en": ("sts", "en-en", "spearman"),
    "Tatoeba": ("bitext", "en-de", "accuracy_mean"),
}


def read(path: Path, most: int, seed: int) -> list[tuple[str, str]]:
    """A sample of the distinct pairs of a file, in-domain ones left out."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        rows = (line.rstrip("\n").split("\t") for line in lines)
        pairs = list(dict.fromkeys((row[0], row[1]) for row in rows if row[2] != IN_DOMAIN))
    return random.Random(seed).sample(pairs, min(most, len(pairs)))


def write(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Rows as TSV."""
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")


def make_sets(data: Path, out: Path, most: int) -> None:
    """The clean set, the noisy one, what was planted where, and the tests."""
    pairs = read(data / "parallel" / "en-de.tsv.gz", most, seed=1)
    foreign = [row for row in read(data / "parallel" / "en-fr.tsv.gz", most, 2) if len(row[1]) > 14]
    spoiled = plant(pairs, foreign, seed=3)
    write(out / "clean.tsv", pairs)
    write(out / "noisy.tsv", [(source, target) for source, target, _ in spoiled])
    write(out / "planted.tsv", spoiled)
    sts = data / "sts" / "stsb"
    english, german = (
        list(csv.reader((sts / f"{code}-test.tsv").open(encoding="utf-8"), "excel-tab", quoting=3))
        for code in ("en", "de")
    )
    for name, first, second in (("en-de", english, german), ("de-de", german, german)):
        both = zip(first, second, strict=True)
        write(out / f"sts-{name}.tsv", [(one[0], one[1], other[2]) for one, other in both])
    write(out / "sts-en-en.tsv", [(row[0], row[1], row[2]) for row in english])


def isogloss(*words: object) -> None:
    """Run a command."""
    subprocess.run([sys.executable, "-m", "isogloss", *map(str, words)], check=True)


def pairs_of(side: str, out: Path, given: argparse.Namespace) -> str:
    """Where the pairs of a side lie, cleaned where it cleans."""
    noisy, folder = f"en-de={out / 'noisy.tsv'}", out / f"{side}-pairs"
    kept = f"en-de={folder / 'en-de.tsv.gz'}"
    if side in ("clean", "noisy"):
        return f"en-de={out / side}.tsv"
    if not (folder / "run.json").exists():
        again = ["--resume"] if (folder / "work").exists() else []
        if side == "rules":
            isogloss("data", "clean", "--pairs", noisy, "--out", folder, *again)
        else:
            name, at, prompt = given.judge.partition("@")
            judge = ["--model", name or out / "noisy"]
            judge += ["--prompt", prompt] if at else []
            judge += [] if name else ["--teacher", given.teacher]
            more = ["--set", "weights=true", "--keep", "1"] if side == "weights" else []
            command = ["data", "filter", "--pairs", noisy, "--out", folder]
            isogloss(*command, *judge, *more, *again)
    return f"{kept}?weight=3" if side == "weights" else kept


def train(side: str, data: Path, out: Path, given: argparse.Namespace) -> None:
    """Distil the student of a side, with its scores."""
    pairs, folder = pairs_of(side, out, given), out / side
    if (folder / "scores.json").exists():
        return
    tatoeba = data / "tatoeba" / "tatoeba.deu-eng"
    tasks = [f"sts:{name}={out / f'sts-{name}.tsv'}" for name in ("en-de", "de-de", "en-en")]
    tasks.append(f"bitext:en-de={tatoeba}.eng,{tatoeba}.deu")
    words: list[object] = ["distill", "--teacher", given.teacher, "--pairs", pairs, "--out", folder]
    words += [word for task in tasks for word in ("--task", task)]
    words += [*_as_long(side, out, given), "--set", "training.pair_weights=draw"]
    isogloss(*words, *(["--resume"] if (folder / "work").exists() else []))


def _as_long(side: str, out: Path, given: argparse.Namespace) -> list[object]:
    """How long a side trains: so many minutes, or epochs of as many sentences."""
    if given.sentences is None:
        return ["--minutes", given.minutes]
    share = 1 - Transplant.defaults["source_share"]
    return ["--epochs", f"{given.sentences * share / kept(side, out)[0]:.4f}"]


def kept(side: str, out: Path) -> tuple[int, float, float]:
    """Pairs that a side trained on, and the shares of planted and of good rows that it lost."""
    with (out / "planted.tsv").open(encoding="utf-8", newline="\n") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    found = list((out / f"{side}-pairs" / "rejects").glob("*.tsv"))
    text = found[0].read_text("utf-8") if found else ""
    lost = {int(line.partition("\t")[0]) - 1 for line in text.splitlines()}
    planted = {at for at, row in enumerate(rows) if row[2]}
    good = len(rows) - len(planted)
    return len(rows) - len(lost), len(lost & planted) / len(planted), len(lost - planted) / good


def table(out: Path) -> str:
    """Scores of the finished sides, in points of a hundred, with half the width of intervals."""
    heads = ["trained on", "pairs", "noise dropped", "good pairs lost", *TESTS, "sentences"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for side in (side for side in SIDES if (out / side / "scores.json").exists()):
        pairs, found, lost = kept(side, out)
        scores = json.loads((out / side / "scores.json").read_text("utf-8"))
        record = json.loads((out / side / "run.json").read_text("utf-8"))
        known = {
            (s["task"], s["languages"], s["metric"], s["data"]): s
            for s in scores
            if s["model"] == "trained"
        }
        cells = [side, f"{pairs:,}", f"{found:.1%}", f"{lost:.1%}"]
        for kind, languages, metric in TESTS.values():
            one = next(
                s
                for key, s in known.items()
                if key[:3] == (kind, languages, metric) and "held" not in key[3]
            )
            cells.append(f"{100 * one['value']:.1f} ± {50 * (one['high'] - one['low']):.1f}")
        lines.append(f"| {' | '.join([*cells, format(record['training']['sentences'], ',')])} |")
    return "\n".join(lines)


def main() -> None:
    """Make the sets, train on each, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with parallel/, sts/ ...")
    parser.add_argument("--out", type=Path, required=True, help="folder for sets and students")
    parser.add_argument("--rows", type=int, default=40_000)
    parser.add_argument("--minutes", type=float, default=3.5, help="of training, for each side")
    parser.add_argument("--sentences", type=int, help="that each side trains on, in their place")
    parser.add_argument("--teacher", default="all-MiniLM-L6-v2")
    parser.add_argument("--judge", default="", help="NAME[@PROMPT] in place of the noisy student")
    parser.add_argument("--sides", nargs="+", default=list(SIDES), choices=SIDES)
    parser.add_argument("--quick", action="store_true", help="2,000 rows, 20 seconds")
    given = parser.parse_args()
    if given.quick:
        given.rows, given.minutes = 2_000, 0.3
    given.out.mkdir(parents=True, exist_ok=True)
    if not (given.out / "planted.tsv").exists():
        make_sets(given.data, given.out, given.rows)
    judged = not given.judge and {"model", "weights"} & set(given.sides)
    for side in (side for side in SIDES if side in given.sides or (judged and side == "noisy")):
        train(side, given.data, given.out, given)
        print(f"{side} is trained", file=sys.stderr, flush=True)
    (given.out / "table.md").write_text(f"{table(given.out)}\n", encoding="utf-8")
    print(table(given.out))


if __name__ == "__main__":
    main()
