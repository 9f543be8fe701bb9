"""The configuration of this process: made of its script, its file, its environment and its command line."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import platformdirs

from evtui.config.config_loader import LoadedConfig, combine_settings
from evtui.config.setting_sources import FILE_NAME, GivenSetting, gather_settings


def read_config(file: Path | None, environ: Mapping[str, str], options: Sequence[GivenSetting]) -> LoadedConfig:
    """Read the configuration of the program. `file` is, when None, `EVTUI_CONFIG`, else the user's evtui.toml if any.

    raises BadSettingError, ScriptFileError, ScriptError.
    """
    if file is None and environ.get("EVTUI_CONFIG"):
        file = Path(environ["EVTUI_CONFIG"])
    default = Path(platformdirs.user_config_path("evtui"), FILE_NAME)
    return combine_with_script(gather_settings(file=file, default_file=default, environ=environ, options=options))


def combine_with_script(given: list[GivenSetting]) -> LoadedConfig:
    """Make the configuration of all given settings; the modparams of the configured script have the lowest rank.

    raises BadSettingError. ScriptFileError, ScriptError: the script cannot be read.
    """
    loaded = combine_settings(given)
    if not loaded.config.script.files:
        return loaded
    # On first use: without a script nothing of its language is loaded.
    from evtui.scripting.modparams import settings_of
    from evtui.scripting.script_files import read_script, scripts_of

    script, m4 = loaded.config.script, loaded.config.script.m4
    scripts = [read_script(*paths, m4=m4).script for paths in scripts_of(script.files, m4=m4)]
    return combine_settings([*settings_of(item for script in scripts for item in script.items), *given])
