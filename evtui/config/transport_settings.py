"""The settings of each transport, named as the reference's module parameters; what only evtui has is named in full."""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

AddressClass: TypeAlias = Literal["link-local", "multicast", "unspecified"]
Overflow: TypeAlias = Literal["drop-oldest", "drop-newest", "refuse"]
Texts: TypeAlias = tuple[str, ...]
Allowed: TypeAlias = Annotated[
    tuple[AddressClass, ...],
    Meta(description='a list of "link-local", "multicast", "unspecified": address classes allowed'),
]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=1, description="milliseconds, a whole number from 1")]


class DatagramConfig(Struct, frozen=True):
    """What udp and unix sockets that subscribers name may be."""

    allow: Allowed = ()
    unix_roots: Annotated[
        Texts,
        Meta(
            description='a list of directories, ["/tmp"]: where unix sockets named over the management interface may be'
        ),
    ] = ("/tmp",)  # noqa: S108 - where the reference's clients make theirs


class OutboxConfig(Struct, frozen=True):
    """The outbox of each destination of a transport that waits: its bounds and its patience."""

    queue_count: Annotated[int, Meta(ge=1, description="notifications that may wait for one destination")] = 100_000
    queue_bytes: Annotated[int, Meta(ge=1024, description="bytes of payloads that may wait for one destination")] = (
        64 * 1024 * 1024
    )
    overflow: Annotated[
        Overflow, Meta(description='"drop-oldest", "drop-newest" or "refuse": what happens to one too many')
    ] = "drop-oldest"
    max_age: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="seconds after which what was not delivered is dropped; left out: never"),
    ] = None
    retries: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="attempts after the first before a notification has failed; left out: for ever"),
    ] = None
    backoff: Annotated[
        float, Meta(gt=0, description="seconds of the first pause between attempts, doubled each time")
    ] = 0.1
    max_backoff: Annotated[float, Meta(gt=0, description="seconds of the longest pause between attempts")] = 10.0
    durable: Annotated[
        bool, Meta(description="true or false: true keeps what was accepted over a restart and kill -9, in the spool")
    ] = False


class RabbitmqConfig(OutboxConfig, frozen=True):
    """RabbitMQ brokers."""

    heartbeat: Annotated[int, Meta(ge=0, le=65535, description="seconds between heartbeats, 0 for none")] = 60
    connect_timeout: Milliseconds = 5000
    timeout: Annotated[int, Meta(ge=1, description="milliseconds a batch may wait for its confirms")] = 10_000
    use_tls: Annotated[bool, Meta(description="true or false: TLS for sockets that do not say")] = False
    ca_file: Annotated[str | None, Meta(description="a path: the certificates that sign the brokers'")] = None
    cert_file: Annotated[str | None, Meta(description="a path: our certificate, when brokers ask for one")] = None
    key_file: Annotated[str | None, Meta(description="a path: the key of our certificate")] = None
    verify: Annotated[bool, Meta(description="true or false: check a broker's certificate and name")] = True
    vhost: Annotated[str, Meta(description='the virtual host of sockets that name none, "/"')] = "/"
    persistent: Annotated[bool, Meta(description="true or false: ask brokers to keep messages on disk")] = False
    mandatory: Annotated[
        bool, Meta(description="true or false: a message that no queue takes comes back, which is a failure")
    ] = True
    allow: Allowed = ()


class XmlrpcConfig(OutboxConfig, frozen=True):
    """XML-RPC servers."""

    use_struct_param: Annotated[
        bool, Meta(description="true or false: one struct of attributes, strictly valid XML-RPC")
    ] = False
    timeout: Milliseconds = 5000
    allow: Allowed = ()


class StreamConfig(OutboxConfig, frozen=True):
    """JSON-RPC over TCP in the shape of 3.1 and later: `tcp:` sockets."""

    reliable_mode: Annotated[bool, Meta(description="true or false: requests with an id that must be answered")] = False
    timeout: Annotated[int, Meta(ge=1, description="milliseconds a peer may take to connect or to answer")] = 1000
    event_param: Annotated[str | None, Meta(description="the name of an extra parameter with the event's name")] = None
    allow: Allowed = ()


class JsonrpcConfig(OutboxConfig, frozen=True):
    """JSON-RPC over TCP in the shape of 2.4 and 3.0: `jsonrpc:` sockets."""

    sync_mode: Annotated[bool, Meta(description="true or false: requests with an id that must be answered")] = False
    timeout: Annotated[int, Meta(ge=1, description="milliseconds a peer may take to connect or to answer")] = 1000
    event_param: Annotated[str | None, Meta(description="the name of an extra parameter with the event's name")] = None
    allow: Allowed = ()


class FlatstoreConfig(OutboxConfig, frozen=True):
    """Flat files."""

    max_open_sockets: Annotated[int, Meta(ge=1, description="files open at once, a whole number from 1")] = 100
    delimiter: Annotated[
        str,
        Meta(
            pattern=r"^[^\\\r\nnr][^\\\r\n]*\Z",
            description='the text between values, ",": no backslash, no line end, not n or r at its start',
        ),
    ] = ","
    escape_delimiter: Annotated[
        Annotated[str, Meta(pattern=r"^[^\\\r\n]+\Z")] | None,
        Meta(description="what stands for the delimiter in a value; left out: a backslash before it"),
    ] = None
    file_permissions: Annotated[
        str, Meta(pattern=r"^(0o?)?[0-7]{3}\Z", description='the octal mode of the files as text, "644"')
    ] = "644"
    suppress_event_name: Annotated[bool, Meta(description="true or false: leave out the event's name")] = False
    rotate_period: Annotated[int, Meta(ge=0, description="seconds after which a file is rotated, 0 for never")] = 0
    rotate_count: Annotated[int, Meta(ge=0, description="lines after which a file is rotated, 0 for never")] = 0
    rotate_size: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{1,15}[kKmMgG]?\Z",
            description='bytes a file may have, also with k, m or g, "10m"; "0" for any number',
        ),
    ] = "0"
    suffix: Annotated[
        Annotated[str, Meta(pattern=r"^[^/\x00]+\Z")] | None,
        Meta(
            description='what is put behind the name of the written file, in strftime\'s signs, ".%Y%m%d"; '
            "left out: the name stays, a full file is moved aside"
        ),
    ] = None
    fsync: Annotated[
        Literal["never", "batch", "second"], Meta(description='"never", "batch" or "second": when lines go to the disk')
    ] = "never"
    roots: Annotated[
        Texts, Meta(description="a list of directories: where files named over the management interface may be")
    ] = ()


class VirtualConfig(OutboxConfig, frozen=True):
    """Sockets made of other sockets."""

    failover_timeout: Annotated[int, Meta(ge=0, description="seconds a member that failed is left alone")] = 30


class KafkaConfig(OutboxConfig, frozen=True):
    """Kafka brokers."""

    timeout: Milliseconds = 10_000
    key: Annotated[str | None, Meta(description="the parameter whose value is the key of a message")] = None
    allow: Allowed = ()


class TransportsConfig(Struct, frozen=True):
    """The transports of notifications."""

    datagram: DatagramConfig = DatagramConfig()
    rabbitmq: RabbitmqConfig = RabbitmqConfig()
    xmlrpc: XmlrpcConfig = XmlrpcConfig()
    tcp: StreamConfig = StreamConfig()
    jsonrpc: JsonrpcConfig = JsonrpcConfig()
    flatstore: FlatstoreConfig = FlatstoreConfig()
    virtual: VirtualConfig = VirtualConfig()
    kafka: KafkaConfig = KafkaConfig()
