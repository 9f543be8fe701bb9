"""Checks of the doors for viewers: libraries, keys that may come in, the key of the SSH door, tokens."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Final

from anyio import to_thread

from evtui.cli.doctor.host_finding import HostFinding
from evtui.config.schema import Config
from evtui.config.value_syntax import is_loopback, parse_host_port, ssh_place
from evtui.core.errors import EvtuiError
from evtui.serve.ssh.ssh_settings import SshConfig
from evtui.serve.web.web_settings import WebConfig

SHORT: Final = 16
"""Characters below which a token can be guessed."""

_ABOUT_SSH: Final = "docs/ssh.md says how the door is opened"


async def check_doors(config: Config) -> list[HostFinding]:
    """Say whether the doors could be opened, and who could come in; nothing about those that are not configured."""
    ssh = await to_thread.run_sync(lambda: [*_check_ssh(config.ssh)])
    return [*ssh, *_check_web(config.web)]


def _check_ssh(settings: SshConfig) -> Iterator[HostFinding]:
    if settings.listen is None:
        return
    from evtui.serve.ssh.ssh_setup import SshPlaces, host_key_file, known_keys  # on first use: only this door needs it

    places = SshPlaces.of_user(*ssh_place(settings.listen))
    try:
        number = len(known_keys(settings, places))
    except EvtuiError as error:
        yield HostFinding("ssh", "wrong", str(error), _ABOUT_SSH)
    else:
        yield HostFinding("ssh", "ok", f"{number} key{'s' * (number != 1)} may come in")
    if find_spec("asyncssh") is None:
        return
    from evtui.serve.ssh.host_key import known_host_key

    path = host_key_file(settings, places)
    try:
        key = known_host_key(path)
    except EvtuiError as error:
        yield HostFinding("ssh host key", "wrong", str(error), _ABOUT_SSH)
    else:
        told = f"{path} is made at the first start" if key is None else f"{path}, {key.get_fingerprint()}"
        yield HostFinding("ssh host key", "ok", told)


def _check_web(settings: WebConfig) -> Iterator[HostFinding]:
    if settings.listen is None:
        return
    tokens = {"web.token": settings.token, "web.operator_token": settings.operator_token}
    known = {name: token for name, token in tokens.items() if token is not None}
    short = [name for name, token in known.items() if len(token) < SHORT]
    if short:
        remedy = f"take {SHORT} characters or more: python3 -c 'import secrets; print(secrets.token_urlsafe())'"
        yield HostFinding("web", "note", f"{' and '.join(short)} can be guessed", remedy)
    elif settings.token is not None and settings.token == settings.operator_token:
        yield HostFinding("web", "note", "both tokens are the same: every viewer is an operator", "take two tokens")
    else:
        yield HostFinding("web", "ok", f"set: {', '.join(known)}" if known else "a token is made at each start")
    yield from _check_tls(settings)
    if not is_loopback(parse_host_port(settings.listen)[0]) and not settings.hosts:
        yield HostFinding(
            "web.hosts", "note", "browsers of other hosts are let in by the address only, not by a name",
            'name this host as they call it: hosts = ["events.example.org"]',
        )  # fmt: skip


def _check_tls(settings: WebConfig) -> Iterator[HostFinding]:
    from evtui.serve.web.start_web import web_certificate  # on first use: the HTTP library is large

    try:
        certificate = web_certificate(settings)
    except EvtuiError as error:
        yield HostFinding("web certificate", "wrong", str(error), "docs/browser.md says which files are needed")
        return
    is_open = not is_loopback(parse_host_port(settings.listen or "")[0])
    if certificate is not None:
        yield HostFinding("web certificate", "ok", f"{settings.cert_file}")
    elif is_open:
        remedy = "set web.cert_file and web.key_file, or put a proxy in front that speaks TLS"
        yield HostFinding(
            "web certificate", "note", "other hosts reach it, and what they send is not encrypted", remedy
        )
