"""The teacher's similarities within a batch."""

import torch
from torch.nn.functional import normalize


def similarity(student: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Squared error of each sentence's cosines to all targets of the batch.

    L_i = 1/|B| * sum_j [ cos(S_i, T_j) - cos(T_i, T_j) ]^2: what a search over the teacher's index
    sees. It says less about directions in which the batch does not spread, and so cannot stand
    alone where the batch is smaller than the width.

    Args:
        student: `(batch, dim)`.
        targets: `(batch, dim)`, the teacher's vectors of the source sentences.

    Returns:
        One value per sentence, `(batch,)`; lower is better.

    Source:
        Park et al. 2019, "Relational Knowledge Distillation", with the teacher's own vectors as
        points of reference.
    """
    ours, theirs = normalize(student, dim=-1), normalize(targets, dim=-1)
    return ((ours - theirs) @ theirs.T).square().mean(-1)
