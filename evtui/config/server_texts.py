"""The servers that the settings and the command line name: the addresses that there are."""

from collections.abc import Sequence
from pathlib import Path

from evtui.backends.amqp.address import is_amqp, parse_amqp_address
from evtui.backends.fleet.given_servers import (
    BadListError,
    BadServerError,
    GivenServer,
    is_list_file,
    named_servers,
    parse_list,
    parse_server,
)
from evtui.backends.kafka.kafka_address import is_kafka, parse_kafka_address
from evtui.backends.remote.mi_address import parse_mi_address


def check_address(address: str) -> None:
    """Check the address of a server or of a source. raises BadSocketError."""
    if is_kafka(address):
        parse_kafka_address(address)
    elif is_amqp(address):
        parse_amqp_address(address)
    else:
        parse_mi_address(address)


def check_server(text: str) -> None:
    """Check one server as it is given; a list in a file is read when it is used. raises BadServerError."""
    if is_list_file(text):
        if not text[1:].strip():
            raise BadServerError(text, "it names no file")
    else:
        parse_server(text, check_address)


def read_servers(texts: Sequence[str]) -> tuple[GivenServer, ...]:
    """Read servers as they are given; `@FILE` stands for those that a file lists.

    raises BadServerError: one of them is wrong, or a file cannot be read. BadListError: files list no server, as one
    does that is being written.
    """
    found: list[GivenServer] = []
    for text in texts:
        found += _read_list(Path(text[1:])) if is_list_file(text) else (parse_server(text, check_address),)
    if not found and texts:
        raise BadListError("it names no server", ", ".join(text[1:] for text in texts))
    return named_servers(found)


def _read_list(path: Path) -> tuple[GivenServer, ...]:
    try:
        return parse_list(path.read_text(), check_address)
    except (OSError, UnicodeDecodeError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is not text"
        raise BadListError(why, str(path)) from error
    except BadListError as error:
        raise BadListError(str(error), str(path)) from error
