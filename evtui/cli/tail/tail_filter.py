"""Which notifications `tail` prints, as a filter says."""

import math

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.cli.client_session import usage
from evtui.core.records import DispatchGroup, DispatchPlan, Raised
from evtui.core.values import Params, Socket


class TailFilter:
    """A filter over notifications as they arrive; without a text it shows all."""

    def __init__(self, text: str | None) -> None:
        """Read the text. A wrong one ends the program with exit status 2."""
        self.text = text or ""
        self._filter = None
        if text is not None:
            # On first use: without a filter lark is not loaded.
            from evtui.filters.parse_filter import parse_filter

            self._filter = usage(lambda: parse_filter(text, REAL_CLOCKS.wall()))

    @property
    def text_for_servers(self) -> str:
        """Return the filter as each of several servers can apply it; empty when it means the names of servers."""
        from evtui.filters.server_dependence import means_server

        return "" if not self.text or means_server(self.text) else self.text

    def shows(self, at: float, event: str, params: Params, socket: str, server: str = "") -> bool:
        """Say whether a notification is printed that arrived on a socket, of several servers from one of them."""
        if self._filter is None:
            return True
        scheme, _, address = socket.partition(":")
        own = Socket(scheme, address, server)
        plan = DispatchPlan(("",), (DispatchGroup((own,), 0),), 1)
        return self.shows_record(Raised(0, at, event, params, plan, (b"",), (math.nan,), server=server))

    def shows_record(self, record: Raised) -> bool:
        """Say whether a raise is printed: it is when one of its deliveries is shown."""
        return self._filter is None or self._filter.shows(record, REAL_CLOCKS.wall())
