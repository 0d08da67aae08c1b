"""What the card of a trimmed model says of the trim."""

from isogloss.reports.run_facts import RunFacts
from isogloss.reports.tables import Table
from isogloss.reports.wording import code, count, language, listed, percent, place, size

_SIZES = {"tokens": count, "parameters": count, "bytes": size}


def trim_section(facts: RunFacts) -> list[str]:
    """The part of a card about a trim: what stayed, how much smaller, how alike.

    Args:
        facts: the run.

    Returns:
        Markdown; nothing for a model that was not trimmed.
    """
    trim = _trim(facts)
    if not trim.run:
        return []
    origin = code(place(str(trim.run.get("model", "another model"))))
    budget = trim.number("settings", "tokens")
    most = "every token" if budget is None else f"at most {count(budget)} tokens, the most used,"
    return [
        "## Trimmed",
        f"This is {origin} without the tokens that it is not meant for. It keeps"
        f" {most} {_of(trim)}.",
        _sizes(trim).markdown(),
        f"{_compared(trim)} Scores of the model before are not its own, and not given here.",
    ]


def trim_limits(facts: RunFacts) -> list[str]:
    """What a trimmed model cannot do; nothing for another."""
    trim = _trim(facts)
    if not trim.run:
        return []
    lines = [f"It keeps only tokens {_of(trim)}: what it was taught in others is gone."]
    if trim.number("settings", "tokens") is not None:
        lines.append("Rare words fall apart into smaller pieces than it was trained on.")
    return lines


def not_evaluated(facts: RunFacts) -> str:
    """That a model has no scores."""
    since = " since it was trimmed" if _trim(facts).run else ""
    return f"It has not been evaluated{since}."


def _trim(facts: RunFacts) -> RunFacts:
    """The account of the trim; empty where there was none."""
    return RunFacts(facts.section("trim"))


def _of(trim: RunFacts) -> str:
    """Which tokens stayed."""
    names = listed([language(str(tag)) for tag in trim.section("settings").get("languages") or ()])
    return f"in the scripts of {names}" if names else "spelled in the letters of a text"


def _sizes(trim: RunFacts) -> Table:
    """Tokens, parameters and weights before and after."""
    rows = []
    for name, write in _SIZES.items():
        before, after = (trim.number("report", f"{name}_{when}") for when in ("before", "after"))
        if before is not None and after is not None:
            rows.append(("weights" if name == "bytes" else name, write(before), write(after)))
    return Table(("", "before", "after"), tuple(rows))


def _compared(trim: RunFacts) -> str:
    """How alike the model is to what it was."""
    keys = ("compared", "cut_alike", "cosines", "cosine_mean", "cosine_min")
    found = {key: value for key in keys if (value := trim.number("report", key)) is not None}
    if len(found) < len(keys):
        return "The two were not compared, for want of a text."
    return (
        f"Of {count(found['compared'])} sentences {percent(found['cut_alike'])} are cut as before;"
        f" of {count(found['cosines'])} the cosine of the embeddings before and after is"
        f" {found['cosine_mean']:.4f} on average, {found['cosine_min']:.4f} at least."
    )
