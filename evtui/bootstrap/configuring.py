"""The configuration of this process: its file, its environment, its command line."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import platformdirs

from evtui.config.loading import FILE_NAME, Given, Loaded, load


def read_config(file: Path | None, environ: Mapping[str, str], options: Sequence[Given]) -> Loaded:
    """Read the named file (or `EVTUI_CONFIG`, else evtui.toml in the user's directory if there is one) and the rest.

    raises BadSettingError.
    """
    if file is None and environ.get("EVTUI_CONFIG"):
        file = Path(environ["EVTUI_CONFIG"])
    default = Path(platformdirs.user_config_path("evtui"), FILE_NAME)
    return load(file=file, default_file=default, environ=environ, options=options)
