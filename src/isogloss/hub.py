"""The Hugging Face hub's library: what it raises where the network fails."""


def transport_errors() -> tuple[type[Exception], ...]:
    """What is raised where the hub is not reached, or an answer breaks off.

    The hub's own errors are among them, so name those that say more first. The library's HTTP
    client raises errors that are no `OSError`; the hub's error derives from the client's, whichever
    client a version has.
    """
    from huggingface_hub.errors import HfHubHTTPError

    client = tuple(base for base in HfHubHTTPError.__bases__ if base is not OSError)
    return (ConnectionError, TimeoutError, *client)
