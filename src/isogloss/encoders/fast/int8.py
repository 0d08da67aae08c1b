"""Products of 8-bit integers, for models that only read: nearly twice as fast as those in bf16.

A layer's input is laid on 256 steps, in ranges found once on given texts, so that a vector does not
depend on what it is read with. Each channel has steps of its own around its own middle: their size
moves into the weight, which is rounded row by row, and the middle into the bias. What GELU makes
for one layer leaves the product before it as bytes. A layer whose results would move too far stays
as it is, and what stands between products is bf16.

Source: Xiao et al. 2023, "SmoothQuant", equations 3 and 4, https://arxiv.org/abs/2211.10438; the
    middle of a channel: Wei et al. 2023, "Outlier Suppression+", https://arxiv.org/abs/2304.09145
"""

import functools
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

from isogloss.encoders.fast.weights import ROWS, PackedLinear, precision_of

logger = logging.getLogger(__name__)

LEAST = 256
"""Inputs of a layer below which bytes save no time."""

STRENGTH = 0.7
"""How much of what sets the channels of an input apart moves into the weight, from 0 to 1."""

FAR = 0.06
"""Error of a token's results beside their size, on average, from which on a layer takes no bytes.
"""

WORTH = 2
"""Results for each number of an input, below which making bytes of it takes what they save."""

GAIN = 1.3
"""How many times as fast as those in bf16 products must be."""

MIDDLE, REACH = 128, 127
"""The byte of a channel's middle, and the steps from there to either end of its range."""

TINY = 1e-6


def quantize(
    model: SentenceTransformer, read: Callable[[], object]
) -> "dict[nn.Linear, Int8Linear]":
    """Make the layers of a model that may multiply in integers; `use` lets them.

    Args:
        model: packed, see `isogloss.encoders.fast.weights.pack`.
        read: reads texts with it, in bf16 and one thread: the same ones at each of two calls.

    Returns:
        Their forwards; none where this processor, this torch or the model does not suit.
    """
    plain = _packed(model) if _works() else {}
    watched = {layer: _Watched(layer, forward) for layer, forward in plain.items()}
    try:
        use(watched)
        read()
        tried = {
            layer: _Tried(linear)
            for watch in watched.values()
            for layer, linear in watch.linears().items()
        }
        use(tried)
        read()
    finally:
        use(plain)
    made = {layer: trial.linear for layer, trial in tried.items() if trial.error() < FAR}
    for layer, linear in made.items():
        maker = watched[layer].maker
        if maker is not None and maker.layer in made:
            made[maker.layer].reader = linear
    logger.info("%d of %d wide layers multiply in integers", len(made), len(plain))
    return made


def use(forwards: Mapping[nn.Linear, Callable[..., Tensor]]) -> None:
    """Give layers their forwards."""
    layer: Any
    for layer, forward in forwards.items():
        layer.forward = forward


def leave(made: "Mapping[nn.Linear, Int8Linear]") -> None:
    """Give layers the forwards back that they had before `quantize`."""
    use({layer: linear.plain for layer, linear in made.items()})


class Steps:
    """How an input becomes bytes: `input = size * (byte - zero)`, by channel.

    Args:
        low: least value of each channel, `(width,)`; of all, `(1,)`.
        high: the greatest.
        weights: of the layers that read it, `(n, width)`; None: all channels have the same steps.
    """

    def __init__(self, low: Tensor, high: Tensor, weights: Tensor | None) -> None:
        half = (high - low).clamp_min(TINY) / 2
        size = torch.ones_like(half)
        if weights is not None:
            size = half**STRENGTH / weights.abs().amax(0).clamp_min(TINY) ** (1 - STRENGTH)
        self.size = size * (half / size).max() / REACH
        self.zero = MIDDLE - ((low + high) / 2 / self.size).round()
        self.factor, self.shift = 1 / self.size, self.zero + 0.5

    def bytes_of(self, rows: Tensor) -> Tensor:
        """An input as bytes, which stay with it for the next layer that reads it."""
        given: Any = rows
        if getattr(given, "steps", None) is not self:
            scaled = rows.to(torch.float32, copy=True).mul_(self.factor).add_(self.shift)
            given.bytes = scaled.to(torch.int16).clamp_(0, MIDDLE + REACH).to(torch.uint8)
            given.steps = self
        made: Tensor = given.bytes
        return made


class Int8Linear:
    """The forward of a linear layer, with a copy of its weight in integers.

    Args:
        layer: the layer.
        plain: its forward until now.
        steps: of its input.

    Attributes:
        reader: the layer that alone reads the results, which leave as its bytes; None: there is
            none.
    """

    def __init__(self, layer: nn.Linear, plain: PackedLinear, steps: Steps) -> None:
        self.layer, self.plain, self.steps = layer, plain, steps
        self.version = layer.weight._version
        self.reader: Int8Linear | None = None
        weight = layer.weight.detach().float() * steps.size
        self.scales = weight.abs().amax(1).clamp_min(TINY) / REACH
        self.zeros = torch.zeros(len(self.scales), dtype=torch.int64)
        whole = (weight / self.scales[:, None]).round()
        self.weight = torch.ops.onednn.qlinear_prepack(whole.to(torch.int8), [ROWS, whole.shape[1]])
        self.bias = self.scales * (whole * (MIDDLE - steps.zero)).sum(1)
        if layer.bias is not None:
            self.bias += layer.bias.detach()

    @property
    def changed(self) -> bool:
        """Whether the weight is another by now, as after a training."""
        return self.version != self.layer.weight._version

    def __call__(self, rows: Tensor, act: str = "none") -> Tensor:
        if torch.is_grad_enabled() or self.changed:
            return self.plain(rows, act)
        given = rows if rows.dtype == torch.uint8 else self.steps.bytes_of(rows)
        if self.reader is None or self.reader.changed:
            return _product(given, self, act, precision_of(rows))
        steps = self.reader.steps
        return _product(given, self, act, torch.uint8, float(steps.size[0]), int(steps.zero[0]))


def _product(
    rows: Tensor,
    by: Int8Linear,
    act: str,
    kind: torch.dtype,
    size: float = 1.0,
    zero: int = 0,
) -> Tensor:
    """Results of a layer in a type, as bytes on steps of a size."""
    how = "none" if act == "gelu" else ""  # the exact one, by the error function
    given = (rows, 1.0, MIDDLE, by.weight, by.scales, by.zeros, by.bias)
    return torch.ops.onednn.qlinear_pointwise(*given, size, zero, kind, act, [], how)


class _Watched:
    """The forward of a layer that notes the range of its input, who made it, and who reads it."""

    def __init__(self, layer: nn.Linear, plain: PackedLinear) -> None:
        self.layer, self.plain = layer, plain
        self.readers: dict[nn.Linear, PackedLinear] = {}
        self.maker: _Watched | None = None
        self.low = self.high = torch.zeros(())

    def __call__(self, rows: Tensor, act: str = "none") -> Tensor:
        given: Any = rows
        made: Any = self.plain(rows, act)
        if rows.dim() < 3:  # of texts, as in a pooler, not of tokens
            return made
        first: _Watched = getattr(given, "first", self)
        first.readers[self.layer] = self.plain
        if first is self:
            given.first, self.maker = self, getattr(given, "maker", None)
            low, high = rows.float().flatten(0, -2).aminmax(dim=0)
            self.low, self.high = torch.minimum(self.low, low), torch.maximum(self.high, high)
        if act == "gelu":
            made.maker = self
        return made

    def linears(self) -> dict[nn.Linear, Int8Linear]:
        """The layers that read the same input first read here, in integers."""
        weights = [layer.weight.detach() for layer in self.readers]
        if self.maker is not None and len(weights) == 1:
            steps = Steps(self.low.amin(0, keepdim=True), self.high.amax(0, keepdim=True), None)
        elif sum(map(len, weights)) >= WORTH * self.low.numel():
            self.maker, steps = None, Steps(self.low, self.high, torch.cat(weights))
        else:
            return {}
        return {layer: Int8Linear(layer, plain, steps) for layer, plain in self.readers.items()}


class _Tried:
    """The forward of a layer that notes how far its results would move in integers."""

    def __init__(self, linear: Int8Linear) -> None:
        self.linear, self.n, self.moved = linear, 0, 0.0

    def __call__(self, rows: Tensor, act: str = "none") -> Tensor:
        made = self.linear.plain(rows, act)
        if rows.dim() > 2:
            less = self.linear(rows, act).float() - made
            moved = less.square().sum(-1) / made.float().square().sum(-1).clamp_min(TINY)
            self.moved += float(moved.sum())
            self.n += moved.numel()
        return made

    def error(self) -> float:
        """Norm of the error beside that of the results, quadratic mean over tokens."""
        return (self.moved / max(1, self.n)) ** 0.5


def _packed(model: SentenceTransformer) -> dict[nn.Linear, PackedLinear]:
    """Layers of a model's body that multiply with packed weights, and are wide enough."""
    body = getattr(model[0], "auto_model", None)
    layers: list[Any] = list(body.modules()) if isinstance(body, nn.Module) else []
    return {
        layer: layer.forward
        for layer in layers
        if isinstance(layer.forward, PackedLinear) and layer.in_features >= LEAST
    }


@functools.cache
def _works() -> bool:
    """Whether products of bytes run here, and are right where they are largest."""
    layer = nn.Linear(512, 64)
    nn.init.constant_(layer.weight, 1.0)
    steps = Steps(torch.full((1,), -1.0), torch.ones(1), None)
    try:
        with torch.inference_mode():
            found = Int8Linear(layer, PackedLinear(layer), steps)(torch.ones(1, 2, 512))
            return torch.allclose(found, layer.weight.sum(1) + layer.bias, rtol=0.02)
    except (AttributeError, RuntimeError) as error:
        logger.info("no products in integers: %s", error)
        return False


def suits(model: SentenceTransformer) -> bool:
    """Whether a packed model has layers that may multiply in integers, if this machine can."""
    return bool(_packed(model))


@functools.cache
def gains() -> bool:
    """Whether a product in integers, with making bytes, is faster here than one in bf16."""
    if not _works():
        return False
    layer = nn.Linear(384, 1536)
    plain, rows = PackedLinear(layer), torch.rand(1, 512, 384).bfloat16()
    linear = Int8Linear(layer, plain, Steps(-torch.ones(1), torch.ones(1), None))
    times: dict[Any, list[float]] = {plain: [], linear: []}
    with torch.inference_mode():
        for _ in range(20):
            for forward, taken in times.items():
                start = time.perf_counter()
                forward(rows.clone(), "gelu")
                taken.append(time.perf_counter() - start)
    speedup = min(times[plain]) / min(times[linear])
    logger.info("int8 matrix products run %.1fx as fast as bf16 here", speedup)
    return speedup >= GAIN
