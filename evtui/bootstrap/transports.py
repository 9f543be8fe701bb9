"""The transports of an engine, made from the list in `evtui.transports`, then those of other packages."""

from collections.abc import Callable
from functools import partial

from evtui.bootstrap.real_clocks import REAL_CLOCKS
from evtui.config.outside_transports import make_outside_transports
from evtui.config.schema import Config
from evtui.core.transport import Target, Transport
from evtui.engine.transport_table import TransportTable
from evtui.storage.runtime_dir import runtime_dir
from evtui.transports import INFOS, TRANSPORTS, TransportContext


def make_transports(config: Config) -> list[Transport]:
    """Make every transport; none opens anything yet.

    raises BadSettingError: two settings that do not fit together.
    """
    made: list[Transport] = []

    def parse(socket: str, trusted: bool) -> Target:
        return TransportTable([transport for transport in made if not _is_made_of_others(transport)]).parse(
            socket, trusted=trusted
        )

    context = TransportContext(
        REAL_CLOCKS.wall,
        REAL_CLOCKS.monotonic,
        parse,
        config.transports,
        payload=config.payload,
        unix_roots=(runtime_dir(),),
    )
    made.extend(entry.make(context) for entry in TRANSPORTS)
    made.extend(make_outside_transports(context, {info.scheme for info in INFOS}))
    return made


def socket_parser() -> Callable[[str], Target]:
    """Return what understands any socket without opening it, with the default settings."""
    return partial(TransportTable(make_transports(Config())).parse, trusted=True)


def _is_made_of_others(transport: Transport) -> bool:
    return any(info.form == "members" for info in transport.infos)
