"""Weights between the beginning and the end of training."""

import pytest
import torch
from torch import nn

from isogloss.training.interpolation import interpolate


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_every_weight_lies_between_its_beginning_and_its_end(share: float) -> None:
    start, trained = (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)) for _ in range(2))
    nn.init.constant_(start[0].weight, 1.0)
    nn.init.constant_(trained[0].weight, 3.0)
    trained[1].num_batches_tracked.fill_(7)  # a count is no weight
    began = {name: weight.clone() for name, weight in start.state_dict().items()}
    interpolate(trained, start, share)
    assert torch.allclose(trained[0].weight, torch.full((2, 3), 1.0 + 2.0 * share))
    assert int(trained[1].num_batches_tracked) == 7
    assert all(torch.equal(weight, began[name]) for name, weight in start.state_dict().items())


def test_a_weight_with_two_names_is_moved_once() -> None:
    """As T5 has one, for its token embeddings."""
    start, trained = (nn.ModuleDict({"shared": nn.Linear(3, 2)}) for _ in range(2))
    for model, value in ((start, 1.0), (trained, 3.0)):
        nn.init.constant_(model["shared"].weight, value)
        model["again"] = model["shared"]
    assert len(trained.state_dict()) == 4
    interpolate(trained, start, 0.5)
    assert torch.allclose(trained["shared"].weight, torch.full((2, 3), 2.0))
