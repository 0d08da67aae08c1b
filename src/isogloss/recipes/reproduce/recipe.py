"""Settings for reproducing a published table."""

import hashlib
import json
from dataclasses import asdict, replace

from isogloss.config import Place, settings
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe
from isogloss.recipes.reproduce.studies import Study, find_study

SIZES = (1_000, 5_000, 10_000, 25_000)
"""Numbers of pairs in the published table; all pairs come on top."""

LEAST = 100
"""Pairs without which none can be held out."""


@settings()
class ReproduceRecipe:
    """A study.

    Attributes:
        study: its name, one of `isogloss.recipes.reproduce.studies.STUDIES`.
        out: folder for the students, the scores, and the report.
        distill: how the students of a study that trains are made; which pairs, and the folder, are
            set for each of them. None for a study of finished models.
        sizes: numbers of pairs of each place, for a study of sizes; all pairs come on top. None:
            those of the published table.
        models: further models, as rows.
        published: whether the published models are rows of a study of models. None: where none
            is named in `models`.
        teacher: a row, and what retention is against; where students are trained, their own.
        tasks: test tasks, `KIND:LANGS=WHERE`.
        suites: test data by name; none, and no tasks: those of the published table.
        data_root: folder with the suites' data; None reads from the hub.
        languages: of the suites, see `isogloss evaluate --languages`; empty: those of the published
            table, or of the pairs.
    """

    study: str
    out: Place
    distill: DistillRecipe | None = None
    sizes: tuple[int, ...] | None = None
    models: tuple[Place, ...] = ()
    published: bool | None = None
    teacher: Place | None = None
    tasks: tuple[Place, ...] = ()
    suites: tuple[str, ...] = ()
    data_root: Place | None = None
    languages: str = ""

    def __post_init__(self) -> None:
        """Refuse settings that the study has no use for."""
        study = find_study(self.study)
        if self.distill is not None:
            check_trains(study)
        elif study.trains:
            raise InputError(
                f"{study.name} trains students and no recipe for them was given; expected a"
                " teacher and pairs; add --teacher and --pairs, or a recipe file"
            )
        if study.varies == "sizes" and self.distill and self.distill.max_pairs is not None:
            raise InputError(
                f"max_pairs is {self.distill.max_pairs}, and {study.name} sets it for every row;"
                " expected sizes: --sizes 1000,5000"
            )
        self._check_sizes(study)

    def _check_sizes(self, study: Study) -> None:
        if self.sizes is None:
            return
        if study.varies != "sizes":
            raise InputError(
                f"{study.name} has no rows of different sizes; expected no --sizes; leave it out"
            )
        small = [size for size in self.sizes if size < LEAST]
        if small:
            raise InputError(
                f"--sizes hold {small[0]}, too few to hold some out; expected at least {LEAST};"
                " leave it out"
            )

    def resolved(self) -> "ReproduceRecipe":
        """The recipe with what it leaves open: from that of its students, or from the study."""
        given = self.distill
        tasks = self.tasks or (given.tasks if given else ())
        return replace(
            self,
            teacher=given.teacher if given else self.teacher,
            tasks=tasks,
            suites=self.suites if self.suites or tasks else find_study(self.study).suites,
            sizes=None if self.sizes is None else tuple(sorted(set(self.sizes))),
        )

    def fingerprint(self) -> str:
        """Hash of what makes its rows comparable; tests and further rows may come later."""
        students = asdict(self.distill) if self.distill else {}
        for name in ("out", "tasks"):
            students.pop(name, None)
        values = {"study": self.study, "teacher": self.teacher, "distill": students}
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
