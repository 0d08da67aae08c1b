"""Decide once what a run's student is made from."""

from dataclasses import dataclass, replace

from isogloss.encoders.checks.files import check_files
from isogloss.encoders.names import find_model
from isogloss.errors import InputError
from isogloss.recipes.distill.recipe import DistillRecipe, StudentRecipe
from isogloss.recipes.distill.replay import BaseRun, find_base_run
from isogloss.students.kinds import Student
from isogloss.students.pretrained import Pretrained
from isogloss.students.static import Static
from isogloss.students.transplant import Transplant
from isogloss.training.run_settings import check_tracker


@dataclass(frozen=True)
class StudentSource:
    """What a student is made from.

    Attributes:
        student: its kind, with its settings.
        base_run: the run whose student learns more languages; None where the student is new.
    """

    student: Student
    base_run: BaseRun | None

    @property
    def tokens(self) -> int | None:
        """Vocabulary size of the finished student; None where the student is new."""
        return self.base_run.tokens if self.base_run else None

    def resolved(self, recipe: DistillRecipe) -> DistillRecipe:
        """The recipe, with the defaults of this kind of student where it says nothing."""
        return replace(recipe, training=recipe.training.resolved(self.student.defaults))


def resolve_student(recipe: StudentRecipe) -> StudentSource:
    """Look up what a recipe's student is made from.

    Raises:
        InputError: it names a fine-tuned model, or would make a finished student smaller.
    """
    base_run = find_base_run(recipe.base) if recipe.base else None
    students: dict[str, Student] = {
        "transplant": Transplant(recipe.transplant),
        "static": Static(recipe.transplant),
    }
    pretrained = Pretrained(recipe.kind, recipe.pretrained, "none" if base_run else recipe.start)
    student = students.get(base_run.student_kind if base_run else recipe.kind, pretrained)
    made = recipe.pretrained
    if base_run and student is pretrained and (made.trim or made.layer_stride != 1 or made.layers):
        raise InputError(
            f"student {recipe.kind!r} is finished, and student.pretrained has trim={made.trim}, "
            f"layers={list(made.layers)}, layer_stride={made.layer_stride}; expected these to be "
            "left out, since they make a student of an encoder once; isogloss trim makes it smaller"
        )
    return StudentSource(student, base_run)


def resolve_names(recipe: DistillRecipe) -> StudentSource:
    """Look up what a recipe names, before any work: its models, and its tracker.

    Raises:
        ModelNotFoundError: nothing has the name of teacher or student, or a file of theirs is
            missing or damaged.
        MissingExtraError: the tracker is not installed.
        InputError: see `resolve_student`.
    """
    source = resolve_student(recipe.student)
    for model in filter(None, (recipe.teacher, recipe.student.base)):
        check_files(find_model(model))
    check_tracker(recipe.training)
    return source
