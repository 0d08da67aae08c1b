"""Match the teacher's similarities within a batch."""

import torch
from torch.nn.functional import normalize


def similarity(student: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Squared error of each sentence's cosines to all targets of the batch.

    L_i = 1/|B| * sum_j [ cos(S_i, T_j) - cos(T_i, T_j) ]^2: what a search over the teacher's index
    sees.

    Requires:
        Where it stands alone, batches larger than the width: it says less about directions in which
        the targets of the batch do not spread.

    Args:
        student: S, `(batch, dim)`.
        targets: T, `(batch, dim)`, the teacher's vectors of the source sentences.

    Returns:
        One value per sentence in [0, 4], `(batch,)`; lower is better.

    Relations:
        `soft` compares the same cosines as distributions, so that the near ones count most. Values
        are small beside those of `mse`: in a sum its weight is of the order of 100.

    Source:
        Park et al. 2019, "Relational Knowledge Distillation", with the teacher's own vectors as
        points of reference.

    Example:
        >>> targets = torch.eye(2)
        >>> similarity(targets.flip(0), targets)
        tensor([1., 1.])
    """
    ours, theirs = normalize(student, dim=-1), normalize(targets, dim=-1)
    return ((ours - theirs) @ theirs.T).square().mean(-1)
