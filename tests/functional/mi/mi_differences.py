"""Where evtui answers otherwise than the recorded servers, on purpose: the key of each recording and why.

A reason says the rule of compatibility it follows, or the transport that is still to be built. A recording that stands
here and is no longer different fails the test.
"""

from collections.abc import Mapping
from typing import Final

_ROUTES = "routes: scripts are not built yet, a stand-in lists `route:NAME` without modes"
_SOCKETS = "sockets: ports from 1 to 65535, relative and over-long paths refused"
_MEMBERS = "virtual: members validated at subscribe"
_LISTED = "sockets: listed whole but for the password (the server omits rabbitmq's port), those refused are not listed"
_EXACT = "matching: exact, all parts of the socket (the server compares prefixes)"
_AT_ONCE = "expiry: on time, and 0 unsubscribes at once (the server lists it as expired until the second ends)"
_UNKNOWN_0 = "expiry: 0 on an unknown socket answers OK and creates nothing"
_BITS = "values: 64-bit ints (the server wraps or clamps at 32)"
_TEXTS = "values: true, false, arrays and objects become their JSON text, floats stay floats (the server sends garbage)"
_ARRAYS = "raise over MI: an array raises unnamed values, ints stay ints (the server gives them empty names)"
_OBJECTS = "raise over MI: JSON text or a real object raises pairs"
_NULLS = "values: null and nested values may be raised"
_BATCH = "MI: JSON-RPC batches work"
_ANSWERED = "MI: every request gets an answer or a defined silence (the server stays silent, or dies)"
_IDS = "MI: non-scalar ids are invalid requests"
_SIZES = "MI: no limit of 1 kB over HTTP or 4 kB on the FIFO"
_OURS = "MI: our own commands, processes and help texts"
_BOTH = "MI: both protocols on the same sockets; what begins neither is answered as 3.x does"
_TYPES = "HTTP: a body that is not application/json is refused with 415, because a web page could send it"
_HTTP = "HTTP: what is not a HTTP/1.1 request is answered 400 (RFC 9112)"
_ALL = "classic: every subscriber listed (2.4 loses those past 50)"
_SWALLOW = "classic: a parse error swallows nothing after it"
_RAISE = "classic: raise_event exists here, and is more useful than an error"
_UTF_8 = "MI: replies are UTF-8, a byte that is not is printed as its escape (the server sends it as it is)"
_STATISTICS = "statistics: those of this engine; nothing is reset, so that every loss stays counted"


def _table(*parts: tuple[str, str]) -> Mapping[str, str]:
    """Spell out `(reason, "number case transport" a line)`."""
    return {key: reason for reason, keys in parts for key in keys.strip("\n").split("\n")}


JSON: Final = _table(
    (
        _SOCKETS,
        """
47 sock tcp:127.0.0.1:70000 datagram
62 sock flatstore:relative.txt datagram
39 sock unix:relative datagram
41 sock unix:/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx datagram
""",
    ),
    (
        _UTF_8,
        """
143 invalid_utf8 fifo
143 invalid_utf8 datagram
143 invalid_utf8 http
""",
    ),
    (
        _MEMBERS,
        """
64 sock virtual:PARALLEL  datagram
65 sock virtual:PARALLEL zzz:1 datagram
66 sock virtual:PARALLELudp:127.0.0.1:7142 datagram
""",
    ),
    (
        _LISTED,
        """
73 list_after_bad datagram
""",
    ),
    (
        _AT_ONCE,
        """
90 list_after_expire0 datagram
96 list_after_expire0_perm datagram
""",
    ),
    (
        _UNKNOWN_0,
        """
94 list_after_expire0_new datagram
""",
    ),
    (
        _EXACT,
        """
99 udp_prefix_match datagram
100 unix_prefix_match datagram
""",
    ),
    (
        _OBJECTS,
        """
103 raise_obj_direct datagram
""",
    ),
    (
        _ARRAYS,
        """
104 raise_array datagram
105 raise_array_float datagram
108 raise_array_emptystr datagram
""",
    ),
    (
        _NULLS,
        """
106 raise_array_null datagram
107 raise_array_nested datagram
""",
    ),
    (
        _TEXTS,
        """
114 raise_obj_types datagram
""",
    ),
    (
        _IDS,
        """
125 id_bool fifo
125 id_bool datagram
125 id_bool http
""",
    ),
    (
        _BATCH,
        """
132 batch fifo
132 batch datagram
132 batch http
""",
    ),
    (
        _ANSWERED,
        """
133 batch_empty fifo
134 json_string fifo
135 json_null fifo
136 parse_error_text fifo
137 empty_body fifo
141 utf8_bom fifo
187 fifo_old_style fifo
""",
    ),
    (
        _SIZES,
        """
144 big_3k_req http
145 big_4200_req fifo
145 big_4200_req http
146 big_20k_req fifo
146 big_20k_req http
178 body_1100 http
179 body_1500 http
180 body_3000 http
181 body_30000 http
""",
    ),
    (
        _OURS,
        """
148 which fifo
148 which datagram
148 which http
150 help fifo
150 help datagram
150 help http
151 help_sub fifo
151 help_sub datagram
151 help_sub http
152 ps fifo
152 ps datagram
152 ps http
""",
    ),
    (
        _TYPES,
        """
166 ct_none http
167 ct_form http
169 ct_xml http
170 ct_multipart http
""",
    ),
    (
        _HTTP,
        """
173 nohost http
175 badrequest http
""",
    ),
)
CLASSIC: Final = _table(
    (
        _OURS,
        """
0 which fifo
1 which datagram
""",
    ),
    (
        _BITS,
        """
50 list after huge fifo
51 list after huge datagram
128 list after fifo
""",
    ),
    (
        _SWALLOW,
        """
64 unterminated quote fifo
156 next request after it fifo
159 next request after it fifo
""",
    ),
    (
        _SOCKETS,
        """
87 socket flatstore:relative fifo
71 socket unix:relative.sock fifo
""",
    ),
    (
        _LISTED,
        """
93 list all sockets kept fifo
94 list all sockets kept datagram
""",
    ),
    (
        _ROUTES,
        """
91 socket route:E_X/sync fifo
""",
    ),
    (
        _AT_ONCE,
        """
98 list 3 s later fifo
100 list after expire 0 fifo
146 list after fifo
""",
    ),
    (
        _UNKNOWN_0,
        """
101 list after fifo
""",
    ),
    (
        _STATISTICS,
        """
111 reset_statistics fifo
112 reset_statistics datagram
113 list_statistics fifo
114 list_statistics datagram
""",
    ),
    (
        _RAISE,
        """
123 raise_event via MI fifo
124 raise_event via MI datagram
""",
    ),
    (
        _BOTH,
        """
148 no leading colon datagram
""",
    ),
    (
        _ALL,
        """
154 list everything with > 50 subscribers fifo
155 list everything with > 50 subscribers datagram
171 49 subscribers of one event, all events listed fifo
172 50 subscribers of one event, all events listed fifo
173 51 subscribers of one event fifo
174 51 subscribers of one event datagram
175 51 subscribers of one event, all events listed fifo
""",
    ),
    (
        _ANSWERED,
        """
168 duplicate reply name in two requests fifo
""",
    ),
)
