"""The keys of the forms: the bindings and the line of hints below a form come from the same table."""

from collections.abc import Iterable

from msgspec import Struct
from textual.binding import Binding


class FormKey(Struct, frozen=True):
    """One key of a form: its action, its label in the hints and its sentence in the help."""

    keys: str
    action: str
    shown: str
    label: str
    help: str


RAISE_KEYS: tuple[FormKey, ...] = (
    FormKey("f5,ctrl+r", "send", "F5", "send", "Raise the event now (also ctrl+r, and enter in the quick line)"),
    FormKey("f4", "go_to_line", "F4", "line", "Go to the quick line"),
    FormKey("f3", "open('history')", "F3", "history", "Choose among the raises that were sent, also before a restart"),
    FormKey("f9,ctrl+t", "open('templates')", "F9", "templates", "Fill the form from a template, or save it as one"),
    FormKey("f10,ctrl+l", "open('many')", "F10", "many", "Raise many times at a rate, or for each row of a file"),
    FormKey(
        "f12,ctrl+y",
        "open('copy')",
        "F12",
        "copy",
        "Copy the raise as a command, a request, or lines of a script",
    ),
    FormKey("f2", "open('subscribe')", "F2", "subscribe", "Subscribe a socket to the event of the form"),
    FormKey("f6", "toggle_names", "F6", "values only", "Send only the values, or names and values"),
    FormKey("f8", "remove_row", "F8", "remove", "Remove the row with the cursor"),
    FormKey("f7", "clear_rows", "F7", "clear", "Remove all rows; with no rows, fill them in again"),
    FormKey("shift+up", "move_row(-1)", "", "", "Move the row with the cursor up"),
    FormKey("shift+down", "move_row(1)", "", "", "Move the row with the cursor down"),
)

SUBSCRIBE_KEYS: tuple[FormKey, ...] = (
    FormKey("f5,ctrl+r", "submit", "enter", "subscribe", "Subscribe to each event named (also F5 or ctrl+r)"),
    FormKey("escape", "cancel", "esc", "cancel", "Close without subscribing"),
)

EXPORT_KEYS: tuple[FormKey, ...] = (
    FormKey("enter,f5", "submit", "enter", "write", "Write the file; a second time when it replaces one (also F5)"),
    FormKey("tab", "next_field(1)", "tab", "complete", "Complete a directory of the path, or go to the next field"),
    FormKey("escape", "cancel", "esc", "cancel", "Stop writing, or close; what was begun leaves no file"),
)

TAKE_KEY = FormKey("enter", "take", "enter", "take", "Take the marked line")
CLOSE_KEY = FormKey("escape", "cancel", "esc", "close", "Close")
SAVE_KEY = FormKey("f5,ctrl+s", "save", "F5", "save as", "Save the form under the typed name")

RUN_KEYS: tuple[FormKey, ...] = (
    FormKey("f5,ctrl+r", "start", "enter", "start", "Begin to raise (also F5 or ctrl+r)"),
    FormKey("escape", "cancel", "esc", "cancel", "End the run, or close"),
)


FILTER_KEYS: tuple[FormKey, ...] = (
    FormKey("enter", "open_line", "enter", "change, use", "Change the filter, or use a saved one"),
    FormKey("a,f", "add", "a", "add", "Add a filter (also f)"),
    FormKey("space", "switch", "space", "on/off", "Switch the filter off, or on again"),
    FormKey("o", "turn_round", "o", "out/in", "Leave out what the filter shows, or show it again"),
    FormKey("s", "save", "s", "save", "Save the filter under a name"),
    FormKey("d,delete", "remove", "d", "remove", "Remove the filter, or delete a saved one (also delete)"),
    FormKey("escape,q,F", "dismiss", "esc", "close", "Close the list"),
)

RULE_KEYS: tuple[FormKey, ...] = (
    FormKey("enter", "open_line", "enter", "change", "Change the rule"),
    FormKey("a,w", "add", "a", "add", "Add a rule, which begins with the filter or with what was selected (also w)"),
    FormKey("space", "switch", "space", "on/off", "Switch the rule off, or on again"),
    FormKey("s", "save", "s", "save", "Save the rule under a name"),
    FormKey("d,delete", "remove", "d", "remove", "Remove the rule, also a saved one (also delete)"),
    FormKey("escape,q", "dismiss", "esc", "close", "Close the list"),
)

SERVER_KEYS: tuple[FormKey, ...] = (
    FormKey("enter", "open_line", "enter", "only this one", "Show only what happens at this server"),
    FormKey("escape,q", "cancel", "esc", "close", "Close the list"),
)


FIELD_KEYS: tuple[FormKey, ...] = (
    FormKey("tab", "", "", "", "Go to the next field, or complete what is typed"),
    FormKey("shift+tab", "", "", "", "Go to the field before"),
)
"""Keys of dialogs with several fields."""

EXPIRY_KEYS: tuple[FormKey, ...] = (
    FormKey("enter,f5", "submit", "enter", "change", "Change the expiry (also F5); an empty field lets it never end"),
    FormKey("escape", "cancel", "esc", "cancel", "Close without a change"),
)

PICK_KEYS: tuple[FormKey, ...] = (
    TAKE_KEY,
    FormKey("up", "mark(-1)", "", "", "Mark the line above"),
    FormKey("down", "mark(1)", "", "", "Mark the line below"),
    FormKey(SAVE_KEY.keys, "save", "", "", "Save the form under the typed name, in the list of templates"),
    CLOSE_KEY,
)
"""The keys of the lists to pick from: history, templates, forms of a copy. Typed words narrow a list."""

WHY_KEYS: tuple[FormKey, ...] = (
    FormKey("down,j", "scroll(1)", "", "", "Scroll down a line"),
    FormKey("up,k", "scroll(-1)", "", "", "Scroll up a line"),
    FormKey("escape,q,W,enter", "dismiss", "esc", "close", "Close the timeline"),
)

JUMP_KEYS: tuple[FormKey, ...] = (
    FormKey("backspace", "take_back", "", "", "Take the letter back that was typed last"),
    FormKey("escape,apostrophe,ctrl+j,enter", "close", "esc", "close", "Leave everything as it was"),
)
"""Letters go to the line or the pane beside which they stand, a number goes to the pane of that number."""

PALETTE_KEYS: tuple[FormKey, ...] = (
    FormKey("enter", "", "", "", "Do the marked action, or go to the marked place"),
    FormKey("up", "", "", "", "Mark the line above"),
    FormKey("down", "", "", "", "Mark the line below"),
    FormKey("pageup", "", "", "", "A page up"),
    FormKey("pagedown", "", "", "", "A page down"),
    FormKey("escape", "", "esc", "close", "Close the palette"),
)
"""The keys of the palette, which are bound by Textual."""

PROMPT_KEYS: tuple[FormKey, ...] = (
    FormKey("enter", "", "", "", "Keep what was typed"),
    FormKey("tab", "prompt_take", "", "", "Put the marked offer in the place of what was typed"),
    FormKey("down", "prompt_step(1)", "", "", "Mark the next offer; in a search, go to the next match"),
    FormKey("up", "prompt_step(-1)", "", "", "Mark the offer before; in a search, go to the match before"),
    FormKey("pageup,ctrl+up", "prompt_earlier(-1)", "", "", "A text that was typed before"),
    FormKey("pagedown,ctrl+down", "prompt_earlier(1)", "", "", "A text that was typed later"),
    FormKey("escape", "prompt_end", "", "", "Close the line; what was shown before is shown again"),
)
"""The keys of the line that searches, filters, rules and names are typed into."""


def bindings(keys: Iterable[FormKey]) -> list[Binding]:
    """Return the bindings of a table."""
    return [Binding(key.keys, key.action, key.label or key.help, show=False) for key in keys]
