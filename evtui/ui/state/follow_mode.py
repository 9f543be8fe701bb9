"""Whether a view follows the newest lines or stands still."""

from typing import Literal, TypeAlias

FollowMode: TypeAlias = Literal["follow", "held", "paused"]
"""`follow`: the view moves on with every new line. `held`: it stands still since the cursor was moved up or the pane
was scrolled; going to the last line ends it. `paused`: it stands still since the pause key; the same key ends it."""
