"""How near a pretrained encoder starts to a teacher, as it is and with one linear map.

How to run (a minute per row on two cores):

    python benchmarks/start.py --student intfloat/multilingual-e5-small --pairs en-de=en-de.tsv.gz

The last 1,000 of the pairs, in an order that is the same every time, are held out; the map is
solved from the first ones, as `isogloss distill` does it.
"""

import argparse
import datetime
import random
import time
from pathlib import Path

from isogloss.data import ParallelSentences, load_parallel
from isogloss.encoders.encoder import load_encoder
from isogloss.encoders.loading import load_sentence_transformer
from isogloss.encoders.names import find_model
from isogloss.runs.provenance import environment
from isogloss.students.adapt import adapt_encoder
from isogloss.students.settings import PretrainedSettings
from isogloss.students.start import StartPairs, StartReport, start_near_teacher

HERE = Path(__file__).parent
HELD_OUT = 1_000
HEAD = (
    "| pairs | of them used | held-out FVU as it is | with the map "
    "| translations found as it is | with the map | map | seconds |\n" + 8 * "|---" + "|"
)


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--pairs", action="append", required=True, help="LANGS=WHERE; repeatable")
    parser.add_argument("--student", required=True, help="folder or hub name of an encoder")
    parser.add_argument("--teacher", default="sentence-transformers/all-MiniLM-L6-v2")
    parser.add_argument("--most", type=int, action="append", help="pairs to take; repeatable")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def start(options: argparse.Namespace, pairs: ParallelSentences, most: int) -> StartReport:
    """The map from so many pairs, judged on those that are held out."""
    order = list(range(len(pairs)))
    random.Random(0).shuffle(order)
    train, held_out = pairs.take(order[: min(most, len(order) - HELD_OUT)]), order[-HELD_OUT:]
    teacher = load_encoder(options.teacher)
    model = adapt_encoder(
        options.student,
        load_sentence_transformer(find_model(options.teacher), device="cpu"),
        PretrainedSettings(),
    )
    dev = {pairs.target_language: pairs.take(held_out)}
    given = StartPairs([train], dev, teacher.encode)
    return start_near_teacher(model, given, "auto", poolings=True).report


def main() -> None:
    """Measure, print, and write what is printed."""
    options, rows = parse(), [HEAD]
    for place in options.pairs:
        pairs = load_parallel(place).sentences
        for most in options.most or [10_000]:
            began = time.perf_counter()
            found = start(options, pairs, most)
            [accuracy], [before] = found.accuracy.values(), found.accuracy_before.values()
            rows.append(
                f"| {pairs.source_language}-{pairs.target_language} | {found.pairs:,} "
                f"| {found.fvu_before:.3f} | {found.fvu:.3f} | {before:.1%} | {accuracy:.1%} "
                f"| {found.method}, {found.penalty} | {time.perf_counter() - began:.0f} |"
            )
            print(rows[-1], flush=True)
    today = datetime.datetime.now(datetime.UTC).date()
    out = options.out or HERE / "results" / f"start-{today}.md"
    command = f"`{options.student}` towards `{options.teacher}`, {HELD_OUT:,} pairs held out."
    machine = f"{environment().processors} processors, {environment().packages}"
    out.write_text(f"{command} {machine}\n\n" + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
