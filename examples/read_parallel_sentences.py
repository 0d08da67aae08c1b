"""Read parallel sentences from any place, and account for every row. Loads no torch.

python examples/read_parallel_sentences.py en-de=corpus.tsv.gz --rejects rejects.tsv
python examples/read_parallel_sentences.py en-uk=hf:sentence-transformers/parallel-sentences-talks
"""

import argparse
from pathlib import Path

import isogloss


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("where", help="LANGS=WHERE, such as en-de=corpus.tsv.gz")
    parser.add_argument("--rejects", type=Path, help="a file for the rows that are dropped")
    parser.add_argument("--limit", type=int, help="stop after so many pairs")
    arguments = parser.parse_args()

    loaded = isogloss.load_parallel(
        arguments.where, rejects=arguments.rejects, limit=arguments.limit
    )
    report = loaded.report
    print(f"{report.languages}: read {report.read}, kept {report.kept}")
    for reason, count in report.dropped.items():
        print(f"  dropped {count}: {reason}")
    print("fingerprint", report.fingerprint)
    for source, target in loaded.sentences.take(range(min(3, len(loaded.sentences)))):
        print(f"  {source} | {target}")


if __name__ == "__main__":
    main()
