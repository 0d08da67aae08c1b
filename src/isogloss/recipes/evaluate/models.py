"""The models of an evaluation, loaded with the prompts that a user gave them."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from isogloss.encoders.opening import check_model, open_encoder, short_names
from isogloss.errors import InputError
from isogloss.paths import given_path
from isogloss.protocols import Encoder, prompt_of
from isogloss.recipes.taught import taught_prompt

logger = logging.getLogger(__name__)


class OpenModels(NamedTuple):
    """Models that were loaded.

    Attributes:
        encoders: by their labels.
        teacher: `None` where none was named.
    """

    encoders: dict[str, Encoder]
    teacher: Encoder | None


def open_models(
    models: Sequence[str],
    prompts: Sequence[str] = (),
    *,
    teacher: str | None = None,
    teacher_prompt: str | None = None,
) -> OpenModels:
    """Load models with the prompts that the user gave.

    Args:
        models: as the user named them, see `open_encoder`.
        prompts: none: each model's own; one: put before every sentence of all models; else one per
            model in their order. An empty one is none. A model may be named twice, with two
            prompts: they are in its labels then.
        teacher: a model too; `None` for none.
        teacher_prompt: for the teacher; `None`: that of the model which it is, else its own.

    Raises:
        InputError: the numbers do not fit; a prompt for a teacher that is not there.
        IsoglossError: see `open_encoder`.
    """
    all_alike = [prompts[0] if prompts else None] * len(models)
    if len(prompts) not in (0, 1, len(models)):
        raise InputError(
            f"--prompt was given {len(prompts)} times for {len(models)} models; expected once for"
            ' all, or once per --model in their order (--prompt "" is none)'
        )
    if teacher is None and teacher_prompt is not None:
        raise InputError(
            f"--teacher-prompt {teacher_prompt!r} was given without a teacher; expected one; add"
            " --teacher NAME"
        )
    given = list(zip(models, prompts if len(prompts) == len(models) else all_alike, strict=True))
    labels = {name: label for label, name in short_names(list(dict.fromkeys(models))).items()}
    for name in dict.fromkeys([*models, *([] if teacher is None else [teacher])]):
        check_model(name)  # all of them, before minutes go into the first
    opened = {one: open_encoder(*one) for one in dict.fromkeys(given)}
    names = [name for name, _ in opened]
    encoders = {
        labels[name] if names.count(name) == 1 else f"{labels[name]} {prompt!r}": encoder
        for (name, prompt), encoder in opened.items()
    }
    for (name, prompt), encoder in opened.items():
        _warn_of_name(name, prompt, encoder)
    if teacher is None:
        return OpenModels(encoders, None)
    if teacher_prompt is None and names.count(teacher) == 1:
        teacher_prompt = dict(given)[teacher]
    reference = opened.get((teacher, teacher_prompt)) or open_encoder(teacher, teacher_prompt)
    for name in labels:
        _warn_of_teacher(name, reference)
    return OpenModels(encoders, reference)


def _warn_of_name(model: str, prompt: str | None, encoder: Encoder) -> None:
    """Warn if the text given as a prompt is the name of one."""
    named = getattr(encoder, "prompts", {})
    if prompt in named:
        logger.warning(
            "--prompt %r stands before every sentence of %s as it is; the model has a prompt of"
            " that name, which reads %r",
            prompt,
            model,
            named[prompt],
        )


def _warn_of_teacher(model: str, teacher: Encoder) -> None:
    """Warn if a student learned from this teacher under another prompt."""
    learned = taught_prompt(teacher, given_path(model))
    if learned is not None and learned != prompt_of(teacher):
        logger.warning(
            "%s learned from this teacher with the prompt %r, and here the teacher has %r: health"
            " compares it with other vectors; --teacher-prompt %r takes the same",
            model,
            learned,
            prompt_of(teacher),
            learned,
        )
