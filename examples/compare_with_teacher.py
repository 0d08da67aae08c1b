"""Is the student where the teacher is? Encode with both, print cosines.

python examples/compare_with_teacher.py runs/german en-de=en-de.tsv.gz
"""

import argparse

import isogloss

TEACHER = "sentence-transformers/all-MiniLM-L6-v2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("student", help="folder of a student")
    parser.add_argument("where", help="LANGS=WHERE of some pairs, best not those it learned from")
    parser.add_argument("--teacher", default=TEACHER)
    parser.add_argument("--pairs", type=int, default=10)
    arguments = parser.parse_args()

    pairs = isogloss.ParallelSentences.load(arguments.where, limit=arguments.pairs)
    targets = isogloss.load(arguments.teacher).encode(pairs.source)  # where both should be
    student = isogloss.load(arguments.student)
    kept = isogloss.paired_cosines(student.encode(pairs.source), targets)
    learned = isogloss.paired_cosines(student.encode(pairs.target), targets)

    print(f"{pairs.source_language:>6} {pairs.target_language:>6}   cosine to the teacher's vector")
    for source, one, other in zip(pairs.source, kept, learned, strict=True):
        print(f"{one:6.3f} {other:6.3f}   {source[:60]}")
    print(f"{kept.mean():6.3f} {learned.mean():6.3f}   mean")


if __name__ == "__main__":
    main()
