"""The page about a translation: what was made of the rows, by what, and how sure it is."""

from collections.abc import Mapping
from typing import Any

from isogloss.reports.pages.page import Page, Section
from isogloss.reports.tables import Table
from isogloss.reports.wording import count

TRANSLATE = "data translate"
"""The `command` in `run.json` of a translation."""


def translation_page(run: Mapping[str, Any]) -> Page:
    """The page about a translation.

    Args:
        run: the content of `run.json`.
    """
    recipe = run.get("recipe", {})
    rows, aside = run.get("rows", 0), run.get("set_aside", 0)
    place = f" at {recipe['endpoint']}" if recipe.get("endpoint") else ""
    text = [
        f"{count(rows)} rows from {recipe.get('source')} into {recipe.get('target')}, translated "
        f"by `{recipe.get('model')}`{place}. Row by row it is the original: of the "
        f"{count(aside)} rows that were set aside the texts are empty, which readers leave out; "
        "they are in `rejects/`."
    ]
    facts = [("rows", count(rows)), ("different texts", count(run.get("texts", 0)))]
    facts.append(("set aside", f"{count(aside)} ({aside / max(1, rows):.1%})"))
    if run.get("confidence"):
        facts.append(("confidence", run["confidence"]))
        facts.append(("lowest that is kept", f"{recipe.get('min_confidence')}"))
    if run.get("confidence_mean") is not None:
        facts.append(("mean confidence", f"{run['confidence_mean']:.3f}"))
    if run.get("tokens_out"):
        facts.append(("tokens read", count(run["tokens_in"])))
        facts.append(("tokens written", count(run["tokens_out"])))
    if run.get("price") is not None:
        facts.append(("price", f"{run['price']:.2f}"))
    head = {"finished": str(run.get("finished", "")), "isogloss": str(run.get("isogloss", ""))}
    section = Section(text=text, table=Table(("what", "value"), tuple(facts)))
    return Page("Translated set", [section], head)
