"""Weights laid out once as the processor multiplies them, for models that only read.

oneDNN puts a weight into blocks before it multiplies with it, at every call. Kept in blocks, a
product of an encoder's size takes a tenth less (bf16) to a fifth less (fp32), and GELU is done on
its result while that is still in the cache; in bf16 what stands between two products stays bf16,
too. benchmarks/encoding.py says what it is worth in all.
"""

import functools
import logging
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn
from transformers.activations import GELUActivation

logger = logging.getLogger(__name__)

ROWS = 2_048
"""Rows that the blocks are made for; any number may be multiplied."""


def pack(model: SentenceTransformer) -> bool:
    """Let a model multiply with packed weights wherever no gradients are asked for.

    It may be trained all the same: a weight that has changed is packed anew.

    Args:
        model: on a CPU.

    Returns:
        Whether this processor and this torch can do so; else the model is left as it is.
    """
    if model.device.type != "cpu" or not _works(torch.float32):
        return False
    modules: list[Any] = list(model.modules())
    for module in modules:
        kind = type(module)
        if kind is nn.Linear:
            module.forward = PackedLinear(module)
        elif kind is nn.LayerNorm:
            module.forward = functools.partial(_layer_norm, module)
    for module in modules:
        dense, act = getattr(module, "dense", None), getattr(module, "intermediate_act_fn", None)
        if type(dense) is nn.Linear and _is_gelu(act):
            module.forward = functools.partial(_linear_gelu, dense, act)
    return True


class PackedLinear:
    """The forward of a linear layer, with a packed copy of its weight."""

    def __init__(self, layer: nn.Linear) -> None:
        self.layer = layer
        self.made: tuple[torch.dtype, int] | None = None

    def __call__(self, rows: Tensor, act: str = "none") -> Tensor:
        kind = precision_of(rows)
        if torch.is_grad_enabled() or not _works(kind):
            product = nn.functional.linear(rows, self.layer.weight, self.layer.bias)
            return nn.functional.gelu(product) if act == "gelu" else product
        wanted = (kind, self.layer.weight._version)
        if self.made != wanted:
            weight, bias = self.layer.weight.detach(), self.layer.bias
            self.weight = torch.ops.mkldnn._reorder_linear_weight(weight.to(kind), ROWS)
            self.bias = None if bias is None else bias.detach().to(kind)
            self.made = wanted
        return _product(rows.to(kind).contiguous(), self.weight, self.bias, act)


def _product(rows: Tensor, weight: Tensor, bias: Tensor | None, act: str) -> Tensor:
    how = "none" if act == "gelu" else ""  # the exact one, by the error function
    return torch.ops.mkldnn._linear_pointwise(rows, weight, bias, act, [], how)


def _layer_norm(layer: nn.LayerNorm, rows: Tensor) -> Tensor:
    """The forward of a layer norm; its result has the precision of the products around it."""
    if not torch.is_grad_enabled() and layer.weight is not None:
        kind = precision_of(rows)
        bias = None if layer.bias is None else layer.bias.to(kind)
        weight = layer.weight.to(kind)
        return nn.functional.layer_norm(
            rows.to(kind), layer.normalized_shape, weight, bias, layer.eps
        )
    return nn.functional.layer_norm(
        rows, layer.normalized_shape, layer.weight, layer.bias, layer.eps
    )


def _linear_gelu(dense: Any, act: Any, hidden_states: Tensor) -> Tensor:
    """The forward of what widens a feed-forward block."""
    if torch.is_grad_enabled():
        return act(dense(hidden_states))
    return dense.forward(hidden_states, "gelu")


def _is_gelu(act: Any) -> bool:
    return (isinstance(act, nn.GELU) and act.approximate == "none") or type(act) is GELUActivation


def precision_of(rows: Tensor) -> torch.dtype:
    """The precision of products with these rows."""
    if torch.is_autocast_enabled("cpu"):
        return torch.get_autocast_dtype("cpu")
    return rows.dtype


@functools.cache
def _works(kind: torch.dtype) -> bool:
    """Whether packed products in a precision run here, and are right.

    Packed weights in bf16 want AVX-512, where products that are not packed only become slow.
    """
    rows = torch.linspace(-1, 1, 8).reshape(2, 4).to(kind)
    weight = torch.linspace(0, 1, 12).reshape(3, 4).to(kind)
    try:
        packed = torch.ops.mkldnn._reorder_linear_weight(weight, ROWS)
        found = _product(rows, packed, None, "gelu")
    except (AttributeError, RuntimeError) as error:
        logger.info("weights in %s are not packed: %s", kind, error)
        return False
    with torch.autocast("cpu", enabled=False):
        expected = nn.functional.gelu(rows.float() @ weight.float().T)
    near = torch.finfo(kind).eps
    return torch.allclose(found.float(), expected, atol=max(1e-5, 2 * near))
