"""Where the management interface listens: at the configured places, or in the runtime directory."""

from pathlib import Path

from msgspec import Struct

from evtui.bootstrap.paths import open_runtime_dir
from evtui.config.schema import Config


class ListenAddresses(Struct, frozen=True):
    """The places of the management interface."""

    fifo: str | None = None
    datagram: tuple[str, ...] = ()
    http: str | None = None
    implied: bool = False
    """Whether they are defaults: then a console starts without them when another evtui listens there."""

    @classmethod
    def named(cls, config: Config) -> "ListenAddresses":
        """Take only the configured places."""
        mi = config.mi
        if not mi.listen:
            return cls()
        return cls(None if mi.fifo is None else str(Path(mi.fifo).absolute()), mi.datagram, mi.http)

    def __bool__(self) -> bool:
        return self != ListenAddresses()

    @classmethod
    def chosen(cls, config: Config) -> "ListenAddresses":
        """Take the configured places, else mi.fifo and mi.sock in the runtime directory.

        raises RuntimeDirError.
        """
        named = cls.named(config)
        if named or not config.mi.listen:
            return named
        directory = open_runtime_dir()
        return cls(str(directory / "mi.fifo"), (f"unix:{directory / 'mi.sock'}",), implied=True)
