"""Translation ranking."""

import torch
from torch.nn.functional import cross_entropy, normalize


def contrastive(
    student: torch.Tensor,
    targets: torch.Tensor,
    *,
    temperature: float,
    same: torch.Tensor | None = None,
) -> torch.Tensor:
    """Cross-entropy of finding a sentence's own target among those of the batch.

    L_i = -log( exp(cos(S_i, T_i) / temperature) / sum_j exp(cos(S_i, T_j) / temperature) ), where
    j leaves out the other sentences of the same target: duplicates, and translations of i, are no
    wrong answers.

    Args:
        student: `(batch, dim)`.
        targets: `(batch, dim)`, the teacher's vectors of the source sentences.
        temperature: divides the cosines; above 0.
        same: which sentences share a target, bool `(batch, batch)`; None: only with themselves.

    Returns:
        One value per sentence, `(batch,)`; lower is better.

    Source:
        van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding";
        Yang et al. 2019, "Improving Multilingual Sentence Embedding using Bi-directional Dual
        Encoder with Additive Margin Softmax" (translation ranking).
    """
    logits = normalize(student, dim=-1) @ normalize(targets, dim=-1).T / temperature
    own = torch.arange(len(logits), device=logits.device)
    if same is not None:
        others = same.clone().fill_diagonal_(False)
        logits = logits.masked_fill(others, float("-inf"))
    return cross_entropy(logits, own, reduction="none")
