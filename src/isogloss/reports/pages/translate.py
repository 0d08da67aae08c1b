"""The page about a translation: what was made of the rows, by what, and how sure it is."""

from isogloss.reports.pages.page import Page, Section
from isogloss.reports.run_tables import finished
from isogloss.reports.tables import Table
from isogloss.reports.wording import count
from isogloss.runs.record import TranslateRecord


def translation_page(record: TranslateRecord) -> Page:
    """The page about a translation.

    Args:
        record: the record of the run.
    """
    recipe, rows, aside = record.recipe, record.rows, record.set_aside
    place = f" at {recipe['endpoint']}" if recipe.get("endpoint") else ""
    text = [
        f"{count(rows)} rows from {recipe.get('source')} into {recipe.get('target')}, translated "
        f"by `{recipe.get('model')}`{place}. Row by row it is the original: of the "
        f"{count(aside)} rows that were set aside the texts are empty, which readers leave out; "
        "they are in `rejects/`."
    ]
    facts = [("rows", count(rows)), ("different texts", count(record.texts))]
    facts.append(("set aside", f"{count(aside)} ({aside / max(1, rows):.1%})"))
    if record.confidence:
        facts.append(("confidence", record.confidence))
        facts.append(("lowest that is kept", f"{recipe.get('min_confidence')}"))
    if record.confidence_mean is not None:
        facts.append(("mean confidence", f"{record.confidence_mean:.3f}"))
    if record.tokens_out:
        facts.append(("tokens read", count(record.tokens_in)))
        facts.append(("tokens written", count(record.tokens_out)))
    if record.price is not None:
        facts.append(("price", f"{record.price:.2f}"))
    section = Section(text=text, table=Table(("what", "value"), tuple(facts)))
    return Page("Translated set", [section], finished(record))
