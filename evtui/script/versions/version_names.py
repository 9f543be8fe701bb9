"""Settings and transformations that not every version of OpenSIPS starts with (measured on 2.4.11, 3.6.8, 4.0.1)."""

from typing import Final

OLD_SETTINGS: Final = frozenset({
    "children", "tcp_children", "debug", "fork", "disable_tcp", "port", "reply_to_via",
})  # fmt: skip
"""Settings of 2.x or 1.x that 3.x and 4.0 do not have."""
NEW_SETTINGS: Final = frozenset({
    "auto_scaling_cycle", "auto_scaling_profile", "dst_blacklist", "log_event_enabled", "log_event_level_filter",
    "log_json_buf_size", "log_msg_buf_size", "log_prefix", "log_stdout", "pv_print_buf_size",
    "restart_persistency_cache_file", "restart_persistency_size", "shm_memlog_size", "socket", "stderror_enabled",
    "stderror_level_filter", "stderror_log_format", "syslog_enabled", "syslog_facility", "syslog_level_filter",
    "syslog_log_format", "syslog_name", "tcp_no_new_conn_rplflag", "tcp_parallel_read_on_workers",
    "tcp_socket_backlog", "tcp_threads", "tcp_workers", "timer_workers", "udp_workers", "xlog_level",
    "xlog_print_level",
})  # fmt: skip
"""Settings of 3.x that 2.4 does not have."""
GONE_IN_4_0: Final = frozenset({"listen", "log_stderror", "log_facility", "log_name", "tcp_parallel_read_on_workers"})
"""Settings of 2.x and 3.x that 4.0 does not have."""
NEW_IN_4_0: Final = frozenset({"tcp_threads"})
"""Settings that only 4.0 has."""

_HASHES: Final = ("sha1", "sha224", "sha256", "sha384", "sha512")
NEW_TRANSFORMATIONS: Final = frozenset({
    "s.reverse", "s.date2unix", "s.eval", "ip.isip4", "ip.isip6", "ip.matches", "ip.isprivate", "sdp.stream",
    "sdp.stream-delete", *(f"s.{name}" for name in _HASHES), *(f"s.{name}_hmac" for name in _HASHES),
})  # fmt: skip
"""Transformations that 2.4 does not have, in lower case."""
