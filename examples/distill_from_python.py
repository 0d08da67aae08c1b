"""Distill from Python: a recipe is a dataclass, and a run gives back its scores.

python examples/distill_from_python.py en-de=en-de.tsv.gz runs/german --minutes 15
"""

import argparse

import isogloss

TEACHER = "sentence-transformers/all-MiniLM-L6-v2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pairs", nargs="+", help="LANGS=WHERE, then the folder for the student")
    parser.add_argument("--teacher", default=TEACHER)
    parser.add_argument("--minutes", type=float, default=15.0)
    arguments = parser.parse_args()
    *pairs, out = arguments.pairs
    recipe = isogloss.DistillRecipe(
        teacher=arguments.teacher,
        pairs=tuple(pairs),
        out=out,
        training=isogloss.TrainSettings(minutes=arguments.minutes),
    )
    result = isogloss.distill(recipe)

    for label, scores in result.evaluation.scores.items():  # teacher, untrained, trained
        for score in scores:
            if score.metric == "accuracy_mean" and score.value is not None:
                print(f"{label:10} {score.languages} {score.metric} {score.value:.1%}  n={score.n}")
    for alarm in result.record.alarms if result.record else ():
        print("alarm:", alarm)
    print("student:", result.folder)


if __name__ == "__main__":
    main()
