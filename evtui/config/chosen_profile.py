"""The profile of a run, and what chose it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from evtui.config.profiles import DEFAULT_PROFILE, PROFILE_VARIABLE

if TYPE_CHECKING:
    from pathlib import Path


class ChosenProfile(Struct, frozen=True):
    """The profile of a run, and what chose it: `--profile`, the environment, or nothing."""

    name: str = DEFAULT_PROFILE
    origin: str = "default"

    @property
    def is_default(self) -> bool:
        """Say whether it is the configuration file without a profile."""
        return self.name == DEFAULT_PROFILE

    def memory_dir(self) -> "Path":
        """Return the directory of what its console remembers; it may not exist yet.

        That of the default profile is the state directory itself.
        """
        from platformdirs import user_state_path  # on first use: most commands remember nothing

        state = user_state_path("evtui")
        return state if self.is_default else state / "profiles" / self.name


def chosen_profile(name: str | None, environ: Mapping[str, str]) -> ChosenProfile:
    """Return the profile of a run: that of `--profile` when it is given, that of `EVTUI_PROFILE`, or the default."""
    if name is not None:
        return ChosenProfile(name, "command line --profile")
    if chosen := environ.get(PROFILE_VARIABLE):
        return ChosenProfile(chosen, f"environment {PROFILE_VARIABLE}")
    return ChosenProfile()
