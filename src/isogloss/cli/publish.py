"""`isogloss card` and `isogloss publish`."""

from typing import TYPE_CHECKING, Annotated

import typer

from isogloss.cli.streams import emit, emit_json, remark

if TYPE_CHECKING:
    from isogloss.recipes.publish.plan import Plan

License = Annotated[
    str, typer.Option(help="Identifier of the model's license on the hub, such as apache-2.0.")
]


def card(
    model: Annotated[str, typer.Option(help="Folder that distill, finetune or trim left.")],
    name: Annotated[
        str, typer.Option(help="OWNER/NAME under which readers will load the model.")
    ] = "",
    license: License = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the card only.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the card as JSON.")] = False,
) -> None:
    """Write the model card anew from what the run recorded."""
    from isogloss.reports.cards.card import card_of, write_card

    text = card_of(model, name=name, license=license)
    written = None if dry_run else str(write_card(model, name=name, license=license))
    if as_json:
        emit_json({"card": text, "file": written})
    else:
        emit(text if written is None else f"card: {written}")


def publish(
    model: Annotated[str, typer.Option(help="Folder of the model.")],
    repo: Annotated[
        str, typer.Option(help="OWNER/NAME on the hub; by default yours, named like the folder.")
    ] = "",
    license: License = "",
    public: Annotated[bool, typer.Option("--public", help="Make a new repository public.")] = False,
    space: Annotated[
        bool, typer.Option("--space", help="Also make a Space, with a page to try the model on.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go where; no network is used.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Upload a model and its card to the hub.

    The repository is private unless told otherwise. The token is that of `hf auth login`, or
    HF_TOKEN.
    """
    from isogloss.cli.terminal import Terminal
    from isogloss.recipes.publish.plan import plan_publication
    from isogloss.recipes.publish.run import publish as run

    if dry_run:
        plan = plan_publication(
            model, repository=repo, private=not public, license=license, space=space
        )
        _show(plan, as_json)
        return
    done = run(
        model,
        repository=repo,
        private=not public,
        license=license,
        space=space,
        console=Terminal(quiet=as_json),
    )
    if as_json:
        said = {"url": done.url, "revision": done.revision, "space_url": done.space_url}
        emit_json(done.plan.to_dict() | said)
        return
    for warning in done.plan.warnings:
        remark(f"note: {warning}")
    emit(f"published: {done.url}")
    if done.space_url:
        emit(f"space: {done.space_url}")


def _show(plan: "Plan", as_json: bool) -> None:
    """Print what would be uploaded, and the card."""
    from isogloss.recipes.publish.plan import full_name

    if as_json:
        emit_json(plan.to_dict() | {"card": plan.card})
        return
    where = full_name(plan.repository)
    emit(f"repository  {where} ({'private' if plan.private else 'public'}, if it is made)")
    for file in plan.files:
        emit(f"{file.size:>13,}  {file.path}")
    emit(f"{plan.size:>13,}  bytes in all")
    emit()
    emit(plan.card)
    for path, text in plan.space.items():
        emit(f"space {where}: {path}\n\n{text}")
    for warning in plan.warnings:
        remark(f"note: {warning}")
