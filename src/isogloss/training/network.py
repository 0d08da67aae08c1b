"""The student as a trainable network."""

from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import nn

from isogloss.encoders.tokens import is_static, own_prompt, prompt_tokens, token_embeddings


class StudentNetwork(nn.Module):
    """A SentenceTransformer for training: ids and mask in, embeddings out, in one forward."""

    def __init__(
        self, model: SentenceTransformer, n_old: int | None, *, prompt: str | None = None
    ) -> None:
        """Wrap a model.

        Args:
            model: trained in place.
            n_old: tokens that the teacher had, where the student has all of them: old and new ones
                learn at rates of their own.
            prompt: text that every sentence begins with; its tokens are left out of the pooling
                where the model leaves them out. None: the model's own prompt.
        """
        super().__init__()
        self.model = model
        prompt = own_prompt(model) if prompt is None else prompt
        self.unpooled = prompt_tokens(model, prompt)
        self.n_old = n_old if n_old is not None and n_old <= len(self.table) else None
        for module in model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
            for name, value in vars(module).items():  # shares that a body drops by itself
                if "dropout" in name and isinstance(value, float):
                    setattr(module, name, 0.0)

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        """Embeddings, float32 `(batch, dim)`.

        Args:
            *inputs: ids and mask, int64 `(n, longest)` each; or several of both, one after the
                other, so that sentences of unlike length need no padding.
        """
        parts = zip(inputs[::2], inputs[1::2], strict=True)
        return torch.cat([self._embed(ids, mask) for ids, mask in parts])

    def _embed(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        features: dict[str, Any] = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self.unpooled:
            features["prompt_length"] = self.unpooled
        if self.static:
            lengths = attention_mask.sum(dim=1)
            features = {
                "input_ids": input_ids[attention_mask.bool()],
                "offsets": lengths.cumsum(dim=0) - lengths,
            }
        embeddings: torch.Tensor = self.model(features)["sentence_embedding"]
        return embeddings.float()

    @property
    def static(self) -> bool:
        """Whether the student is a table of tokens and nothing else."""
        return is_static(self.model)

    @property
    def table(self) -> nn.Parameter:
        """The embeddings of the tokens, `(n_tokens, dim)`."""
        weight: nn.Parameter = token_embeddings(self.model).weight
        return weight

    @property
    def finite(self) -> bool:
        """Whether no weight is NaN or infinite."""
        return all(bool(torch.isfinite(weight).all()) for weight in self.parameters())

    def use_sparse_gradients(self, wanted: bool) -> None:
        """Let the gradient of the token table have only the rows that a batch used.

        For one process on a CPU: on a GPU a dense gradient is cheap, and several processes cannot
        sum others (NCCL not at all, gloo at the risk of a crash).
        """
        token_embeddings(self.model).sparse = wanted

    def freeze_unused(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> None:
        """Freeze parameters that no gradient reaches (BERT's pooler): DDP would wait for them."""
        self(input_ids, attention_mask).square().sum().backward()
        for parameter in self.parameters():
            if parameter.grad is None:
                parameter.requires_grad_(False)
            parameter.grad = None

    def freeze_layers(self, *, upper: float = 0.0, lower: float = 0.0) -> None:
        """Freeze shares of the body's layers.

        Args:
            upper: from the top.
            lower: from the bottom, and with them what lies below: no gradient passes through.
        """
        first: Any = self.model[0]
        stacks = [m for m in first.modules() if isinstance(m, nn.ModuleList)]
        layers = max((list(stack) for stack in stacks), key=len, default=[])
        n_lower = int(lower * len(layers))
        frozen = [*layers[len(layers) - int(upper * len(layers)) :], *layers[:n_lower]]
        for layer in frozen:
            layer.requires_grad_(False)
        if n_lower:
            inside = {id(p) for layer in layers for p in layer.parameters()}
            for parameter in first.parameters():
                if id(parameter) not in inside:
                    parameter.requires_grad_(False)
