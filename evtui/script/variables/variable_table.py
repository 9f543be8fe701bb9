"""The tables of all variables: those without argument and index, those with one, and those that can be assigned."""

from collections.abc import Mapping
from typing import Final

from evtui.script.runtime.run_state import Reader, ScriptRun, Writer
from evtui.script.runtime.script_values import Value
from evtui.script.variables.address_variables import ADDRESS_VARIABLES, CONTACT_VARIABLES
from evtui.script.variables.avps import read_avp, write_avp
from evtui.script.variables.body_variables import BODY_FAMILIES
from evtui.script.variables.branch_variables import BRANCH_FAMILIES, BRANCH_VARIABLES, BRANCH_WRITERS
from evtui.script.variables.compiler_port import ReadFamily, WriteFamily
from evtui.script.variables.credential_variables import CREDENTIAL_VARIABLES
from evtui.script.variables.flag_variables import FLAG_FAMILIES, FLAG_VARIABLES, FLAG_WRITERS
from evtui.script.variables.header_variables import HEADER_FAMILIES, HEADER_VARIABLES
from evtui.script.variables.json_variables import JSON_VARIABLES
from evtui.script.variables.process_variables import (
    PROCESS_FAMILIES,
    PROCESS_VARIABLES,
    PROCESS_WRITERS,
    STATISTIC_WRITERS,
)
from evtui.script.variables.script_variables import SCRIPT_FAMILIES, SCRIPT_WRITERS
from evtui.script.variables.socket_variables import SOCKET_FAMILIES, SOCKET_VARIABLES, SOCKET_WRITERS
from evtui.script.variables.time_variables import TIME_FAMILIES, TIME_VARIABLES
from evtui.script.variables.transaction_variables import (
    TRANSACTION_FAMILIES,
    TRANSACTION_VARIABLES,
    TRANSACTION_WRITERS,
)
from evtui.script.variables.uri_variables import URI_VARIABLES, URI_WRITERS


def _null(name: str, why: str) -> Reader:
    return lambda run: run.warn_once(f"${name} is NULL: {why}")


DIALOG_VARIABLES: Final = (
    "DLG_count", "DLG_ctx_json", "DLG_del_reason", "DLG_did", "DLG_dir", "DLG_end_reason", "DLG_flags", "DLG_json",
    "DLG_lifetime", "DLG_status", "DLG_timeout",
)  # fmt: skip
"""Variables of the message's dialog, which are NULL here; `$dlg_val(x)` is one too."""

_NULL_PLAIN: Final[Mapping[str, str]] = {
    **dict.fromkeys(DIALOG_VARIABLES, "no dialogs are kept here"),
    "rr_params": "evtui does not route in dialogs",
    "mi": "messages are not numbered here",
    "sig_local_totag": "evtui makes the tags of its replies when it sends them",
}
_NULL_FAMILIES: Final[Mapping[str, str]] = {
    "dlg_val": "no dialogs are kept here",
    "argv": "evtui has no option -o",
}
NULL_VARIABLES: Final[frozenset[str]] = frozenset((*_NULL_PLAIN, *_NULL_FAMILIES, *TRANSACTION_FAMILIES))
"""Variables that are always NULL here."""

NUMBERED_VARIABLES: Final = frozenset(("rm", "rp", "rP", "op", "oP", "dp", "dP"))
"""Variables whose text is also an integer."""

PLAIN_VARIABLES: Final[Mapping[str, Reader]] = {
    **{name: _null(name, why) for name, why in _NULL_PLAIN.items()},
    **ADDRESS_VARIABLES,
    **BRANCH_VARIABLES,
    **CREDENTIAL_VARIABLES,
    **FLAG_VARIABLES,
    **HEADER_VARIABLES,
    **PROCESS_VARIABLES,
    **SOCKET_VARIABLES,
    **TIME_VARIABLES,
    **TRANSACTION_VARIABLES,
    **URI_VARIABLES,
}
"""Variables without argument and index."""


def _null_family(name: str, why: str) -> ReadFamily:
    read = _null(name, why)
    return lambda _variable, _compiler: read


VARIABLE_FAMILIES: Final[Mapping[str, ReadFamily]] = {
    **{name: _null_family(name, why) for name, why in _NULL_FAMILIES.items()},
    **BODY_FAMILIES,
    **BRANCH_FAMILIES,
    **CONTACT_VARIABLES,
    **FLAG_FAMILIES,
    **HEADER_FAMILIES,
    **JSON_VARIABLES,
    **PROCESS_FAMILIES,
    **SCRIPT_FAMILIES,
    **SOCKET_FAMILIES,
    **TIME_FAMILIES,
    **TRANSACTION_FAMILIES,
    "avp": read_avp,
}
"""Variables with an argument or an index."""

PLAIN_WRITERS: Final[Mapping[str, Writer]] = {**PROCESS_WRITERS, **TRANSACTION_WRITERS, **URI_WRITERS}
WRITE_FAMILIES: Final[Mapping[str, WriteFamily]] = {
    **BRANCH_WRITERS,
    **FLAG_WRITERS,
    **SCRIPT_WRITERS,
    **SOCKET_WRITERS,
    **STATISTIC_WRITERS,
    "avp": write_avp,
}


def _word(name: str) -> Reader:
    return PLAIN_VARIABLES[name]


def _family(run: ScriptRun) -> Value:
    return "INET6" if ":" in run.message.source[0] else "INET"


BARE_WORDS: Final[Mapping[str, Reader]] = {
    "uri": _word("ru"),
    "from_uri": _word("fu"),
    "to_uri": _word("tu"),
    "method": _word("rm"),
    "src_ip": _word("si"),
    "src_port": _word("sp"),
    "dst_ip": _word("Ri"),
    "dst_port": _word("Rp"),
    "proto": _word("proto"),
    "status": _word("rs"),
    "af": _family,
    "retcode": _word("rc"),
    "msg:len": _word("ml"),
    "max_len": lambda _run: 65_535,
}
"""The bare words of 2.x that stand for values."""
