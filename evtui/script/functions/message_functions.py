"""The functions of module sipmsgops and maxfwd. Changes of headers and bodies are not made: no event can see them."""

import re
from collections.abc import Callable
from typing import Final

from evtui.core.wildcards import matches
from evtui.script.functions.call_arguments import CallBuilder, avp_at, reader_of, truth_code
from evtui.script.functions.message_checks import validate
from evtui.script.functions.typed_arguments import Given, Kind, typed_function
from evtui.script.runtime.patterns import search
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.runtime.script_message import DUMMY
from evtui.script.runtime.script_values import ScriptFault, to_text
from evtui.script.runtime.session_descriptions import codecs, hold_code, streams
from evtui.script.syntax.expressions import CallExpression
from evtui.script.variables.address_variables import has_totag
from evtui.script.variables.avps import put_stack
from evtui.script.variables.body_variables import parts_of, sdp_of
from evtui.script.variables.compiler_port import Compiler
from evtui.script.variables.uri_variables import uri_of

_E164: Final = re.compile(r"\+[0-9]{2,15}")
_NO_HEADER: Final = -2
_ADDED_HEADER: Final = 2
_NO_PART: Final = -2


def _is_method(run: ScriptRun, given: Given) -> int:
    wanted = {name.strip().upper() for name in given.text(0).split("|")}
    return truth_code(holds=run.message.method.upper() in wanted)


def _has_totag(run: ScriptRun, _given: Given) -> int:
    return truth_code(holds=has_totag(run))


def _present(run: ScriptRun, given: Given) -> int:
    return truth_code(holds=bool(run.scope.headers.values(given.text(0))))


def _present_matching(fits: Callable[[str, str], bool]) -> CallBuilder:
    """Make remove_hf_re or remove_hf_glob: whether the name of a header fits."""

    def work(run: ScriptRun, given: Given) -> int:
        return truth_code(holds=any(fits(given.text(0), name) for name in run.scope.headers.names))

    return typed_function(work, "pattern")


def _glob_values(call: CallExpression, compiler: Compiler) -> CallAction:
    """Compile `get_glob_headers_values("X-*", $avp(names), $avp(values))`."""
    names, found = avp_at(call, 1, compiler), avp_at(call, 2, compiler)
    pattern = reader_of(call.arguments[0] if call.arguments else None, compiler)

    def act(run: ScriptRun) -> int:
        if names is None or found is None:
            raise ScriptFault("it takes a pattern and two AVPs for names and values")
        wanted = to_text(pattern(run))
        lines = [line for line in run.scope.headers.lines if matches(line[0], wanted)]
        if not lines:
            return -1
        put_stack(run, names(run), [name for name, _ in lines])
        put_stack(run, found(run), [value for _, value in lines])
        return 1

    return act


def _has_body(run: ScriptRun, given: Given) -> int:
    if not given.text(0):  # an empty body is one, as in OpenSIPS
        return truth_code(holds=run.message is not DUMMY)
    return truth_code(holds=_has_part(run, given.text(0)))


def _has_part(run: ScriptRun, kind: str) -> bool:
    return any(not kind or part.kind.lower() == kind.lower() for part in parts_of(run))


def _body_part(run: ScriptRun, given: Given) -> int:
    return truth_code(holds=_has_part(run, given.text(0)))


def _updated_part(run: ScriptRun, given: Given) -> int:
    """Give the text of a body part, or the whole body, to a variable."""
    kind = given.text(0)
    if not parts_of(run):
        return -1
    found = next((part.text for part in parts_of(run) if part.kind.lower() == kind.lower()), None)
    text = found if kind else run.message.body
    if text is None:
        return _NO_PART
    given.put(run, 1, text)
    return 1


def _on_hold(run: ScriptRun, _given: Given) -> int:
    return hold_code(sdp_of(run) or "")


def _codec(run: ScriptRun, given: Given) -> int:
    """Tell whether a codec is offered; the clock rate counts only where the dialect compares it."""
    compared = run.state.dialect.compares_clock_rates and given.values[1] is not None
    return truth_code(
        holds=any(
            name.lower() == given.text(0).lower() and (not compared or rate == given.text(1))
            for name, rate in _offered(run)
        )
    )


def _offered(run: ScriptRun) -> list[tuple[str, str]]:
    return codecs(sdp_of(run) or "")


def _codec_pattern(run: ScriptRun, given: Given) -> int:
    return truth_code(holds=any(search(given.text(0), name) for name, _ in _offered(run)))


def _other_codec(run: ScriptRun, given: Given) -> int:
    """Tell whether codec_delete_except_re would delete something."""
    return truth_code(holds=any(not search(given.text(0), name) for name, _ in _offered(run)))


def _stream(run: ScriptRun, given: Given) -> int:
    media, transport = given.text(0), given.text(1)
    return truth_code(
        holds=any(
            search(media, medium) and (not transport or search(transport, protocol))
            for medium, protocol in streams(sdp_of(run) or "")
        )
    )


def _is_privacy(run: ScriptRun, given: Given) -> int:
    words = {word.strip().lower() for value in run.scope.headers.values("privacy") for word in re.split("[;,]", value)}
    return truth_code(holds=given.text(0).lower() in words)


def _is_e164(run: ScriptRun, given: Given) -> int:
    uri = uri_of(run, given.text(0))
    return truth_code(holds=uri is not None and _E164.fullmatch(uri.user or "") is not None)


def _options(run: ScriptRun, header: str) -> set[str]:
    return {word.strip().lower() for value in run.scope.headers.values(header) for word in value.split(",")}


def _has_option(run: ScriptRun, given: Given) -> int:
    return truth_code(holds=given.text(1).lower() in _options(run, given.text(0)))


def _add_option(run: ScriptRun, given: Given) -> int:
    return truth_code(holds=bool(run.scope.headers.values(given.text(0))))


def _hops(run: ScriptRun) -> int | None:
    text = (run.scope.headers.first("max-forwards") or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _few_hops(run: ScriptRun, given: Given) -> int:
    hops = _hops(run)
    return _NO_HEADER if hops is None else truth_code(holds=hops < given.number(0))


def _count_hop(run: ScriptRun, _given: Given) -> int:
    hops = _hops(run)
    return _ADDED_HEADER if hops is None else truth_code(holds=hops > 0)


def _validate(run: ScriptRun, given: Given) -> int:
    code, reason = validate(run, given.text(0))
    if code < 0:
        given.put(run, 1, reason)
    return code


def _codes(kinds: tuple[Kind, ...], *names: str) -> dict[str, CallBuilder]:
    """Make functions that only change the message: their code is 1."""
    builder = typed_function(lambda _run, _given: 1, *kinds)
    return dict.fromkeys(names, builder)


_CODEC: Final = typed_function(_codec, "text", "text?")
_CODEC_PATTERN: Final = typed_function(_codec_pattern, "pattern")
_STREAM: Final = typed_function(_stream, "pattern", "pattern?")
_PRESENT: Final = typed_function(_present, "text")

MESSAGE_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    **_codes(("text", "text?"), "append_hf", "insert_hf"),
    **_codes(("text", "text"), "append_urihf"),
    **_codes((), "append_time"),
    **_codes(("text",), "append_body_to_reply", "record_route_preset", "add_rr_param"),
    **_codes(("text", "text", "text?"), "add_body_part"),
    "is_method": typed_function(_is_method, "text"),
    "has_totag": typed_function(_has_totag),
    "is_present_hf": _PRESENT,
    "remove_hf": _PRESENT,
    "remove_hf_re": _present_matching(search),
    "remove_hf_glob": _present_matching(lambda pattern, name: matches(name, pattern)),
    "get_glob_headers_values": _glob_values,
    "has_body": typed_function(_has_body, "text?"),
    "has_body_part": typed_function(_body_part, "text?"),
    "remove_body_part": typed_function(_body_part, "text?", "text?"),
    "get_updated_body_part": typed_function(_updated_part, "text?", "variable"),
    "is_audio_on_hold": typed_function(_on_hold),
    "codec_exists": _CODEC,
    "codec_delete": _CODEC,
    "codec_move_up": _CODEC,
    "codec_move_down": _CODEC,
    "codec_exists_re": _CODEC_PATTERN,
    "codec_delete_re": _CODEC_PATTERN,
    "codec_move_up_re": _CODEC_PATTERN,
    "codec_move_down_re": _CODEC_PATTERN,
    "codec_delete_except_re": typed_function(_other_codec, "pattern"),
    "stream_exists": _STREAM,
    "stream_delete": _STREAM,
    "is_privacy": typed_function(_is_privacy, "text"),
    "is_uri_user_e164": typed_function(_is_e164, "text"),
    "list_hdr_has_option": typed_function(_has_option, "text", "text"),
    "list_hdr_add_option": typed_function(_add_option, "text", "text"),
    "list_hdr_remove_option": typed_function(_has_option, "text", "text"),
    "is_maxfwd_lt": typed_function(_few_hops, "integer"),
    "mf_process_maxfwd_header": typed_function(_count_hop, "integer"),
    "sipmsg_validate": typed_function(_validate, "text?", "variable?"),
}
