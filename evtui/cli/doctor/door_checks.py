"""Check of the SSH door: the library, the keys that may come in."""

from collections.abc import Iterator

from anyio import to_thread

from evtui.cli.doctor.host_finding import HostFinding
from evtui.config.schema import Config
from evtui.config.value_syntax import ssh_place
from evtui.core.errors import EvtuiError


async def check_ssh(config: Config) -> Iterator[HostFinding]:
    """Say whether the SSH door could be opened; nothing when none is configured."""
    listen = config.ssh.listen
    if listen is None:
        return iter(())
    from evtui.serve.ssh.ssh_setup import SshPlaces, known_keys  # on first use: only this door needs them

    places = SshPlaces.of_user(*ssh_place(listen))
    try:
        keys = await to_thread.run_sync(lambda: known_keys(config.ssh, places))
    except EvtuiError as error:
        return iter((HostFinding("ssh", "wrong", str(error), "docs/ssh.md says how the door is opened"),))
    number = len(keys)
    return iter((HostFinding("ssh", "ok", f"{number} key{'s' * (number != 1)} may come in"),))
