"""The processes of one training."""

from datetime import timedelta

import torch
from accelerate import PartialState

PATIENCE = timedelta(days=2)
"""How long helper processes wait for the first one to prepare, or to evaluate."""


def join_processes() -> PartialState:
    """This process among those that `accelerate launch` started; alone it is the main one."""
    # without `cpu` a machine that has no GPU would take every process for the only one
    return PartialState(cpu=not torch.cuda.is_available(), timeout=PATIENCE)
