"""evtui's own themes: one accent, one colour each for good, waiting and bad, and two greys for all else."""

from pathlib import Path

from textual.app import App
from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="evtui-dark",
    dark=True,
    primary="#7fb4ca",
    secondary="#8aa0b4",
    accent="#7fb4ca",
    foreground="#d3d8de",
    background="#12161b",
    surface="#171c22",
    panel="#20262e",
    boost="#262d36",
    success="#8fbc7a",
    warning="#e0b563",
    error="#e5737a",
    variables={
        "border": "#7fb4ca",
        "border-blurred": "#38414c",
        "block-cursor-foreground": "#12161b",
        "block-cursor-background": "#7fb4ca",
        "block-cursor-text-style": "none",
        "input-selection-background": "#7fb4ca 35%",
        "scrollbar": "#38414c",
        "scrollbar-hover": "#55606d",
        "scrollbar-active": "#7fb4ca",
        "scrollbar-background": "#12161b",
        "scrollbar-background-hover": "#12161b",
        "scrollbar-background-active": "#12161b",
        "scrollbar-corner-color": "#12161b",
        "footer-key-foreground": "#7fb4ca",
    },
)

LIGHT = Theme(
    name="evtui-light",
    dark=False,
    primary="#1f6f8b",
    secondary="#5b6b7a",
    accent="#1f6f8b",
    foreground="#20262d",
    background="#fbfaf7",
    surface="#f3f1ec",
    panel="#e8e5de",
    boost="#dedad1",
    success="#3a7d34",
    warning="#8f6400",
    error="#b3303b",
    variables={
        "border": "#1f6f8b",
        "border-blurred": "#c9c5bb",
        "block-cursor-foreground": "#fbfaf7",
        "block-cursor-background": "#1f6f8b",
        "block-cursor-text-style": "none",
        "input-selection-background": "#1f6f8b 25%",
        "scrollbar": "#c9c5bb",
        "scrollbar-hover": "#a8a398",
        "scrollbar-active": "#1f6f8b",
        "scrollbar-background": "#fbfaf7",
        "scrollbar-background-hover": "#fbfaf7",
        "scrollbar-background-active": "#fbfaf7",
        "scrollbar-corner-color": "#fbfaf7",
        "footer-key-foreground": "#1f6f8b",
    },
)

THEMES = (DARK, LIGHT)


def begin_with(app: App[int], name: str) -> None:
    """Give an app one of its themes before it runs.

    Setting `App.theme` has every style sheet read twice before the first paint. For a dark theme, as the one is that an
    app has when it is made, its variables are all that differs.
    """
    theme = app.available_themes[name]
    if app.is_running or theme.ansi or not theme.dark or not app.current_theme.dark:
        app.theme = name
        return
    app.set_class(False, f"-theme-{app.theme}", update=False)
    app.set_class(True, f"-theme-{name}", update=False)
    app.set_reactive(App.theme, name)
    app.stylesheet.set_variables(app.get_css_variables())


def theme_names() -> tuple[str, ...]:
    """List the themes to choose from: those of evtui and of Textual."""
    return tuple(sorted({*BUILTIN_THEMES, *(theme.name for theme in THEMES)}))


def styles() -> Path:
    """Return the folder of the style sheets: beside the package in a checkout, inside it in a wheel."""
    package = Path(__file__).parents[1]
    packed = package / "styles"
    return packed if packed.is_dir() else package.parent / "styles"
