"""Drop pairs that a model finds to be no translations, and look at those it was surest of.

python examples/filter_by_model.py runs/de en-de=corpus.tsv.gz filtered/de
"""

import argparse
import re

import isogloss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="folder of a student, or any model that reads both languages")
    parser.add_argument("pairs", help="parallel sentences, LANGS=WHERE")
    parser.add_argument("out", help="a new folder")
    arguments = parser.parse_args()

    recipe = isogloss.FilterRecipe(
        pairs=(arguments.pairs,), model=arguments.model, out=arguments.out
    )
    run = isogloss.filter_pairs(recipe)

    (part,) = run.record.data
    print(f"{part.languages}: kept {part.kept:,} of {part.read:,}")
    if told := part.scored:
        print(f"limit {told.threshold:.3f}; {told.translations:.0%} are translations, as estimated")
    dropped = []
    for path in (run.folder / "rejects").glob("*.tsv"):
        for line in path.read_text("utf-8").splitlines():
            number, reason, pair = line.split("\t", 2)
            if found := re.search(r"score (-?\d+\.\d+)", reason):
                dropped.append((float(found[1]), number, pair.replace("\\t", " | ")))
    for score, number, pair in sorted(dropped)[:5]:
        print(f"  {score:.3f}  row {number}: {pair}")
    print(*run.files.values())


if __name__ == "__main__":
    main()
