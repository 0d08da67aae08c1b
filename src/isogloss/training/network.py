"""The student as a trainable network: split embeddings, frozen leftovers, parameter groups."""

from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import nn
from torch.nn import functional

from isogloss.errors import CheckpointError
from isogloss.training.settings import TrainSettings


class SplitEmbedding(nn.Module):
    """A token table in two parts, so that old and new tokens can learn at rates of their own."""

    def __init__(self, weight: torch.Tensor, n_old: int) -> None:
        super().__init__()
        self.n_old = n_old
        self.old = nn.Parameter(weight[:n_old].detach().clone())
        self.new = nn.Parameter(weight[n_old:].detach().clone())

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Rows of both tables, `(*ids.shape, dim)`."""
        fresh = ids >= self.n_old
        old = functional.embedding(torch.where(fresh, 0, ids), self.old)
        new = functional.embedding(torch.where(fresh, ids - self.n_old, 0), self.new)
        return torch.where(fresh.unsqueeze(-1), new, old)

    def merged(self) -> torch.Tensor:
        """The whole table, `(n_old + n_new, dim)`."""
        return torch.cat([self.old.detach(), self.new.detach()])


class StudentNetwork(nn.Module):
    """A SentenceTransformer for training: ids and mask in, embeddings out, in one forward."""

    def __init__(self, model: SentenceTransformer, n_old: int | None) -> None:
        """Wrap a model.

        Args:
            model: trained in place.
            n_old: tokens that the teacher had; None (or all of them) trains one table.
        """
        super().__init__()
        self.model = model
        self._plain: tuple[nn.Module, ...] = ()  # a tuple, so that it is no part of this network
        body = self._body
        table = body.get_input_embeddings()
        if n_old is not None and n_old < table.weight.shape[0]:
            self._plain = (table,)
            body.set_input_embeddings(SplitEmbedding(table.weight, n_old))
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embeddings, float32 `(batch, dim)`."""
        features = {"input_ids": input_ids, "attention_mask": attention_mask}
        embeddings: torch.Tensor = self.model(features)["sentence_embedding"]
        return embeddings.float()

    @property
    def _body(self) -> Any:
        """The transformer, whose table is split."""
        return self.model[0].auto_model

    @property
    def split(self) -> SplitEmbedding | None:
        """The split table, if there is one."""
        table = self._body.get_input_embeddings()
        return table if isinstance(table, SplitEmbedding) else None

    def restore_table(self) -> None:
        """Put the split table together again: the model is then what it was, trained."""
        split = self.split
        if split is None:
            return
        [plain] = self._plain
        with torch.no_grad():
            plain.weight.copy_(split.merged())  # type: ignore[operator,union-attr]
        self._body.set_input_embeddings(plain)
        self._plain = ()

    def freeze_unused(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> None:
        """Freeze parameters that no gradient reaches (BERT's pooler): DDP would wait for them."""
        self(input_ids, attention_mask).square().sum().backward()
        for parameter in self.parameters():
            if parameter.grad is None:
                parameter.requires_grad_(False)
            parameter.grad = None

    def freeze_upper(self, share: float) -> None:
        """Freeze a share of the body's layers, from the top."""
        stacks = [m for m in self._body.modules() if isinstance(m, nn.ModuleList)]
        layers = max(stacks, key=len, default=nn.ModuleList())
        for layer in list(layers)[len(layers) - int(share * len(layers)) :]:
            layer.requires_grad_(False)

    def groups(self, settings: TrainSettings) -> list[dict[str, Any]]:
        """Freeze what shall not learn; the rest as parameter groups for the optimizer.

        Each group's `peak` is its highest rate.
        """
        split = self.split
        settings = settings.settled(transplant=split is not None)
        rate = settings.learning_rate or 0.0
        self.freeze_upper(settings.frozen_layers or 0.0)
        tables: list[tuple[nn.Parameter, float]] = []
        if split is not None:
            split.old.requires_grad_(settings.old_token_learning_rate > 0)
            tables = [
                (split.old, settings.old_token_learning_rate),
                (split.new, settings.new_token_learning_rate),
            ]
        own = {id(parameter) for parameter, _ in tables}
        body = [p for p in self.parameters() if p.requires_grad and id(p) not in own]
        parts = [(body, rate)] + [([table], its) for table, its in tables if table.requires_grad]
        return [{"params": params, "lr": its, "peak": its} for params, its in parts]


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    """An optimizer's state as named tensors, "0.exp_avg" and so on."""
    state = optimizer.state_dict()["state"]
    return {
        f"{index}.{name}": torch.as_tensor(value)
        for index, named in state.items()
        for name, value in named.items()
    }


def load_optimizer_tensors(
    optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]
) -> None:
    """The inverse of `optimizer_tensors`.

    Raises:
        CheckpointError: the state belongs to other parameters.
    """
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    shapes = {index: named["exp_avg"].shape for index, named in state.items()}
    if shapes != {index: p.shape for index, p in enumerate(parameters)}:
        raise CheckpointError(
            "the checkpoint's optimizer holds other parameters than this run trains; expected the "
            "same: repeat the settings that the run was begun with, or start anew with --overwrite"
        )
    whole = optimizer.state_dict()
    optimizer.load_state_dict({"state": state, "param_groups": whole["param_groups"]})
