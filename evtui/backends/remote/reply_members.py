"""Read members of a server's replies; servers of different versions leave out different ones."""

from evtui.backends.remote.mi_client import MiClient
from evtui.codecs.jsonvalue import Json, Members
from evtui.core.errors import BackendError


def events_of(client: MiClient, result: Json) -> list[Members]:
    """Read the events of `events_list`: `{"Events":[{…}]}`.

    raises BackendError: the server sent something else.
    """
    items = dict(result).get("Events") if isinstance(result, Members) else None
    if not isinstance(items, list) or not all(isinstance(item, Members) for item in items):
        raise BackendError(f"{client.address}: the reply holds no list of Events")
    return [item for item in items if isinstance(item, Members)]


def members_of(result: Json, name: str) -> tuple[Members, ...]:
    """Read the objects of the list `name`; none when there is no such list."""
    items = dict(result).get(name) if isinstance(result, Members) else None
    return tuple(item for item in items if isinstance(item, Members)) if isinstance(items, list) else ()


def member_text(item: Members, name: str) -> str:
    """Read a text; empty when it is missing or something else."""
    value = dict(item).get(name)
    return value if isinstance(value, str) else ""


def member_texts(item: Members, name: str) -> tuple[str, ...]:
    """Read a list of texts; empty when it is missing or something else."""
    value = dict(item).get(name)
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def member_int(item: Members, name: str) -> int:
    """Read a whole number; 0 when it is missing or something else."""
    value = dict(item).get(name)
    return value if isinstance(value, int) else 0


def member_number(item: Members, name: str) -> float:
    """Read a number; 0.0 when it is missing or something else."""
    value = dict(item).get(name)
    return float(value) if isinstance(value, int | float) else 0.0
