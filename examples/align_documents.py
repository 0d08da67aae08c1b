"""Align two documents, and show what a translator merged, split, and left out.

python examples/align_documents.py runs/de book.en book.de
"""

import argparse

import isogloss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("model", help="folder or name of a model that reads both languages")
    parser.add_argument("source", help="a document, a sentence a line")
    parser.add_argument("target", help="its translation")
    parser.add_argument("--doubtful", type=float, default=0.4, help="show pairs below this score")
    arguments = parser.parse_args()

    aligned = isogloss.align(arguments.model, arguments.source, arguments.target)
    for pair in aligned.pairs:
        several = "-" in pair.source_lines + pair.target_lines
        if several or pair.score < arguments.doubtful:
            print(f"{pair.score:.3f}  lines {pair.source_lines} and {pair.target_lines}")
            print(f"       {pair.source}\n       {pair.target}")
    counts = aligned.summary()
    print(f"{counts['pairs']} pairs: {counts['shapes']}")
    print(f"without partner: {counts['source_alone']} and {counts['target_alone']} lines")


if __name__ == "__main__":
    main()
