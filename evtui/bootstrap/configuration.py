"""The configuration of this process: its file, its environment, its command line."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import platformdirs

from evtui.config.config_loader import LoadedConfig, combine_settings
from evtui.config.setting_sources import FILE_NAME, GivenSetting, gather_settings


def read_config(file: Path | None, environ: Mapping[str, str], options: Sequence[GivenSetting]) -> LoadedConfig:
    """Read the named file (or `EVTUI_CONFIG`, else evtui.toml in the user's directory if there is one) and the rest.

    raises BadSettingError, ScriptFileError, ScriptError.
    """
    if file is None and environ.get("EVTUI_CONFIG"):
        file = Path(environ["EVTUI_CONFIG"])
    default = Path(platformdirs.user_config_path("evtui"), FILE_NAME)
    return combine_with_script(gather_settings(file=file, default_file=default, environ=environ, options=options))


def combine_with_script(given: list[GivenSetting]) -> LoadedConfig:
    """Make the configuration of what is given; what the modparams of its script say has the lowest rank.

    raises BadSettingError. ScriptFileError, ScriptError: the script cannot be read.
    """
    loaded = combine_settings(given)
    if not loaded.config.script.files:
        return loaded
    # On first use: without a script nothing of its language is loaded.
    from evtui.scripting.modparams import settings_of
    from evtui.scripting.script_files import read_script

    scripts = [read_script(Path(name)).script for name in loaded.config.script.files]
    return combine_settings([*settings_of(item for script in scripts for item in script.items), *given])
