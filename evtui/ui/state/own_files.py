"""Where the console of a user keeps files, when nothing else was said."""

from pathlib import Path

from platformdirs import user_config_path, user_state_path

from evtui.ui.stream.filters.saved_filters import FILE_NAME


def own_files(files: Path | None, saved_filters: Path | None) -> tuple[Path, Path]:
    """Return the directory for copies and exports, and the file of saved filters: those of the user where not named."""
    return files or user_state_path("evtui"), saved_filters or user_config_path("evtui") / FILE_NAME
