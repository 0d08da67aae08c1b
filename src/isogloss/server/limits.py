"""How much a client may ask for; whatever is above it is refused before it costs anything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a service takes; the names have the units.

    Attributes:
        body_bytes: largest body of a request.
        held_bytes: bodies of all requests that wait for their answer; then only small ones pass.
        texts: most texts in a request.
        text_tokens: longest text of a model that has no maximum of its own.
        batch_tokens: tokens that the model reads at once, padding included.
        queue_tokens: tokens that wait for the model at most; more are refused with 429.
        searches: that wait for their answer at most; more are refused with 429.
        seconds: from an accepted request to its answer; what takes longer is answered with 503.
        body_seconds: for a client to send its request, headers and body, and to read the answer.
        stop_seconds: for open requests to be answered once the service is told to stop.
    """

    body_bytes: int = 8 * 2**20
    held_bytes: int = 256 * 2**20
    texts: int = 2_048
    text_tokens: int = 8_192
    batch_tokens: int = 2_048
    queue_tokens: int = 2**18
    searches: int = 256
    seconds: float = 30.0
    body_seconds: float = 15.0
    stop_seconds: float = 60.0
