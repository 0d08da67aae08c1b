"""Find the translations in two shuffled collections, and learn which score is good.

python examples/mine_translations.py runs/de en-de=corpus.tsv.gz
"""

import argparse
import random
import tempfile
from pathlib import Path

import isogloss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="folder of a trained student")
    parser.add_argument("pairs", help="parallel sentences, LANGS=WHERE")
    arguments = parser.parse_args()

    pairs = isogloss.ParallelSentences.load(arguments.pairs, limit=3_000)
    rows = list(dict.fromkeys(pairs))
    random.Random(0).shuffle(rows)
    # a half is hidden in the collections; of the other half it is known what belongs together
    hidden, known = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    source, target = (list(side) for side in zip(*hidden, strict=True))
    random.Random(1).shuffle(target)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "known.tsv"
        path.write_text("".join(f"{a}\t{b}\n" for a, b in known), encoding="utf-8")
        settings = isogloss.MineSettings(known=str(path))
        found = isogloss.mine(arguments.model, source, target, settings=settings)

    for row in found.account["calibration"]["thresholds"]:
        print(
            f"from {row['threshold']:.3f} on: {row['kept']:,} pairs, {row['precision']:.0%} right"
        )
    true = set(hidden)
    right = sum(pair[1:] in true for pair in found)
    print(f"of all {len(found):,} pairs {right:,} are right; the best:")
    for score, one, other in list(found)[:5]:
        print(f"  {score:.3f}  {one} | {other}")


if __name__ == "__main__":
    main()
