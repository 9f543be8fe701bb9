"""`$json`, `{s.eval}`, `{sdp.…}`, `{ip.resolve}` and the variables of dialogs."""

import pytest

from evtui.script.runtime.json_documents import MAX_SIZE, JsonDocuments
from evtui.script.runtime.message_scope import Scope
from evtui.script.runtime.script_message import PlainMessage
from evtui.script.runtime.script_values import ScriptFault
from tests.unit.script.world import World, program, run, said


def test_a_json_text_is_read_by_paths_of_keys_and_indexes() -> None:
    body = """
    $json(x) := "{\\"a\\": {\\"b c\\": [1, \\"two\\", [3, 4]]}, \\"n\\": null, \\"t\\": true}";
    $json(x/f) := "1.5"; $json(x/s) = "";
    $var(k) = "b c"; $var(i) = 1;
    xlog("$json(x/a/b c[0]) $json(x/a/$var(k)[$var(i)]) $(json(x/a/b c[2][-1])) $json(x/n) $json(x/t) $json(x/f)");
    xlog("$json(x/a/no) $json(x/a/b c[9]) $json(y) $json(x/a[0])");
    if ($json(x/a/b c[0]) == 1 and $json(x/a/b c[1]) == "TWO" and $json(x/s) == "") xlog("types");
    """
    assert said(body) == ["1 two 4 <null> true 1.5", "<null> <null> <null> <null>", "types"]


def test_values_are_set_appended_and_deleted() -> None:
    body = """
    $json(x) := "{}"; $json(x/a) = "text"; $json(x/list) := "[]"; $json(x/list[]) = 1; $json(x/list[]) = "two";
    $json(x/list[]) := "{\\"k\\": null}"; $json(x/list[0]) = 7; $json(x/list[-1]/k) := "false"; $json(x/gone) = 1;
    $json(x/gone) = NULL; $json(x/list[1]) = NULL; $json(x/never) = NULL;
    xlog("$json_compact(x)"); xlog("$json(x)"); xlog("$json_pretty(x/list)");
    $json(y) := $json(x/list); $json(y[]) = 2; xlog("$json(y) $json_compact(x/list)");
    $json(x) = NULL; xlog("$json(x)");
    """
    assert said(body) == [
        '{"a":"text","list":[7,{"k":false}]}',
        '{ "a": "text", "list": [ 7, { "k": false } ] }',
        '[\n  7,\n  {\n    "k":false\n  }\n]',
        '[ 7, { "k": false }, 2 ] [7,{"k":false}]',
        "<null>",
    ]


def test_slashes_are_escaped_as_in_opensips() -> None:
    assert said(
        '$json(x) := "{}"; $json(x/p) = "/a"; xlog("$json_compact(x) $json_compact_noescape(x) $json(x/p)");'
    ) == [r'{"p":"\/a"} {"p":"/a"} /a']


def test_for_goes_over_elements_values_and_keys() -> None:
    body = """
    $json(x) := "{\\"l\\": [1, [2], \\"three\\"], \\"o\\": {\\"p\\": 4, \\"q\\": {\\"r\\": 5}}}";
    for ($var(v) in $(json(x/l[*]))) xlog("$var(v)");
    for ($(var(v)) in $(json(x/l)[*])) xlog("$var(v)");
    for ($avp(v) in $(json(x/o.keys)[*])) xlog("$avp(v)");
    for ($json(v) in $(json(x/o.values)[*])) xlog("$json(v) $json(v/r)");
    for ($var(v) in $(json(x/no)[*])) xlog("never");
    """
    assert said(body) == ["1", "[ 2 ]", "three"] * 2 + ["p", "q", "4 <null>", '{ "r": 5 } 5']


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ('$json(x) := "{";', "not JSON"),
        ("$json(y/a) = 1;", "has no 'y'"),
        ("$json(x/a[]) = 1;", "has no 'a'"),
        ("$json(x[]) = 1;", "[] appends to an array"),
        ("$json(x[0]) = 1;", "does not fit"),
        ('$json(l) := "[]"; $json(l[0]) = 1;', "no element 0"),
        ("$var(a) = $json(x[]);", "with [] for an assignment"),
        ("$json(x[$var(t)]) = 1;", "not an integer"),
    ],
)
def test_an_impossible_json_operation_is_logged_and_the_script_continues(statement: str, why: str) -> None:
    logged = said(f'$json(x) := "{{}}"; $var(t) = "t"; {statement} xlog("on");')
    assert why in logged[0]
    assert logged[-1] == "on"


def test_json_variables_keep_their_values_between_runs() -> None:
    world = World()
    there = program(
        'route { $json(x/n) = $json(x/n) + 1; xlog("$json(x/n)"); } startup_route { $json(x) := "{\\"n\\": 0}"; }',
        world,
    )
    there.run("startup_route")
    there.run("route")
    there.run("route")
    assert world.said == ["1", "2"]


def test_json_that_nests_too_deep_is_refused() -> None:
    with pytest.raises(ScriptFault, match="more than 100 arrays"):
        JsonDocuments().parse(["x"], "[" * 101 + "]" * 101)


def test_json_variables_are_bounded_together_and_deleted_values_do_not_count() -> None:
    documents = JsonDocuments()
    part = "x" * (1 << 17)
    for _ in range(2 * MAX_SIZE // len(part)):
        documents.put(["same"], part)
    documents.parse(["all"], "[]")
    with pytest.raises(ScriptFault, match="hold more than"):
        _fill(documents, part)


def _fill(documents: JsonDocuments, part: str) -> None:
    for _ in range(2 * MAX_SIZE // len(part)):
        documents.put(["all", None], part)


def test_eval_reads_a_text_that_the_script_made() -> None:
    body = """$avp(a) = "value"; $var(text) = "a is $avp(a)"; xlog("$var(text): $(var(text){s.eval})");
    xlog("$(var(text){s.eval}{s.toupper})"); $var(text) = "$" + "(bad"; xlog("$(var(text){s.eval})");"""
    assert said(body) == ["a is $avp(a): a is value", "A IS VALUE", "$(bad"]


SDP = (
    "v=0\r\no=- 1 2 IN IP4 10.0.0.1\r\ns=call\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
    "m=audio 10 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=x\r\nm=video 20 RTP/AVP 31\r\na=y\r\n"
)


@pytest.mark.parametrize(
    ("used", "gives"),
    [
        ("{sdp.line,m}", "m=audio 10 RTP/AVP 0"),
        ("{sdp.line,m,1}", "m=video 20 RTP/AVP 31"),
        ("{sdp.line,a,2}", "a=y"),
        ("{sdp.line,q}", None),
        ("{sdp.stream,1}{s.len}", str(len("m=video 20 RTP/AVP 31\r\na=y\r\n"))),
        ("{sdp.stream,audio}{sdp.line,a,1}", "a=x"),
        ("{sdp.stream,2}", None),
        ("{sdp.stream-delete,0}{sdp.line,m}", "m=video 20 RTP/AVP 31"),
    ],
)
def test_parts_of_a_session_description(used: str, gives: str | None) -> None:
    logged = said(f'xlog("$(rb{used})");', Scope(PlainMessage(body=SDP)))
    assert logged[-1] == (gives or "<null>")


NO_NAMES = "{ip.resolve}: host names are not resolved here: a text that is not an address gives NULL"


def test_an_address_resolves_to_itself_and_names_are_not_looked_up() -> None:
    logged = said(
        '$var(a) = "[::1]"; $var(n) = "localhost"; xlog("$(var(a){ip.resolve})"); xlog("$(var(n){ip.resolve})");'
    )
    assert logged == ["0:0:0:0:0:0:0:1", NO_NAMES, "<null>"]


def test_an_unresolved_name_is_logged_once_a_place() -> None:
    body = (
        "$var(i) = 0;"
        ' while ($var(i) < 3) { $var(i) = $var(i) + 1; $var(n) = "host" + $var(i); $var(r) = $(var(n){ip.resolve}); }'
        ' $var(r) = $(var(n){ip.resolve}); xlog("$var(n)");'
    )
    assert said(body) == [NO_NAMES, NO_NAMES, "host3"]


def test_variables_of_dialogs_are_null_and_logged_once_a_place() -> None:
    world = World()
    body = "while ($var(i) < 3) { $var(i) = $var(i) + 1; if ($DLG_status == NULL && $dlg_val(x) == NULL) $var(n) = 1; }"
    run(f"$var(i) = 0; {body}" + ' $dlg_val(x) = "a"; xlog("$var(n)");', world)
    assert world.said == [
        "$DLG_status is NULL: no dialogs are kept here", "$dlg_val is NULL: no dialogs are kept here",
        "$dlg_val cannot be assigned here", "1",
    ]  # fmt: skip
