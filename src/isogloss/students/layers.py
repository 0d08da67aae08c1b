"""Select layers: a body without some of them, and a configuration that says so."""

from collections.abc import Sequence
from typing import Any

from sentence_transformers import SentenceTransformer
from torch import nn

from isogloss.errors import InputError

DEPTHS = ("num_hidden_layers", "n_layers", "num_layers")
"""What configurations call the number of layers."""


def layer_stack(model: SentenceTransformer) -> tuple[str, nn.ModuleList]:
    """The body's stack of layers, and its name within the body."""
    first: Any = model[0]
    stacks = [
        (name, module)
        for name, module in first.auto_model.named_modules()
        if isinstance(module, nn.ModuleList)
    ]
    return max(stacks, key=lambda found: len(found[1]), default=("", nn.ModuleList()))


def keep_layers(model: SentenceTransformer, name: str, chosen: Sequence[int]) -> None:
    """Keep the chosen layers, in their order.

    Args:
        model: is changed.
        name: what the user calls it.
        chosen: numbers of the layers that stay, from 0 at the bottom.

    Raises:
        InputError: a number is out of range or out of order; a layer would not be read again in its
            new place; the body runs the same layer several times (ALBERT).
    """
    first: Any = model[0]
    body = first.auto_model
    place, layers = layer_stack(model)
    depths = [getattr(body.config, key) for key in DEPTHS if hasattr(body.config, key)]
    if depths and depths[0] != len(layers):
        raise InputError(
            f"student.pretrained leaves out layers of {name!r}, which is {depths[0]} layers deep "
            f"and has weights for {len(layers)}, shared between them; expected weights for each "
            "layer: give neither `layers` nor `layer_stride`"
        )
    chosen = list(chosen)
    if chosen != [number for number in range(len(layers)) if number in chosen]:
        raise InputError(
            f"student.pretrained.layers is {chosen}; expected numbers from 0 to {len(layers) - 1}, "
            f"ascending, each once: {name!r} has {len(layers)} layers"
        )
    if len(chosen) == len(layers):
        return
    for at, number in enumerate(chosen):
        if layers[at].state_dict().keys() != layers[number].state_dict().keys():
            raise InputError(
                f"student.pretrained keeps layers {chosen} of {name!r}, where layer {number} comes "
                f"into the place of layer {at} and is built otherwise; expected layers that are "
                f"alike: keep layer {at}, too"
            )
    parent, _, attribute = place.rpartition(".")
    setattr(
        body.get_submodule(parent), attribute, nn.ModuleList([layers[number] for number in chosen])
    )
    _describe(body.config, chosen, len(layers))


def _describe(config: Any, chosen: Sequence[int], depth: int) -> None:
    """Make the configuration describe the layers that stay."""
    for key, value in list(vars(config).items()):
        per_layer = "layer" in key or key == "attention_window"
        if per_layer and isinstance(value, list | tuple) and len(value) == depth:
            setattr(config, key, type(value)(value[number] for number in chosen))
    for key in DEPTHS:
        if hasattr(config, key):
            setattr(config, key, len(chosen))
            return
