"""An example of every setting of the transports that wait: a value that is not the default."""

from collections.abc import Mapping

_OUTBOX: Mapping[str, str] = {
    "queue_count": "5",
    "queue_bytes": "4096",
    "overflow": '"refuse"',
    "max_age": "60.5",
    "retries": "0",
    "backoff": "0.5",
    "max_backoff": "60",
    "durable": "true",
}
_NETWORK: Mapping[str, str] = {"timeout": "250", "allow": '["link-local"]'}
_OWN: Mapping[str, Mapping[str, str]] = {
    "rabbitmq": {
        **_NETWORK,
        "heartbeat": "0",
        "connect_timeout": "500",
        "use_tls": "true",
        "ca_file": '"/etc/ca.pem"',
        "cert_file": '"/etc/cert.pem"',
        "key_file": '"/etc/key.pem"',
        "verify": "false",
        "vhost": '"sip"',
        "persistent": "true",
        "mandatory": "false",
    },
    "xmlrpc": {**_NETWORK, "use_struct_param": "true"},
    "tcp": {**_NETWORK, "reliable_mode": "true", "event_param": '"event"'},
    "jsonrpc": {**_NETWORK, "sync_mode": "true", "event_param": '"event"'},
    "flatstore": {
        "max_open_sockets": "1",
        "delimiter": '";"',
        "escape_delimiter": '"_"',
        "file_permissions": '"600"',
        "suppress_event_name": "true",
        "rotate_period": "3600",
        "rotate_count": "1000",
        "rotate_size": '"10m"',
        "suffix": '".%Y%m%d"',
        "fsync": '"batch"',
        "roots": '["/var/log"]',
    },
    "virtual": {"failover_timeout": "5"},
    "kafka": {**_NETWORK, "key": '"callid"'},
}


def examples() -> dict[str, str]:
    """Write a file for each setting, by its path."""
    return {
        f"transports.{transport}.{name}": f"transports = {{ {transport} = {{ {name} = {value} }} }}"
        for transport, own in _OWN.items()
        for name, value in {**_OUTBOX, **own}.items()
    }
