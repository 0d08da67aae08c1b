"""The surroundings of every test: no network, and property tests without a stopwatch."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

# Read by the hub's libraries while they are imported, so it is set before any test module is.
# The tests marked `network` run with HF_HUB_OFFLINE=0.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# No deadline: a busy machine is slow, not wrong. Under CI every run draws the same examples.
hypothesis.settings.register_profile("isogloss", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("isogloss")


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that connects to another machine, unless it is marked `network`."""
    if request.node.get_closest_marker("network"):
        yield
        return
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        internet = self.family in (socket.AF_INET, socket.AF_INET6)
        if internet and address[0] not in ("127.0.0.1", "::1", "localhost"):
            pytest.fail(f"a test connects to {address[0]}; mark it `network` or keep it offline")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", refuse)
        yield
