"""What a model's repository on the hub will hold, decided from its folder alone."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from isogloss.encoders.checks.files import check_files
from isogloss.encoders.names import find_model, fingerprint_model, model_files
from isogloss.errors import InputError
from isogloss.recipes.publish.space import space_files
from isogloss.reports.cards.card import CARD_FILE, card_of
from isogloss.runs.files import SCORES_FILE
from isogloss.runs.record import TrainingRecord, find_record

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
"""OWNER/NAME, as the hub wants it."""

YOURS = "(your account)"
"""Stands for an owner that is not known yet."""

NOT_THE_MODEL = re.compile(r"run\.json|trim\.json|report\.(md|html)|.*\.npz|.*\.jinja")
"""Files beside a model that name places of this machine, or are of no use to others."""


@dataclass(frozen=True)
class Upload:
    """One file of the repository.

    Attributes:
        path: in the repository.
        size: in bytes.
        source: the file on this machine; None for the card, which is `Plan.card`.
    """

    path: str
    size: int
    source: Path | None


@dataclass(frozen=True)
class Plan:
    """A repository as it will be.

    Attributes:
        repository: OWNER/NAME; NAME alone where the owner is who is logged in.
        private: whether others will not see it.
        card: the text of `README.md`.
        files: everything that is uploaded, the card among it.
        warnings: what a reader should know before publishing.
        with_space: whether a Space of the same name shows the model on a page.
    """

    repository: str
    private: bool
    card: str
    files: list[Upload]
    warnings: list[str]
    with_space: bool = False

    @property
    def size(self) -> int:
        """Bytes in all, without the Space."""
        return sum(file.size for file in self.files)

    @property
    def space(self) -> dict[str, str]:
        """The files of the Space and their text; none where none was asked for."""
        return space_files(full_name(self.repository)) if self.with_space else {}

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain JSON, without the text of the card."""
        files = [{key: v for key, v in asdict(f).items() if key != "source"} for f in self.files]
        return {
            "repository": self.repository,
            "private": self.private,
            "files": files,
            "bytes": self.size,
            "warnings": self.warnings,
            "space": self.space,
        }


def full_name(repository: str) -> str:
    """OWNER/NAME, with `YOURS` for an owner that is not known.

    Example:
        >>> full_name("de"), full_name("ada/de")
        ('(your account)/de', 'ada/de')
    """
    return repository if "/" in repository else f"{YOURS}/{repository}"


def plan_publication(
    model: str,
    *,
    repository: str = "",
    private: bool = True,
    license: str = "",
    space: bool = False,
) -> Plan:
    """Decide what goes to the hub; nothing is written and no network is used.

    The files of the model go there, its scores, and a card that is made anew. `run.json` and the
    reports stay: they name folders of this machine.

    Args:
        model: folder of the model.
        repository: OWNER/NAME; `""` takes the name of the folder, and its card has `YOURS` for the
            owner.
        private: whether others will not see it.
        license: identifier of its license on the hub; `""` where it is not known.
        space: whether a Space shall show the model on a page.

    Raises:
        InputError: the folder holds no model, or the repository's name cannot be one.
        ModelNotFoundError: a file of the model is missing or damaged.
        DataFormatError: `run.json` or `scores.json` cannot be read.
    """
    folder = find_model(model)
    check_files(folder)
    name = repository or folder.resolve().name
    if not REPOSITORY.fullmatch(name if repository else f"owner/{name}"):
        raise InputError(
            f"repository {name!r} cannot be one of the hub; expected OWNER/NAME of letters, "
            "digits, '-', '_' and '.': give --repo OWNER/NAME"
        )
    card = _card(folder, full_name(name), license)
    warnings = _warnings(folder, license)
    paths = [p for p in model_files(folder) if not NOT_THE_MODEL.fullmatch(p.name)]
    files = [Upload(CARD_FILE, len(card.encode()), None)] + [
        Upload(path.relative_to(folder).as_posix(), path.stat().st_size, path)
        for path in paths
        if path.name != CARD_FILE or path.parent != folder
    ]
    return Plan(name, private, card, files, warnings, space)


def _card(folder: Path, name: str, license: str) -> str:
    """The card of a model that we made, under its new name; of another the one that it has."""
    record = find_record(folder)
    if isinstance(record, TrainingRecord):
        return card_of(folder, name=name, license=license)
    try:
        return (folder / CARD_FILE).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        has = "no run.json" if record is None else f"the run.json of `isogloss {record.command}`"
        raise InputError(
            f"model {str(folder)!r} has {has} and no {CARD_FILE}; expected a run that trained it, "
            f"from which a card is made, or a card: write {CARD_FILE}, or publish the folder that "
            "distill, finetune or trim left"
        ) from error


def _warnings(folder: Path, license: str) -> list[str]:
    record, found = find_record(folder), []
    if isinstance(record, TrainingRecord):
        noted = record.student.fingerprint
        if noted and noted != fingerprint_model(folder):
            found.append(
                "the files are not those that the run left: its scores may not be this model's"
            )
        if not (folder / SCORES_FILE).exists():
            found.append("the card has no scores: the model was not evaluated")
        found += [f"the run raised an alarm: {alarm}" for alarm in record.alarms]
    if not license:
        found.append("no license is stated: give --license, such as apache-2.0")
    return found
