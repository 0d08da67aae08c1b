"""Contrastive loss: rank each sentence's own target above the others of the batch."""

import torch
from torch.nn.functional import cross_entropy, normalize


def contrastive(
    student: torch.Tensor,
    targets: torch.Tensor,
    *,
    temperature: float,
    positive_mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Cross-entropy of finding a sentence's own target among those of the batch.

    L_i = -log( exp(cos(S_i, T_i) / temperature) / sum_j exp(cos(S_i, T_j) / temperature) ), where
    j leaves out the other positives: targets of duplicates and of translations are no negatives.

    Requires:
        Batches in which a sentence meets others: alone, it has no negative and the loss is 0.

    Args:
        student: S, `(batch, dim)`.
        targets: T, `(n_targets, dim)`, the teacher's vectors of the source sentences, in their
            order; further rows are negatives for all.
        temperature: divides the cosines; above 0.
        positive_mask: which targets are positives of which sentences, bool `(batch, n_targets)`,
            see `isogloss.losses.positives`; None: each sentence's own alone.

    Returns:
        One value per sentence, at least 0, `(batch,)`; lower is better.

    Relations:
        The hard labels of `soft`. `sentence_transformers.losses.MultipleNegativesRankingLoss` is
        its mean, with 1 / temperature as scale, where all positives differ.

    Source:
        van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding",
        equation 4; Yang et al. 2019, "Improving Multilingual Sentence Embedding using
        Bi-directional Dual Encoder with Additive Margin Softmax" (translation ranking).

    Example:
        >>> contrastive(torch.eye(2), torch.eye(2), temperature=1.0)
        tensor([0.3133, 0.3133])
    """
    logits = normalize(student, dim=-1) @ normalize(targets, dim=-1).T / temperature
    own = torch.arange(len(logits), device=logits.device)
    if positive_mask is not None:
        others = positive_mask.clone().fill_diagonal_(False)
        logits = logits.masked_fill(others, float("-inf"))
    return cross_entropy(logits, own, reduction="none")
