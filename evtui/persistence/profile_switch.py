"""The profile of a running console: which there are, and the settings of the one that was chosen in it.

The next console begins with the settings of the chosen profile. What the engine of this process was started with stays
as it is until evtui itself is started again.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from evtui.config.config_loader import LoadedConfig
from evtui.config.setting_tree import all_settings

TAKEN: Final = ("ui.", "filters", "rules", "alert.", "log_file", "log_format")
"""The settings, and the beginnings of settings, that a console takes without a start of the engine."""


class Profiles(NamedTuple):
    """The profiles of the configuration of this process. Both functions block and raise EvtuiError."""

    names: Callable[[], Sequence[str]]
    """Lists them."""
    read: Callable[[str], LoadedConfig]
    """Reads the settings of one with those of the command line and the environment, and checks its servers."""


class ProfileSwitch:
    """Reads the settings of the profile that was chosen, and gives them to the next console."""

    def __init__(
        self, started: LoadedConfig, profiles: Profiles, prepare: Callable[[LoadedConfig], LoadedConfig], *,
        keeps_source: bool,
    ) -> None:  # fmt: skip
        """`started` is what the engine, or the connection to a server, was started with.

        `prepare` checks what only a console needs and begins its log, or raises EvtuiError. `keeps_source` says whether
        the engine goes on when another profile is chosen.
        """
        self._started = self._used = started
        self._profiles = profiles
        self._prepare = prepare
        self._chosen: LoadedConfig | None = None
        self.keeps_source = keeps_source

    @property
    def current(self) -> str:
        """Return the name of the profile that is used."""
        return self._used.profile.name

    def names(self) -> Sequence[str]:
        """List the profiles. Blocks. raises EvtuiError."""
        return self._profiles.names()

    def choose(self, name: str) -> None:
        """Read the settings of a profile. Blocks. raises EvtuiError: nothing has changed."""
        self._chosen = self._prepare(self._profiles.read(name))

    @property
    def is_chosen(self) -> bool:
        """Say whether a console with other settings follows."""
        return self._chosen is not None

    def take(self) -> LoadedConfig | None:
        """Return the settings with which the next console begins, once; None when no profile was chosen."""
        chosen, self._chosen = self._chosen, None
        if chosen is not None:
            self._used = chosen
        return chosen

    def take_kept(self) -> LoadedConfig | None:
        """Do the same where what is shown goes on; None where it ends with the console."""
        return self.take() if self.keeps_source else None

    @property
    def notices(self) -> Sequence[str]:
        """Say which settings of the profile do not count yet."""
        waiting = [
            setting.path for setting in all_settings()
            if not setting.path.startswith(TAKEN)
            and setting.value_in(self._started.config) != setting.value_in(self._used.config)
        ]  # fmt: skip
        return [f"profile {self.current}: from the next start of evtui on: {', '.join(waiting)}"] if waiting else []
