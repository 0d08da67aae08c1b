"""What making a published table again can be told."""

import hashlib
import json
from dataclasses import asdict, dataclass

from isogloss.errors import InputError
from isogloss.recipes.distill_recipe import DistillRecipe
from isogloss.recipes.studies import Study, find_study

SIZES = (1_000, 5_000, 10_000, 25_000)
"""Amounts of pairs of the published table; all pairs come on top."""


@dataclass(frozen=True)
class ReproduceRecipe:
    """A study.

    Attributes:
        study: its name, one of `isogloss.recipes.studies.STUDIES`.
        out: folder for the students, the scores, and the report.
        distill: how the students of a study that trains are made; its pairs and its folder are set
            for each of them. None for a study of finished models.
        sizes: amounts of pairs, for a study of amounts; all pairs come on top.
        models: further models, as rows; in a study of finished models, in place of the published.
        teacher: for retention in a study of finished models; else the students' own.
        tasks: test tasks, `KIND:LANGS=WHERE`.
        suites: test data by name; none, and no tasks: those of the published table.
        data_root: folder with the suites' data; None reads from the hub.
        languages: of the suites, see `isogloss evaluate --languages`; empty: those of the published
            table, or of the pairs.
    """

    study: str
    out: str
    distill: DistillRecipe | None = None
    sizes: tuple[int, ...] = SIZES
    models: tuple[str, ...] = ()
    teacher: str | None = None
    tasks: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    data_root: str | None = None
    languages: str = ""

    def __post_init__(self) -> None:
        """Refuse what the study has no use for, and settle what it leaves open."""
        study = find_study(self.study)
        if study.trains and self.distill is None:
            raise InputError(
                f"{study.name} trains students and no recipe for them was given; expected a"
                " teacher and pairs; add --teacher and --pairs, or a recipe file"
            )
        if self.distill is not None:
            check_trains(study)
        wrong = [size for size in self.sizes if size < 1]
        if wrong:
            raise InputError(
                f"sizes hold {wrong[0]}; expected amounts of pairs above 0; write them with commas"
                " between: --sizes 1000,5000"
            )
        object.__setattr__(self, "sizes", tuple(sorted(set(self.sizes))))
        if not self.tasks and not self.suites:
            object.__setattr__(self, "suites", study.suites)
        if self.distill is not None:
            object.__setattr__(self, "teacher", self.distill.teacher)

    def fingerprint(self) -> str:
        """Hash of all that its rows have in common; further rows may join later."""
        values = json.loads(json.dumps(asdict(self)))
        for name in ("out", "sizes", "models"):
            values.pop(name)
        if values["distill"]:
            values["distill"].pop("out")
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def check_trains(study: Study) -> None:
    """Refuse pairs, a student or training settings for a study that has no use for them.

    Raises:
        InputError: the study trains nothing.
    """
    if not study.trains:
        raise InputError(
            f"{study.name} compares finished models and trains none; expected no pairs, student or"
            " training settings; leave them out"
        )
