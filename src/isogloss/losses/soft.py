"""Hinton's soft labels, for embeddings."""

import torch
from torch.nn.functional import kl_div, log_softmax, normalize

from isogloss.losses.contrastive import contrastive


def soft(
    student: torch.Tensor,
    targets: torch.Tensor,
    *,
    temperature: float,
    hard_label_weight: float = 0.0,
    positive_mask: torch.Tensor | None = None,
) -> torch.Tensor:
    """Divergence of a sentence's distribution over the batch from the teacher's.

    With p_i = softmax_j( cos(T_i, T_j) / temperature ) and q_i = softmax_j( cos(S_i, T_j) /
    temperature ): L_i = KL(p_i || q_i) + h * contrastive_i. The teacher says not only which
    sentence of the batch is the right one, but how near the wrong ones are.

    Requires:
        Batches of many different sentences: only the place among them counts, so that alone it
        leaves the teacher's space.

    Args:
        student: S, `(batch, dim)`.
        targets: T, `(batch, dim)`, the teacher's vectors of the source sentences.
        temperature: divides the cosines; above 0. Lower looks at the nearest sentences only.
        hard_label_weight: h, of the hard labels, translation ranking at the same temperature.
        positive_mask: which targets are positives of which sentences, for the hard labels, see
            `contrastive`; equal targets have equal soft labels anyway.

    Returns:
        One value per sentence, at least 0, `(batch,)`; lower is better.

    Relations:
        `similarity` compares the same cosines, all alike; `contrastive` is its hard labels.

    Source:
        Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", section 2, without their
        factor of temperature squared.

    Example:
        >>> targets = torch.eye(2)
        >>> soft(targets.flip(0), targets, temperature=1.0)
        tensor([0.4621, 0.4621])
    """
    theirs = normalize(targets, dim=-1)
    teacher = log_softmax(theirs @ theirs.T / temperature, dim=-1)
    ours = log_softmax(normalize(student, dim=-1) @ theirs.T / temperature, dim=-1)
    divergence = kl_div(ours, teacher, reduction="none", log_target=True).sum(-1)
    if not hard_label_weight:
        return divergence
    ranking = contrastive(student, targets, temperature=temperature, positive_mask=positive_mask)
    return divergence + hard_label_weight * ranking
