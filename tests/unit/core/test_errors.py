"""Errors say what was wrong and keep the parts."""

import pytest

from evtui.core import errors


@pytest.mark.parametrize(
    ("error", "family", "says"),
    [
        (errors.UnknownEventError("E_X"), errors.RequestError, "unknown event 'E_X'"),
        (errors.BadEventNameError("", "it is empty"), errors.RequestError, "bad event name '': it is empty"),
        (errors.UnknownSchemeError("tpc", ("tcp", "udp")), errors.RequestError, "'tpc': known are tcp, udp"),
        (errors.BadSocketError("udp:x:0", "port", "from 1"), errors.RequestError, "bad socket 'udp:x:0': port: from 1"),
        (errors.BadExpireError("soon"), errors.RequestError, "bad expire 'soon'"),
        (errors.BadParamsError("2 names for 1 values"), errors.RequestError, "bad parameters: 2 names"),
        (errors.NestingError("E_X", 100), errors.RequestError, "more than 100 nested raises"),
        (errors.ReadOnlyError("raise"), errors.RequestError, "read-only: raise is refused"),
        (errors.DeliveryError("ENOENT: gone"), errors.EvtuiError, "ENOENT: gone"),
        (errors.ServerError(400, "Bad parameter value", "port"), errors.BackendError, "400 Bad parameter value: port"),
        (errors.ServerError(404, "Event not found"), errors.BackendError, "404 Event not found"),
        (errors.BadMessageError("not JSON"), errors.EvtuiError, "not JSON"),
    ],
)
def test_each_error_names_the_wrong_part_and_belongs_to_its_family(
    error: errors.EvtuiError, family: type[errors.EvtuiError], says: str
) -> None:
    assert says in str(error)
    assert isinstance(error, family)


def test_a_bad_message_is_a_parse_error_unless_it_says_otherwise() -> None:
    assert errors.BadMessageError("no").code == -32700
    assert errors.BadMessageError("no", code=-32600, id=4).id == 4
