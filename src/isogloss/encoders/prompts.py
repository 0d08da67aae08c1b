"""Choose the prompt of a role among those that a model brings."""

from collections.abc import Mapping

from isogloss.protocols import Role

SIDES: Mapping[str, tuple[str, ...]] = {
    "query": ("query",),
    "document": ("document", "passage", "corpus"),
}
"""Names of the prompts of a side, in the order in which Sentence Transformers look for them."""


def prompt_for(role: Role, prompts: Mapping[str, str | None], default: str = "") -> str:
    """The prompt for a role, found in the order of mteb and of Sentence Transformers.

    Name of the task with the side, name of the task, type of the task with the side, type of the
    task; then, for a query or a document, the prompt of that side or none; else the default one.

    Args:
        role: what sentences are read as.
        prompts: the model's prompts by name.
        default: the one that it has by default, for sentences that are neither.

    Returns:
        The text; `""` for none.

    Example:
        >>> e5 = {"query": "query: ", "passage": "passage: "}
        >>> prompt_for(Role("Retrieval", "document"), e5), prompt_for(Role("STS"), e5)
        ('passage: ', '')

    Source: `get_prompt_name` of mteb 2.26, and `encode`, `encode_query` and `encode_document` of
        Sentence Transformers 6.2. An empty prompt counts as none where another name of the side
        has one, because Sentence Transformers write empty `query` and `document` into every folder.
    """
    for name in (role.task, role.kind):
        for key in (f"{name}-{role.side}" if role.side else "", name):
            if name and key in prompts:
                return prompts[key] or ""
    if role.side:
        return next((text for name in SIDES[role.side] if (text := prompts.get(name))), "")
    return default
