"""Functions of a SIP proxy: they have no effect here, and return a code with which scripts continue."""

from typing import Final

from evtui.script.functions.call_arguments import CallBuilder
from evtui.script.runtime.run_state import CallAction, ScriptRun
from evtui.script.syntax.expressions import CallExpression
from evtui.script.variables.compiler_port import Compiler

_SUCCEED: Final[tuple[str, ...]] = (
    "t_relay", "t_newtran", "t_on_failure", "t_on_branch", "t_release", "t_cancel_branch", "t_inject_branches",
    "t_wait_for_new_branches", "t_add_cancel_reason", "forward", "send", "record_route", "save", "remove", "lookup",
    "create_dialog", "validate_dialog", "fix_route_dialog", "match_dialog", "set_dlg_profile", "unset_dlg_profile",
    "store_dlg_value", "set_dlg_flag", "reset_dlg_flag", "topology_hiding", "do_accounting", "drop_accounting",
    "acc_log_request", "acc_db_request", "acc_evi_request", "proxy_authorize", "www_authorize", "proxy_challenge",
    "www_challenge", "consume_credentials", "force_rport", "add_local_rport", "fix_nated_contact",
    "fix_nated_register", "fix_nated_sdp", "add_rcv_param", "rtpproxy_offer", "rtpproxy_answer", "rtpproxy_engage",
    "rtpproxy_unforce", "rtpengine_offer", "rtpengine_answer", "rtpengine_manage", "rtpengine_delete",
    "ds_select_dst", "ds_select_domain", "ds_next_dst", "lb_start", "lb_next", "do_routing", "use_next_gw",
    "uac_replace_from", "uac_replace_to", "uac_auth", "add_path", "add_path_received", "set_advertised_address",
    "set_advertised_port", "force_send_socket", "force_tcp_alias", "sip_trace", "trace", "pike_check_req",
    "handle_publish", "handle_subscribe", "statistics", "sl_reply_error", "send_smpp_message", "rl_check", "exec",
    "rest_get", "rest_post", "script_trace", "sr_check_status", "set_via_handling", "pkg_status", "shm_status",
    "t_replicate", "t_write_req", "t_write_unix",
)  # fmt: skip
"""Their code is 1: success."""

_FAIL: Final[tuple[str, ...]] = (
    "t_check_trans", "t_local_replied", "t_was_cancelled", "t_lookup_request", "t_cancelled", "nat_uac_test",
    "is_in_profile", "is_dlg_flag_set", "fetch_dlg_value", "topology_hiding_match", "registered",
    "check_source_address", "check_address", "is_from_gw", "goes_to_gw", "ds_is_in_list", "lb_is_destination",
    "alias_db_lookup", "db_does_uri_exist", "does_uri_exist", "isbflagset_dlg", "is_peer_verified", "is_first_hop",
    "avp_db_load", "avp_db_query", "avp_db_store", "sql_query", "get_redirects", "t_flush_flags", "t_add_hdrs",
    "t_wait_no_more_branches", "t_anycast_replicate", "sip_to_json", "check_blacklist_rule",
    "t_get_branch_idx_by_attr", "cache_raw_query",
)  # fmt: skip
"""Their code is -1: no, or not found."""

PROXY_CODES: Final[dict[str, int]] = {name: code for names, code in ((_SUCCEED, 1), (_FAIL, -1)) for name in names}


def _without_effect(name: str, code: int) -> CallBuilder:
    def build(call: CallExpression, compiler: Compiler) -> CallAction:
        del call, compiler

        def act(run: ScriptRun) -> int:
            run.warn_once(f"{name}() does nothing here: evtui is not a proxy; its code is {code}")
            return code

        return act

    return build


PROXY_FUNCTIONS: Final[dict[str, CallBuilder]] = {
    name: _without_effect(name, code) for name, code in PROXY_CODES.items()
}
