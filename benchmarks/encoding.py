"""How fast models encode here: sentences per second, one beside the other.

The same for all: machine, sentences, order. Every model encodes all sentences once unmeasured; then
the models take turns, so that a machine that slows down slows all of them. Timed: from a list of
texts to float32 rows, tokenizing included. Not timed: imports, loading.

How to run, on a machine that does nothing else:

    python benchmarks/encoding.py --model runs/de --model runs/de-static --pairs en-de=corpus.tsv.gz

The sentences are those of both sides, in turn. Ratios are against the first model.
"""

import argparse
import datetime
import statistics
import time
from pathlib import Path

from isogloss.data import load_parallel
from isogloss.encoders.encoder import load_encoder
from isogloss.runs.provenance import environment

HERE = Path(__file__).parent


def parse() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--model", action="append", required=True, help="folder or name")
    parser.add_argument("--pairs", required=True, help="LANGS=WHERE")
    parser.add_argument("--sentences", type=int, default=4_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def main() -> None:
    """Measure, print, write."""
    options = parse()
    pairs = load_parallel(options.pairs, limit=options.sentences // 2).sentences
    both = zip(pairs.source, pairs.target, strict=True)
    sentences = [sentence for pair in both for sentence in pair]
    models = {name: load_encoder(name) for name in options.model}
    speeds: dict[str, list[float]] = {name: [] for name in models}
    for turn in range(options.repeats + 1):
        for name, model in models.items():
            start = time.perf_counter()
            model.encode(sentences)
            if turn:
                speeds[name].append(len(sentences) / (time.perf_counter() - start))
    facts = environment()
    date = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    lines = [
        f"# Encoding, {date}",
        "",
        f"{len(sentences):,} sentences of `{Path(pairs_name(options.pairs)).name}`, median of "
        f"{options.repeats} turns; {facts['processors']} processors, {facts['machine']}, torch "
        f"{facts['packages']['torch']}.",
        "",
        "| model | precision | sentences/s | slowest, fastest | against the first |",
        "|---|---|---|---|---|",
    ]
    first = statistics.median(speeds[options.model[0]])
    for name, found in speeds.items():
        middle = statistics.median(found)
        lines.append(
            f"| {Path(name).name} | {models[name].precision} | {middle:,.0f} | "
            f"{min(found):,.0f}, {max(found):,.0f} | {middle / first:.1f} |"
        )
    text = "\n".join(lines) + "\n"
    print(text)
    out = options.out or HERE / "results" / f"encoding-{date}.md"
    out.write_text(text, encoding="utf-8")


def pairs_name(where: str) -> str:
    """The file of a `LANGS=WHERE`."""
    return where.partition("=")[2] or where


if __name__ == "__main__":
    main()
