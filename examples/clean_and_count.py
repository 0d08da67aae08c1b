"""Clean parallel sentences with all quick filters, and say what each of them found.

python examples/clean_and_count.py en-de=corpus.tsv.gz clean/de
"""

import argparse

import isogloss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("where", help="LANGS=WHERE, such as en-de=corpus.tsv.gz")
    parser.add_argument("out", help="a new folder")
    arguments = parser.parse_args()

    quick = ("basic", "script", "numbers", "lengths", "duplicates")
    run = isogloss.clean(
        isogloss.CleanRecipe(pairs=(arguments.where,), out=arguments.out, filters=quick)
    )
    for part in run.record.data:
        print(f"{part.languages}: kept {part.kept} of {part.read}")
        for name, count in part.by_filter.items():
            print(f"  {name} dropped {count}")
    for languages, path in run.files.items():
        print(languages, path)


if __name__ == "__main__":
    main()
