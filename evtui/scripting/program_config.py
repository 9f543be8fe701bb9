"""The configuration of this process: made of its script, its file, its environment and its command line."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import platformdirs
from msgspec.structs import replace

from evtui.config.chosen_profile import chosen_profile
from evtui.config.config_loader import LoadedConfig, combine_settings
from evtui.config.setting_sources import FILE_NAME, GivenSetting, gather_settings
from evtui.config.system_file import read_system_file

DEFAULT_PLACE: Final = "default"
"""The rule that chooses evtui.toml in the user's configuration directory."""


def read_config(
    file: Path | None, environ: Mapping[str, str], options: Sequence[GivenSetting], profile: str | None = None
) -> LoadedConfig:
    """Read the configuration of the program. `file` is, when None, `EVTUI_CONFIG`, else the user's evtui.toml if any.

    Below it is the file of the host, if there is one.
    `profile` is, when None, `EVTUI_PROFILE`, else the default.
    raises BadSettingError, ScriptFileError, ScriptError.
    """
    place, origin = config_place(file, environ)
    which = {"default_file": place} if origin == DEFAULT_PLACE else {"file": place}
    chosen, system = chosen_profile(profile, environ), read_system_file(environ)
    given = gather_settings(**which, environ=environ, options=options, profile=chosen, system=system)
    return replace(combine_with_script(given), profile=chosen, notices=(system.notice,) if system.notice else ())


def config_place(file: Path | None, environ: Mapping[str, str]) -> tuple[Path, str]:
    """Return the configuration file and which rule chose it: `file` when given, `EVTUI_CONFIG`, or the default."""
    if file is not None:
        return file, "--config"
    if chosen := environ.get("EVTUI_CONFIG"):
        return Path(chosen), "EVTUI_CONFIG"
    return Path(platformdirs.user_config_path("evtui"), FILE_NAME), DEFAULT_PLACE


def combine_with_script(given: Sequence[GivenSetting]) -> LoadedConfig:
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
