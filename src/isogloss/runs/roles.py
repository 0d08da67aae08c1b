"""Which data a run's scores come from: tests, the unseen part of tests, or its own pairs."""

from collections.abc import Mapping, Sequence

from isogloss.metrics.score import Score

Scores = Mapping[str, Sequence[Score]]

HELD_OUT = "held-out pairs"
"""Name of the data that a run split off its own training pairs."""

UNSEEN = ", unseen"
"""What the name of a test ends in that was left without the pairs that training has seen."""

ALL_TESTS = "all tests"
"""Name of the STS tests of a run as one."""


def held_out_note(scores: Scores, *, given: bool = False) -> str:
    """A caution for runs scored on their own held-out pairs; else `""`.

    Args:
        scores: scores per model label.
        given: whether they were named for it, and not split off.
    """
    if not any(score.data == HELD_OUT for rows in scores.values() for score in rows):
        return ""
    origin = "are the dev data" if given else "were split off the training data"
    return (
        f"The {HELD_OUT} {origin}, and the checkpoint was chosen on them: on other text expect"
        " lower numbers."
    )


def on_tests(scores: Scores) -> dict[str, list[Score]]:
    """The scores without those on a run's own pairs, or on part of a test, where a test tells more.

    Held-out and unseen rows of a task and a pair of languages go where any model has another row.

    Args:
        scores: scores per model label.
    """
    tested = {
        (row.task, row.languages)
        for rows in scores.values()
        for row in rows
        if not is_own(row.data)
    }
    return {
        label: [r for r in rows if not is_own(r.data) or (r.task, r.languages) not in tested]
        for label, rows in scores.items()
    }


def is_own(data: str) -> bool:
    """Whether data of that name are a run's own pairs, or a part of a test."""
    return data == HELD_OUT or data.endswith(UNSEEN)
