"""Publish a model on the hub: its repository made, its card checked, everything in one commit.

The Space, where one is asked for, is a repository of its own and comes after its model.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from isogloss.console import Console, Silent
from isogloss.errors import InputError, PublishError
from isogloss.hub import transport_errors
from isogloss.recipes.publish.plan import Plan, plan_publication

AGAIN = "run the same command again: what is there is not sent twice"


_REFUSALS = {
    401: "the hub does not know the token; expected one that may write: run `hf auth login`",
    403: "the token may not write there; expected one of the owner, with the right to write: give "
    "another --repo or another token",
    404: "the hub has no such place, or the token may not see it; expected a repository of your "
    "own: check --repo",
    413: "the hub takes no file of that size; expected a smaller model: trim it",
    429: f"the hub asks for fewer requests; expected a pause: wait some minutes, then {AGAIN}",
}
"""HTTP status to what a user can do about it."""


@dataclass(frozen=True)
class Publication:
    """A model that was published.

    Attributes:
        plan: what went there.
        url: of the repository.
        revision: the commit; that of before where nothing changed.
        space_url: of the page; `""` without one.
    """

    plan: Plan
    url: str
    revision: str
    space_url: str = ""


def publish(
    model: str,
    *,
    repository: str = "",
    private: bool = True,
    license: str = "",
    space: bool = False,
    message: str = "Publish the model",
    console: Console | None = None,
) -> Publication:
    """Put a model into a repository of the hub, which is made if it is not there.

    The token is the one that `huggingface_hub` finds: HF_TOKEN, or that of `hf auth login`. It is
    neither shown nor kept.

    Args:
        model: folder of the model.
        repository: OWNER/NAME; `""` takes the folder's name, and who is logged in as its owner.
        private: whether others will not see a repository that is made; one that is there stays as
            it is.
        license: identifier of its license on the hub, such as `apache-2.0`.
        space: also make a Space of the same name, where visitors can try the model.
        message: of the commit.
        console: told about the stages; None is silent.

    Raises:
        InputError: see `plan_publication`; nobody is logged in; the hub refuses the card.
        PublishError: the hub cannot be reached, or refuses.
    """
    from huggingface_hub import CommitOperationAdd, HfApi

    console = console or Silent()
    named = partial(plan_publication, model, private=private, license=license, space=space)
    plan = named(repository=repository)
    api = HfApi()
    with _hub_errors(plan.repository):
        if not repository:
            plan = named(repository=f"{api.whoami()['name']}/{plan.repository}")
        _check_card(plan.card)
        if space:
            _check_card(plan.space["README.md"], space=True)
        url = api.create_repo(plan.repository, private=private, exist_ok=True)
        operations = [
            CommitOperationAdd(file.path, file.source or plan.card.encode()) for file in plan.files
        ]
        with console.stage("uploading"):
            done = api.create_commit(plan.repository, operations, commit_message=message)
        space_url = _publish_space(plan, message) if space else ""
    return Publication(plan, str(url), done.oid, space_url)


def _publish_space(plan: Plan, message: str) -> str:
    """Make the Space; returns its address."""
    from huggingface_hub import CommitOperationAdd, HfApi

    api, kind = HfApi(), "space"
    url = api.create_repo(
        plan.repository, repo_type=kind, space_sdk="gradio", private=plan.private, exist_ok=True
    )
    files = [CommitOperationAdd(path, text.encode()) for path, text in plan.space.items()]
    api.create_commit(plan.repository, files, repo_type=kind, commit_message=message)
    return str(url)


def _check_card(card: str, *, space: bool = False) -> None:
    """Let the hub check the metadata, as it will when the card arrives."""
    from huggingface_hub import ModelCard, SpaceCard

    try:
        (SpaceCard if space else ModelCard)(card).validate()
    except ValueError as error:
        raise InputError(
            f"the hub refuses the card: {' '.join(str(error).split())}; expected metadata that it "
            "knows: change README.md, or give --license as the hub spells it"
        ) from error


@contextmanager
def _hub_errors(repository: str) -> Iterator[None]:
    """Say what the hub refused in one line."""
    from huggingface_hub import constants
    from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError

    try:
        yield
    except LocalTokenNotFoundError as error:
        raise InputError(
            "nobody is logged in to the hub; expected a token that may write: run `hf auth login`, "
            "or set HF_TOKEN"
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        other = f"the hub refused with status {status}; expected 200: {AGAIN}"
        raise PublishError(f"{repository!r}: {_REFUSALS.get(status, other)}") from error
    except transport_errors() as error:
        raise PublishError(
            f"the hub at {constants.ENDPOINT} cannot be reached ({type(error).__name__}); expected "
            f"an answer: check the network, then {AGAIN}"
        ) from error
