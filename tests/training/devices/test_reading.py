"""Losses that are read late are the same losses, and stop the same run."""

import pytest
import torch

from isogloss.errors import InputError
from isogloss.training.devices.reading import EVERY, LossReader
from isogloss.training.progress import Progress


def run(device: str, losses: list[float]) -> Progress:
    reader, state = LossReader(torch.device(device)), Progress()
    for loss in losses:
        reader.add(torch.tensor(loss), state)
        state.step += 1
    reader.read(state)
    return state


def test_losses_read_late_are_smoothed_to_the_same_bits() -> None:
    losses = torch.rand(3 * EVERY + 5, generator=torch.Generator().manual_seed(0)).tolist()
    assert run("cuda", losses).loss == run("cpu", losses).loss


def test_a_gpu_is_not_waited_for_at_every_step() -> None:
    reader, state = LossReader(torch.device("cuda")), Progress()
    reader.add(torch.tensor(1.0), state)
    assert state.loss is None
    reader.read(state)
    assert state.loss == 1.0


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_loss_that_is_no_number_stops_the_run_and_names_its_step(device: str) -> None:
    with pytest.raises(InputError, match="the loss is nan at step 3;"):
        run(device, [1.0, 1.0, float("nan"), 1.0])
