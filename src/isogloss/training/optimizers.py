"""Optimizers: AdamW for the body, and Adam by rows for a token table that batches use in part.

A batch of two thousand tokens uses a thousand rows of a table of sixty thousand. AdamW would fill,
read and write all of them at each step; what is here costs what the batch uses.
"""

from collections.abc import Callable, Sequence
from typing import Any, overload

import torch

from isogloss.errors import CheckpointError
from isogloss.training.network import StudentNetwork
from isogloss.training.run_settings import Rates


class RowAdam(torch.optim.Optimizer):
    """Adam without momentum (beta1 = 0) and with one mean of squares per row, at the price of the
    rows that a batch uses.

    Without momentum a row with no gradient stays where it is, and its mean of squared gradients
    only decays, which is made up for when the row is next used: leaving it out changes nothing.
    `lr` is the share of each row's own rate. There is no weight decay, and the gradient is not
    clipped: no step is longer than rate / sqrt(1 - beta2), as a root mean square over coordinates.

    Source: Kingma & Ba 2015, "Adam: A Method for Stochastic Optimization"; Zhang et al. 2024,
    "Adam-mini: Use Fewer Learning Rates To Gain More" (one per token of an embedding).
    """

    def __init__(
        self, table: torch.nn.Parameter, rates: torch.Tensor, *, beta2: float, eps: float = 1e-8
    ) -> None:
        """Set up.

        Args:
            table: `(n_tokens, dim)`; its gradient may be sparse.
            rates: learning rate of each row at its peak, `(n_tokens,)`.
            beta2: decay of the mean of squared gradients, in [0, 1).
            eps: added to the root of that mean.
        """
        super().__init__([table], {"lr": 1.0, "peak": 1.0, "beta2": beta2, "eps": eps})
        self.rates = rates.to(table.device)

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One step; `closure` is not supported.

        Raises:
            ValueError: a closure was given.
        """
        if closure is not None:
            raise ValueError("RowAdam takes no closure; expected none: compute the loss before")
        for group in self.param_groups:
            for table in group["params"]:
                if table.grad is not None:
                    self._move(table, table.grad, group)
        return None

    def _move(self, table: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        """Move the rows that have a gradient."""
        state = self.state[table]
        if not state:
            state["step"] = torch.zeros((), dtype=torch.int64)
            state["squares"] = torch.zeros_like(table[:, 0])
            state["used"] = torch.zeros_like(table[:, 0])  # the step of its last use
        state["step"] += 1
        if table.device.type == "cpu":
            self._move_used(table, gradient, group)
        else:
            self._move_all(table, gradient, group)

    def _move_used(
        self, table: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]
    ) -> None:
        """Update only the rows that have a gradient, at the cost of finding them."""
        state = self.state[table]
        step, beta2 = int(state["step"]), group["beta2"]
        rows, gradient = used_rows(gradient)
        decay = beta2 ** (step - state["used"][rows])
        squares = state["squares"][rows] * decay
        squares += (1.0 - beta2) * gradient.square().mean(dim=1)
        state["squares"][rows] = squares
        state["used"][rows] = step
        root = (squares / (1.0 - beta2**step)).sqrt_() + group["eps"]
        steps = -group["lr"] * self.rates[rows] / root
        table[rows] += gradient.mul_(steps.unsqueeze(1))

    def _move_all(self, table: torch.Tensor, gradient: torch.Tensor, group: dict[str, Any]) -> None:
        """The same over the whole table: finding rows would wait for the GPU at every step."""
        state = self.state[table]
        step, beta2 = int(state["step"]), group["beta2"]
        used = gradient.any(dim=1)
        squares = state["squares"] * beta2 ** (step - state["used"])
        squares += (1.0 - beta2) * gradient.square().mean(dim=1)
        state["squares"] = torch.where(used, squares, state["squares"])
        state["used"] = torch.where(used, float(step), state["used"])
        root = (squares / (1.0 - beta2**step)).sqrt_() + group["eps"]
        table -= gradient * (group["lr"] * self.rates / root).unsqueeze(1)  # 0 where it is not used


def used_rows(gradient: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Numbers and values of a gradient's rows that are not empty, dense or sparse.

    Args:
        gradient: `(n_tokens, dim)`.

    Returns:
        Row numbers `(k,)`, each once, and their values `(k, dim)`, the caller's to change.
    """
    if gradient.is_sparse:
        whole = gradient.coalesce()
        return whole.indices()[0], whole.values()
    rows = gradient.any(dim=1).nonzero().squeeze(1)
    return rows, gradient[rows]


def make_optimizers(network: StudentNetwork, rates: Rates) -> list[torch.optim.Optimizer]:
    """Freeze what shall not learn; the rest under an optimizer each for body and token table.

    Where token embeddings have no optimizer of their own there is one: AdamW over all. That of a
    static student has nothing to move. Each group's `peak` is the highest value of its `lr`.
    """
    network.freeze_layers(upper=rates.frozen_layers, lower=rates.frozen_lower_layers)
    table = network.table
    tables: list[torch.optim.Optimizer] = []
    body = [p for p in network.parameters() if p.requires_grad]
    if rates.token_optimizer == "rows" and table.requires_grad:
        body = [p for p in body if p is not table]
        per_row = torch.full((len(table),), rates.new_tokens)
        per_row[: network.n_old or 0] = rates.old_tokens
        table.requires_grad_(bool(per_row.any()))
        if table.requires_grad:
            tables = [RowAdam(table, per_row, beta2=rates.token_beta2)]
    if not tables:
        network.use_sparse_gradients(False)
    group = {"params": body, "lr": rates.body, "peak": rates.body}
    decay, eps = rates.weight_decay, rates.eps
    return [torch.optim.AdamW([group], weight_decay=decay, eps=eps, fused=True), *tables]


def set_rates(optimizers: Sequence[torch.optim.Optimizer], share: float) -> None:
    """Set each group's `lr` to a share of its `peak`."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = share * group["peak"]


def state_tensors(optimizers: Sequence[torch.optim.Optimizer]) -> dict[str, torch.Tensor]:
    """The state of optimizers as named tensors, "0.12.exp_avg" and so on."""
    return {
        f"{number}.{index}.{name}": torch.as_tensor(value)
        for number, optimizer in enumerate(optimizers)
        for index, named in optimizer.state_dict()["state"].items()
        for name, value in named.items()
    }


def load_state(
    optimizers: Sequence[torch.optim.Optimizer], tensors: dict[str, torch.Tensor]
) -> None:
    """The inverse of `state_tensors`.

    Raises:
        CheckpointError: the state belongs to other parameters.
    """
    states: list[dict[int, dict[str, torch.Tensor]]] = [{} for _ in optimizers]
    for key, value in tensors.items():
        number, index, name = key.split(".", 2)
        if int(number) >= len(states):
            raise _of_other_parameters()
        states[int(number)].setdefault(int(index), {})[name] = value
    for optimizer, state in zip(optimizers, states, strict=True):
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        shapes = {index: [t.shape for t in named.values()] for index, named in state.items()}
        if set(shapes) != set(range(len(parameters))) or any(
            p.shape not in shapes[index] and p.shape[:1] not in shapes[index]
            for index, p in enumerate(parameters)
        ):
            raise _of_other_parameters()
        whole = optimizer.state_dict()
        optimizer.load_state_dict({"state": state, "param_groups": whole["param_groups"]})


def _of_other_parameters() -> CheckpointError:
    return CheckpointError(
        "the checkpoint's optimizer holds other parameters than this run trains; expected the "
        "same: repeat the settings that the run was begun with, or start anew with --overwrite"
    )
