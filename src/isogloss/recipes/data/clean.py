"""Clean parallel sentences, with an account of every row: see `isogloss.recipes.data.judging`.

report  -> what every filter did, and to what
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from isogloss.console import Console
from isogloss.corpora.fetch import content_hashes
from isogloss.corpora.filters import Making
from isogloss.data.text import text_fingerprint
from isogloss.recipes.data.judging import Judging, judge_places, look_at_places, places_to_judge
from isogloss.recipes.data.recipe import CleanRecipe
from isogloss.recipes.data.tested import tested_sentences
from isogloss.reports.write import write_report
from isogloss.runs.folder import settle_recipe
from isogloss.runs.lifecycle import open_run
from isogloss.runs.record import CleanRecord, write_record


@dataclass(frozen=True)
class CleanRun:
    """A finished cleaning.

    Attributes:
        folder: where it wrote.
        record: the content of `run.json`.
        files: the clean pairs, by languages.
    """

    folder: Path
    record: CleanRecord
    files: Mapping[str, Path]


def clean(
    recipe: CleanRecipe,
    *,
    resume: bool = False,
    overwrite: bool = False,
    console: Console | None = None,
) -> CleanRun:
    """Clean parallel sentences.

    Args:
        recipe: what to clean and how.
        resume: go on with what an interrupted run left in the folder.
        overwrite: throw away what the folder holds.
        console: told about the stages; None is silent.

    Returns:
        The account, and where the clean pairs lie.

    Raises:
        InputError: a place cannot be read twice; the run to go on with had other data.
        DataFormatError: no pair is left.
        MissingExtraError: a filter needs a library that is not installed.
        IsoglossError: see `open_run` and `parse_where`.
    """
    places = places_to_judge(recipe.pairs)
    tested = tested_sentences(recipe.suites, recipe.data_root, recipe.keep_out)
    kept_out = {text for texts in tested.values() for text in texts}
    making = Making(recipe.cleaning, recipe.filtering, kept_out)
    with open_run(recipe.out, console, resume=resume, overwrite=overwrite) as run:
        with run.preparing():
            look_at_places(places, run.console)
            known = {"test data that is kept out": text_fingerprint(sorted(kept_out))}
            settle_recipe(run.folder, recipe.fingerprint(), content_hashes(places) | known)
        judged = judge_places(Judging(places, recipe.filters, making, "cleaning"), run)
        record = CleanRecord(
            command="data clean",
            recipe=asdict(recipe),
            data=judged.data,
            tested={name: len(texts) for name, texts in tested.items()},
            **run.measured(),
        )
        write_record(run.folder, record)
        write_report(run.folder)
        run.finish()
    return CleanRun(run.folder, record, judged.files)
