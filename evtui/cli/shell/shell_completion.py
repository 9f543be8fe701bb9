"""`evtui completion SHELL`: the script with which a shell completes command lines of evtui, and its part for bash."""

import os
from typing import Any, ClassVar, Final

from click import Command
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from evtui.cli import output

PROGRAM: Final = "evtui"
VARIABLE: Final = "_EVTUI_COMPLETE"
"""The environment variable with which the script of a shell asks for completions."""

_SCRIPT: Final = """\
%(complete_func)s() {
    local IFS=$'\\n' reply item
    reply=$(env COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1")
    COMPREPLY=()
    for item in $reply; do
        case "${item%%%%,*}" in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            open) compopt -o nospace; COMPREPLY+=("${item#*,}") ;;
            *) COMPREPLY+=("${item#*,}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class LineComplete(BashComplete):
    """Completion for bash that reads the line itself: bash takes a socket such as udp:127.0.0.1:9000 for five words."""

    source_template: ClassVar[str] = _SCRIPT

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the complete words behind the name of the program, and the one that is to be completed."""
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)[1:]
        if not words or line[-1:].isspace():
            return words, ""
        return words[:-1], words[-1]

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Write a completion without what stands before the last colon, which bash takes for other words."""
        value: str = item.value
        kind = "open" if value.endswith(("=", ":")) else item.type
        if ":" in os.environ.get("COMP_WORDBREAKS", ""):
            _, incomplete = self.get_completion_args()
            value = value[incomplete.rfind(":") + 1 :]
        return f"{kind},{value}"


def register() -> None:
    """Let click use this completion for bash."""
    add_completion_class(LineComplete, "bash")


def print_script(app: Command, shell: str) -> None:
    """Print the script for a shell: `bash`, `zsh` or `fish`."""
    register()
    found = get_completion_class(shell)
    assert found is not None
    with output.quiet_pipe():
        output.data(found(app, {}, PROGRAM, VARIABLE).source())
