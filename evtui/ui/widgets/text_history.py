"""Texts that were typed before, walked with two keys."""

from collections.abc import Sequence


class TextHistory:
    """Older texts behind the one that is being typed, the newest first; that one comes back at the end of the way."""

    def __init__(self, texts: Sequence[str], typed: str) -> None:
        """`texts`: the newest last."""
        self._texts = [*texts, typed]
        self._place = len(texts)

    def step(self, step: int) -> str | None:
        """Go to a newer text (1) or an older one (-1); None where the way ends."""
        place = self._place + step
        if not 0 <= place < len(self._texts):
            return None
        self._place = place
        return self._texts[place]
