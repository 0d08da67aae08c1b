"""The processes of one training."""

from datetime import timedelta

import torch
from accelerate import PartialState

from isogloss.errors import InputError

PATIENCE = timedelta(days=2)
"""How long helper processes wait for the first one to prepare, or to evaluate."""


def join_processes() -> PartialState:
    """This process among those that `accelerate launch` started; alone it is the main one.

    Raises:
        InputError: the environment does not say which of them it is.
    """
    try:
        # without `cpu` a machine that has no GPU would take every process for the only one
        return PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)
    except ValueError as error:
        raise InputError(
            f"the environment does not tell the processes of this run ({error}); expected RANK, "
            "WORLD_SIZE and the like as `accelerate launch` sets them: start with that, or unset "
            "them all"
        ) from error
