"""Settings and transformations that not every version of OpenSIPS starts with (measured on 2.4.11, 3.6.8, 4.0.1)."""

from typing import Final

OLD_SETTINGS: Final = frozenset({
    "children", "tcp_children", "debug", "fork", "disable_tcp", "port", "reply_to_via",
})  # fmt: skip
"""Settings of 2.x or 1.x that 3.x and 4.0 do not have."""
NEW_SETTINGS: Final = frozenset({
    "socket", "udp_workers", "tcp_workers", "timer_workers", "xlog_level", "xlog_print_level", "stderror_enabled",
    "stderror_level_filter", "stderror_log_format", "syslog_enabled", "syslog_facility", "syslog_name", "log_stdout",
    "log_prefix", "log_event_enabled", "log_json_buf_size", "log_msg_buf_size", "shm_memlog_size",
    "restart_persistency_cache_file", "restart_persistency_size",
})  # fmt: skip
"""Settings of 3.x that 2.4 does not have."""
GONE_IN_4_0: Final = frozenset({"listen", "log_stderror", "log_facility", "log_name"})
"""Settings of 2.x and 3.x that 4.0 does not have."""

_HASHES: Final = ("sha1", "sha224", "sha256", "sha384", "sha512")
NEW_TRANSFORMATIONS: Final = frozenset({
    "s.reverse", "s.date2unix", "s.eval", "ip.isip4", "ip.isip6", "ip.matches", "ip.isprivate", "sdp.stream",
    "sdp.stream-delete", *(f"s.{name}" for name in _HASHES), *(f"s.{name}_hmac" for name in _HASHES),
})  # fmt: skip
"""Transformations that 2.4 does not have, in lower case."""
