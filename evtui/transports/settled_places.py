"""Settling notifications whose places in a batch are not all neighbours."""

from collections.abc import Sequence

from evtui.core.transport import Settle


def settle_delivered(settle: Settle, places: Sequence[int]) -> None:
    """Settle the notifications at these places as delivered, in this order."""
    first = 0
    for number in range(1, len(places) + 1):
        if number == len(places) or places[number] != places[number - 1] + 1:
            settle.all_delivered(places[first], places[number - 1] + 1)
            first = number
