"""Carry texts into another language with a model on this machine, and look at the unsure rows.

python examples/translate_texts.py questions.txt de Helsinki-NLP/opus-mt-en-de questions-de
"""

import argparse

import isogloss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", help="a text in each line, in English")
    parser.add_argument("language", help="to translate into")
    parser.add_argument("model", help="folder or hub name of a translation model")
    parser.add_argument("out", help="a new folder")
    parser.add_argument("--min-confidence", type=float, default=0.7)
    arguments = parser.parse_args()

    recipe = isogloss.TranslateRecipe(
        file=arguments.texts,
        target=arguments.language,
        model=arguments.model,
        out=arguments.out,
        min_confidence=arguments.min_confidence,
    )
    run = isogloss.translate(recipe)

    lines = run.file.read_text("utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines]
    print(f"{run.record.rows} rows, {run.record.set_aside} set aside")
    sure = [row for row in rows if row[1]]
    for source, target, confidence in sorted(sure, key=lambda row: float(row[2]))[:5]:
        print(f"  {confidence}  {source} | {target}")
    print(run.file)


if __name__ == "__main__":
    main()
