"""What a client is told when it does not get what it asked for, in the form that it knows."""

import json
from collections.abc import Mapping

from starlette.responses import Response

_KINDS = {
    400: ("invalid_request_error", "Validation"),
    401: ("authentication_error", "Unauthorized"),
    404: ("invalid_request_error", "NotFound"),
    405: ("invalid_request_error", "NotFound"),
    408: ("invalid_request_error", "Timeout"),
    413: ("invalid_request_error", "Validation"),
    415: ("invalid_request_error", "Validation"),
    422: ("invalid_request_error", "Validation"),
    429: ("rate_limit_error", "Overloaded"),
    503: ("overloaded_error", "Overloaded"),
}
"""Status to what OpenAI and text-embeddings-inference call it."""

CLOSE = {"connection": "close"}
"""Of an answer before the whole body was read: the rest is not waited for."""


class Refused(Exception):  # a refusal, not a mistake of ours
    """A request that is answered with a reason.

    Args:
        status: of HTTP.
        message: what is wrong, and what was expected; it never holds a client's text.
        param: the field that is meant, in OpenAI's form.
        code: a word for it, in OpenAI's form.
        headers: to send along.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.param, self.code, self.headers = param, code, dict(headers or {})


def refuse(refused: Refused, path: str) -> Response:
    """The answer: OpenAI's error object below `/v1/`, else text-embeddings-inference's."""
    kind, named = _KINDS.get(refused.status, ("server_error", "Backend"))
    content: dict[str, object] = {"error": refused.message, "error_type": named}
    if path.startswith("/v1/"):
        content = {
            "error": {
                "message": refused.message,
                "type": kind,
                "param": refused.param,
                "code": refused.code,
            }
        }
    return Response(
        json.dumps(content, ensure_ascii=False),
        status_code=refused.status,
        headers=refused.headers,
        media_type="application/json",
    )
