"""What a role may not do is refused by the backend, whatever the console offers."""

import logging

import pytest

from evtui.backends.embedded import EmbeddedBackend
from evtui.bootstrap.engine_setup import open_engine
from evtui.core.errors import ReadOnlyError
from evtui.core.fleet_port import ServerRequests, ServerState
from evtui.core.values import Params
from evtui.core.viewers.session_state import Role
from evtui.persistence.viewer_doors import backends_for
from evtui.serve.terminal.viewer import Viewer
from evtui.serve.terminal.viewer_backend import ViewerBackend, ViewerFleet

SOCKET = "udp:127.0.0.1:9"


@pytest.mark.parametrize(("role", "read_only"), [("viewer", False), ("viewer", True), ("operator", True)])
async def test_a_viewer_and_a_server_that_is_read_only_change_nothing(
    role: Role, read_only: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_engine(events=["E_MINE"], mi={"listen": False}) as engine:
        viewer = Viewer.named("alice", role, "ssh", "192.0.2.1")
        backend = ViewerBackend(backends_for(engine, read_only=read_only)(viewer), viewer)
        with pytest.raises(ReadOnlyError):
            await backend.raise_event("E_MINE", Params())
        with pytest.raises(ReadOnlyError):
            await backend.subscribe("E_MINE", SOCKET)
        with pytest.raises(ReadOnlyError):
            await backend.test_subscriber("E_MINE", SOCKET, Params())
        assert (engine.totals().raised, await backend.subscriptions()) == (0, ())
        assert caplog.text.count(f"{role} alice (ssh) from 192.0.2.1: ") == 3
        assert (await backend.status()).read_only


async def test_an_operator_raises_and_subscribes_and_the_log_has_the_name(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with open_engine(events=["E_MINE"], mi={"listen": False}) as engine:
        viewer = Viewer.named("bob", "operator", "web", "192.0.2.1")
        backend = ViewerBackend(backends_for(engine, read_only=False)(viewer), viewer)
        await backend.subscribe("E_MINE", SOCKET)
        await backend.raise_event("E_MINE", Params())
        assert engine.totals().raised == 1
        assert f"operator bob (web) from 192.0.2.1: subscribe E_MINE {SOCKET}" in caplog.text
        assert "operator bob (web) from 192.0.2.1: raise E_MINE" in caplog.text


async def test_what_a_viewer_sees_of_a_server_or_a_fleet_refuses_every_change(caplog: pytest.LogCaptureFixture) -> None:
    async with open_engine(events=["E_MINE"], mi={"listen": False}) as engine:
        viewer, backend = Viewer.named("alice", "viewer", "web", "192.0.2.1"), EmbeddedBackend(engine)
        fleet = ViewerFleet(_OneServer(backend), viewer, refuses=True)
        for requests in (ViewerBackend(backend, viewer, refuses=True), fleet.at("edge")):
            with pytest.raises(ReadOnlyError):
                await requests.raise_event("E_MINE", Params())
            with pytest.raises(ReadOnlyError):
                await requests.subscribe("E_MINE", SOCKET)
            with pytest.raises(ReadOnlyError):
                await requests.test_subscriber("E_MINE", SOCKET, Params())
            assert (await requests.report_delivery("E_MINE", SOCKET)).event == "E_MINE"
        assert (engine.totals().raised, await backend.subscriptions()) == (0, ())
        status = await ViewerBackend(backend, viewer, refuses=True).status()
        assert (status.read_only, status.can_raise) == (True, False)
        assert [(each.read_only, each.can_raise) for each in fleet.servers] == [(True, False)]
        assert caplog.text.count("viewer alice (web) from 192.0.2.1: ") == 6
        assert caplog.text.count(" at edge: refused: ") == 3


class _OneServer:
    """A fleet of one server; satisfies `Fleet`."""

    servers = (ServerState("edge", "unix:/run/edge/mi.sock", "live"),)

    def __init__(self, requests: ServerRequests) -> None:
        self._requests = requests

    def at(self, server: str) -> ServerRequests:
        assert server == "edge"
        return self._requests
