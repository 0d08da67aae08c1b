"""What the line `KIND:LANGS=WHERE` names."""

from dataclasses import dataclass
from pathlib import Path

from isogloss.data.languages import LanguagePair
from isogloss.data.places import Where


@dataclass(frozen=True)
class TaskSpec:
    """A task as the user named it, checked but not read.

    Args:
        kind: one of `isogloss.runs.kinds.GIVEN_KINDS`.
        languages: the two languages, in the order of the columns or files.
        paths: what the task reads, see `isogloss.tasks.readers.finding`; they exist; none for a
            dataset.
        text: the line itself.
        data_name: name of the data, for people.
        pairs: for translations, how they are read.
    """

    kind: str
    languages: LanguagePair
    paths: tuple[Path, ...]
    text: str
    data_name: str
    pairs: Where | None = None

    @property
    def language_names(self) -> str:
        """The pair as scores show it, such as `en-de`."""
        return f"{self.languages.source}-{self.languages.target}"
