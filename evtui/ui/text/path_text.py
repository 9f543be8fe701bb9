"""The path of a file as a notice shows it."""

from pathlib import Path

from evtui.codecs.display_text import display_safe


def path_text(path: str | Path) -> str:
    """Write a path made safe to show, with ~ for the home directory: a notice has one line."""
    whole = str(path)
    try:
        home = str(Path.home())
    except RuntimeError:  # this user has none
        return display_safe(whole, 200)
    is_within = len(home) > 1 and whole.startswith(f"{home}/")
    return display_safe(f"~{whole[len(home) :]}" if is_within else whole, 200)
