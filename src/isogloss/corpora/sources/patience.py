"""Patience with a server: what may pass, how long to wait, and when to give up."""

import email.utils
import http.client
import logging
import socket
import time
import urllib.error

from isogloss.errors import DataFormatError

logger = logging.getLogger(__name__)

TRIES = 6
"""Attempts in a row that bring nothing, before a server is given up."""

TRIES_OF_NOBODY = 2
"""The same where no server has that name, or none listens: mostly there is no network."""

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between two attempts: doubled each time; nobody waits longer, whatever a server asks."""

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses of servers that may answer when they are asked again."""

BROKEN = (urllib.error.URLError, http.client.HTTPException, OSError)
"""What a connection that fails raises; asking again may help."""


class UnreachableError(DataFormatError):
    """A server that does not answer, or not with what was asked for."""


def wait_or_raise(url: str, error: Exception, attempt: int, tries: int) -> None:
    """Wait before the next attempt, as long as the server asks; or give it up.

    Args:
        url: what was asked, for messages.
        error: what went wrong.
        attempt: number of the attempt, from 0.
        tries: attempts before the server is given up.

    Raises:
        UnreachableError: that was the last attempt, or the server asks for too long a wait.
    """
    wait = min(FIRST_WAIT * 2**attempt, LONGEST_WAIT)
    if isinstance(error, urllib.error.HTTPError):
        wait = max(wait, asked_wait(error.headers.get("Retry-After")))
        error.close()
    cause = getattr(error, "reason", None)
    if isinstance(cause, socket.gaierror | ConnectionRefusedError):
        tries = min(tries, TRIES_OF_NOBODY)
    last = attempt + 1 >= tries
    if last or wait > LONGEST_WAIT:
        when = f"asks to wait {wait:,.0f} s" if not last else f"failed, {attempt + 1} times"
        raise UnreachableError(
            f"{url} {when} ({_said(error)}); expected an answer; try again later: what is fetched "
            "so far is kept"
        ) from error
    logger.info("%s: %s; again in %.0f s", url, _said(error), wait)
    time.sleep(wait)


def asked_wait(header: str | None) -> float:
    """Seconds that `Retry-After` asks for, a number or a date; 0 for none that is understood."""
    if not header:
        return 0.0
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def _said(error: Exception) -> str:
    reason = getattr(error, "reason", None) or error
    return " ".join(str(reason).split())[:120] or type(error).__name__
