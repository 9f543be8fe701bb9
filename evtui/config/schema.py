"""All settings: name, type, default and purpose of each."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from evtui.config.script_settings import ScriptConfig, Texts
from evtui.serve.ssh.ssh_settings import SshConfig
from evtui.serve.terminal.viewer_settings import ViewersConfig
from evtui.serve.web.web_settings import WebConfig
from evtui.storage.log_format import LogForm
from evtui.transports import TransportSettings
from evtui.transports.common_settings import SECRET

Payload: TypeAlias = Literal["jsonrpc", "text"]

Notices: TypeAlias = Literal["off", "osc9", "osc777", "both"]


class JournalConfig(Struct, frozen=True):
    """How many records are kept for the console and other readers."""

    records: Annotated[int, Meta(ge=1, description="records kept, a whole number from 1")] = 50_000
    bytes: Annotated[int, Meta(ge=4096, description="bytes kept, a whole number from 4096")] = 64 * 1024 * 1024


class MiConfig(Struct, frozen=True):
    """Where the management interface listens; by default on mi.fifo and mi.sock in the runtime directory."""

    listen: Annotated[bool, Meta(description="true or false: false opens no management interface at all")] = True
    fifo: Annotated[str | None, Meta(description='a path, "/run/evtui/mi.fifo"')] = None
    fifo_mode: Annotated[str, Meta(description='the octal mode of the FIFO as text, "0600"')] = "0600"
    reply_dir: Annotated[str, Meta(description='the directory of the clients\' reply FIFOs, "/tmp"')] = "/tmp"  # noqa: S108 - where the clients of OpenSIPS make their reply FIFOs
    datagram: Annotated[
        Texts, Meta(description='a list of sockets, ["unix:/run/evtui/mi.sock", "udp:127.0.0.1:8080"]')
    ] = ()
    http: Annotated[str | None, Meta(description='an address, "127.0.0.1:8888"')] = None
    watch: Annotated[
        str | None,
        Meta(description='the path of the UNIX socket of the watch feed, "/run/evtui/mi.watch", or "" for none'),
    ] = None
    watch_readers: Annotated[int, Meta(ge=1, le=1000, description="readers of the watch feed, 1 to 1000")] = 100
    http_root: Annotated[str, Meta(description='the path of JSON-RPC over HTTP, "mi"')] = "mi"
    xmlrpc_root: Annotated[str, Meta(description='the path of XML-RPC over HTTP, "RPC2"')] = "RPC2"
    http_hosts: Annotated[
        Texts, Meta(description='a list of Host names to answer to, beside the default ones, ["mi.example.org"]')
    ] = ()
    http_token: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(description="the bearer token HTTP clients must send, text", extra=SECRET),
    ] = None
    http_connections: Annotated[
        int, Meta(ge=1, description="HTTP connections, at most a quarter of the files this process may open")
    ] = 256
    http_connections_per_address: Annotated[int, Meta(ge=1, description="HTTP connections of one address")] = 64
    http_header_timeout: Annotated[
        float, Meta(gt=0, description="seconds until the headers of an HTTP request must have come")
    ] = 10.0
    http_idle_timeout: Annotated[
        float, Meta(gt=0, description="seconds an HTTP connection stays open without a further request")
    ] = 60.0
    http_write_timeout: Annotated[
        float, Meta(gt=0, description="seconds in which an HTTP client must read a reply")
    ] = 30.0
    http_unread_bytes: Annotated[
        int, Meta(ge=1, description="bytes of replies that HTTP clients together may leave unread")
    ] = 64 * 1024 * 1024
    open: Annotated[
        bool, Meta(description="true or false: true serves every client that reaches mi.http, without a token")
    ] = False
    max_batch: Annotated[int, Meta(ge=1, description="requests of the largest batch, a whole number from 1")] = 256
    max_reply: Annotated[
        int, Meta(ge=65536, description="bytes of the longest reply, or of all replies of a batch, from 65536")
    ] = 32 * 1024 * 1024
    max_request: Annotated[int, Meta(ge=1024, description="bytes of the largest request, a whole number from 1024")] = (
        1 << 20
    )


class ServiceConfig(Struct, frozen=True):
    """What a service shows to those who operate it; nothing by default."""

    http: Annotated[
        str | None, Meta(description='an address for GET /healthz and GET /metrics alone, "127.0.0.1:9464"')
    ] = None
    token: Annotated[
        Annotated[str, Meta(min_length=1)] | None,
        Meta(description="the bearer token that clients of service.http must send, text", extra=SECRET),
    ] = None
    open: Annotated[
        bool, Meta(description="true or false: true serves every client that reaches service.http, without a token")
    ] = False


class EngineConfig(Struct, frozen=True):
    """What survives a restart, and how long the end may take."""

    state: Annotated[
        str | None, Meta(description='a path: the subscriptions are kept there over a restart, "/var/lib/evtui/state"')
    ] = None
    spool: Annotated[
        str | None, Meta(description="a path: where durable notifications wait; left out: in the data directory")
    ] = None
    subscriptions: Annotated[
        int, Meta(ge=1, description="active subscriptions of all events together, and wildcards, a whole number from 1")
    ] = 100_000
    destinations: Annotated[
        int, Meta(ge=1, description="destinations with a queue that may be subscribed, a whole number from 1")
    ] = 10_000
    queue_bytes: Annotated[
        int, Meta(ge=1 << 20, description="bytes that all queues together may hold, a whole number from 1048576")
    ] = 512 * 1024 * 1024
    keep_ended: Annotated[
        float, Meta(ge=0, description="seconds to deliver what waits when its last subscription has ended, from 0")
    ] = 60.0
    drain: Annotated[
        float, Meta(ge=0, le=4, description="seconds to deliver notifications when evtui stops, 0 to 4")
    ] = 2.0


class RecordConfig(Struct, frozen=True):
    """Recordings of all that happens."""

    file: Annotated[
        str | None, Meta(description='a path: what happens is recorded there from the start, "/tmp/evtui.jsonl.gz"')
    ] = None
    size: Annotated[
        int, Meta(ge=4096, description="bytes of a file from which on the next one is begun, from 4096")
    ] = 100 * 1024 * 1024
    files: Annotated[int, Meta(ge=1, le=1000, description="files of a recording that are kept, 1 to 1000")] = 5


class AlertConfig(Struct, frozen=True):
    """What happens when a watch rule fires."""

    bell: Annotated[bool, Meta(description="true or false: whether the console rings the terminal's bell")] = True
    notice: Annotated[
        Notices,
        Meta(description='"off", "osc9", "osc777" or "both": the notice of the desktop that the terminal is asked for'),
    ] = "off"
    command: Annotated[
        Texts, Meta(description='a list: a program and its arguments, which no shell reads, ["/usr/local/bin/alert"]')
    ] = ()
    timeout: Annotated[
        float, Meta(gt=0, le=3600, description="seconds that the command may take until it is killed, up to 3600")
    ] = 10.0
    parallel: Annotated[
        int, Meta(ge=1, le=64, description="commands that may run at once; more are not started, 1 to 64")
    ] = 4


class UiConfig(Struct, frozen=True):
    """The console."""

    theme: Annotated[str | None, Meta(description='the name of a theme, "evtui-dark"')] = None
    fps: Annotated[int, Meta(ge=2, le=30, description="2 to 30: how often a second the screen is drawn")] = 10
    tour: Annotated[
        bool, Meta(description="true or false: whether the first console of a user shows five lines about its keys")
    ] = True
    keys: Annotated[dict[str, str], Meta(description='a table of action = "key", { raise = "r" }')] = {}


class Config(Struct, frozen=True):
    """All settings."""

    events: Annotated[Texts, Meta(description='a list of event names to publish, ["E_MY_EVENT"]')] = ()
    subscribe: Annotated[
        Texts, Meta(description='a list of "EVENT SOCKET [EXPIRE]"; no EXPIRE is permanent, ["E_X udp:127.0.0.1:9000"]')
    ] = ()
    payload: Annotated[Payload, Meta(description='"jsonrpc" or "text"')] = "jsonrpc"
    read_only: Annotated[bool, Meta(description="true or false: true refuses everything that changes anything")] = False
    log_file: Annotated[str | None, Meta(description='a path, "/var/log/evtui.log"')] = None
    log_format: Annotated[
        LogForm, Meta(description='"text", "json" or "journal": the lines of the log, journal for systemd')
    ] = "text"
    static_events: Annotated[bool, Meta(description="true or false: publish the events of OpenSIPS")] = True
    filters: Annotated[
        dict[str, str], Meta(description='a table of name = "filter", { calls = "event~CALL and not outcome=ok" }')
    ] = {}
    rules: Annotated[
        dict[str, str], Meta(description='a table of name = "watch rule", { failing = "failed > 3 in 10 s" }')
    ] = {}
    servers: Annotated[
        Texts,
        Meta(
            description="a list of servers that the console attaches to, [NAME=]ADDRESS [COLOUR] or @FILE, "
            '["edge1=unix:/run/edge1/mi.sock red", "@/etc/evtui/servers"]'
        ),
    ] = ()
    alert: AlertConfig = AlertConfig()
    journal: JournalConfig = JournalConfig()
    mi: MiConfig = MiConfig()
    service: ServiceConfig = ServiceConfig()
    web: WebConfig = WebConfig()
    engine: EngineConfig = EngineConfig()
    transports: TransportSettings = TransportSettings()
    script: ScriptConfig = ScriptConfig()
    record: RecordConfig = RecordConfig()
    ui: UiConfig = UiConfig()
    viewers: ViewersConfig = ViewersConfig()
    ssh: SshConfig = SshConfig()
