"""Every screen, pane and dialog of the console, and the keys that open it on believable traffic."""

from collections.abc import Sequence

from msgspec import Struct

from tests.functional.console.console_scene import Scene
from tests.functional.console.test_console_pictures import Story, missed, scene, traffic
from tests.functional.processes.outage import OutageTransport, outage


class View(Struct, frozen=True):
    """One thing to look at."""

    name: str
    keys: Sequence[str]
    story: str = "traffic"
    """What happened before: `traffic`, `outage`, `missed`, or nothing."""
    script: bool = False
    pane: str = ""
    """The pane that is active."""
    screen: str = "ConsoleScreen"
    """The class of the screen in front."""


VIEWS: tuple[View, ...] = (
    View("first-start", (), story=""),
    View("tour", ("2", "colon", *"tour", "enter"), story=""),
    View("stream", ("1", "up", "up"), pane="stream"),
    View("stream-paused", ("1", "space")),
    View("stream-filtered", ("1", "f", *"event~CALL", "enter")),
    View("events", ("2",), pane="events"),
    View("subscribers", ("3", "down"), pane="subscribers"),
    View("raise", ("2", "home", "down", "down", "r"), pane="raise"),
    View("raise-result", ("2", "home", "down", "down", "r", "f5")),
    View("raise-line", ("2", "home", "down", "r", "f4", *"ip=192.0.2.1 count:=")),
    View("raise-history", ("2", "home", "down", "r", "f5", "f3"), screen="PickDialog"),
    View("raise-templates", ("2", "home", "down", "r", "f9"), screen="PickDialog"),
    View("raise-many", ("2", "home", "down", "r", "f10"), screen="RunDialog"),
    View("raise-copy", ("2", "home", "down", "r", "f12"), screen="PickDialog"),
    View("detail-tree", ("1", "up", "enter", "t"), pane="detail"),
    View("detail-pretty", ("1", "up", "enter", "p")),
    View("detail-hex", ("1", "up", "enter", "h")),
    View("detail-event", ("2", "home", "down", "enter")),
    View("detail-subscriber", ("3", "end", "up", "enter")),
    View("subscribe", ("2", "home", "down", "s"), screen="SubscribeDialog"),
    View("subscribe-wrong", ("2", "home", "down", "s", *"udp:127.0.0.1", "f5"), screen="SubscribeDialog"),
    View("expiry", ("3", "down", "E"), screen="ExpiryDialog"),
    View("export", ("1", "up", "e"), screen="ExportDialog"),
    View("copy-as", ("1", "up", "Y"), screen="PickDialog"),
    View("filters", ("1", "f", *"event~CALL", "enter", "F"), screen="FiltersScreen"),
    View("why", ("3", "W"), story="missed", screen="WhyScreen"),
    View("search", ("1", "slash", *"alice")),
    View("filter", ("1", "f", *"event~CA")),
    View("filter-wrong", ("1", "f", *"event~CALL and not outcome=faild")),
    View("help", ("question_mark",), screen="HelpScreen"),
    View("go-to", ("1", "apostrophe"), screen="JumpScreen"),
    View("palette", ("ctrl+p",), screen="Palette"),
    View("themes", ("T",), screen="Palette"),
    View("queues", ("3", "down"), story="outage"),
    View("queues-stream", ("1", "up", "up"), story="outage"),
    View("watch-rules", ("1", "w"), screen="RulesScreen"),
    View("servers", ("1", "V"), screen="ServersScreen"),
    View("statistics", ("S",), pane="charts", screen="StatisticsScreen"),
    View("statistics-tables", ("S", "tab"), pane="tables", screen="StatisticsScreen"),
    View("script-routes", ("6", "down", "down"), script=True, pane="routes", screen="ScriptScreen"),
    View("script-file", ("7", "down"), script=True, pane="file", screen="ScriptScreen"),
    View("script-findings", ("8",), script=True, pane="findings", screen="ScriptScreen"),
    View("script-log", ("9",), script=True, pane="log", screen="ScriptScreen"),
    View("no-script", ("6",), story="", screen="ScriptScreen"),
)

_STORIES: dict[str, Story] = {"traffic": traffic, "missed": missed}


def made(view: View, theme: str = "evtui-dark") -> tuple[Scene, Story | None]:
    """Make the console of a view, and what happens in it before its keys are pressed."""
    if view.story == "outage":
        transport = OutageTransport()
        return Scene(transport=transport, theme=theme), outage(transport)
    options: dict[str, str | bool] = {"theme": theme, "script": view.script}
    return scene(**options), _STORIES.get(view.story)
