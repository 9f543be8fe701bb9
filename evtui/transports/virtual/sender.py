"""The senders of virtual sockets: FAILOVER tries one member after the other, ROUND-ROBIN each in its turn."""

from collections.abc import Sequence

import anyio

from evtui.core.errors import DeliveryError
from evtui.core.ports import Clock
from evtui.core.transport import Notification, Settle
from evtui.transports.virtual.member import MemberAttempt, Numbered, VirtualMember


class BatchResult:
    """The results of the members for the notifications of one batch that are not delivered yet."""

    def __init__(self, members: int) -> None:
        self._members = members
        self._refused: dict[int, list[str]] = {}
        self._tried: dict[int, set[VirtualMember]] = {}
        self._broken: dict[VirtualMember, str] = {}

    def tried(self, place: int) -> set[VirtualMember]:
        """Return the members that tried this notification."""
        return self._tried.setdefault(place, set())

    def note(self, member: VirtualMember, attempt: MemberAttempt) -> None:
        """Add the result of one member."""
        for item in attempt.left:
            self.tried(item.place).add(member)
        for place, reason in attempt.refused.items():
            self._refused.setdefault(place, []).append(f"{member.name}: {reason}")
        if attempt.broken is not None:
            self._broken[member] = attempt.broken

    def close(self, left: Sequence[Numbered], settle: Settle) -> None:
        """Settle the notifications that every member refused for good.

        raises DeliveryError: others are left, and a member that is away may take them later.
        """
        for item in left:
            refused = self._refused.get(item.place, [])
            if len(refused) == self._members:
                settle(item.place, "; ".join(refused))
        if any(len(self._refused.get(item.place, [])) < self._members for item in left):
            raise DeliveryError("; ".join(f"{member.name}: {why}" for member, why in self._broken.items()))


class _MemberSender:
    """What both senders have in common."""

    def __init__(self, members: Sequence[VirtualMember], rest: float, clock: Clock) -> None:
        """`rest`: seconds during which a member that failed is not tried; `clock` counts monotonic seconds."""
        self._members = tuple(members)
        self._rest = rest
        self._clock = clock
        self.window = max(member.window for member in members)
        self.confirms = all(member.confirms for member in members)

    async def aclose(self) -> None:
        """Close the connections of the members."""
        for member in self._members:
            await member.aclose()

    def _rests(self, member: VirtualMember) -> bool:
        return self._clock() < member.rests_until

    async def _deliver(
        self, member: VirtualMember, notifications: Sequence[Numbered], settle: Settle, result: BatchResult
    ) -> MemberAttempt:
        attempt = await member.deliver(notifications, settle)
        member.rests_until = self._clock() + self._rest if attempt.failed else float("-inf")
        result.note(member, attempt)
        return attempt


class FailoverSender(_MemberSender):
    """Gives each notification to the first member that takes it.

    A member that failed is tried last for some seconds, then in its own place again. When all members failed, all are
    tried in order.
    """

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Give the batch to the first member, what it leaves to the next, and so on.

        raises DeliveryError: no member took what is left.
        """
        result = BatchResult(len(self._members))
        left: Sequence[Numbered] = [Numbered(place, notification) for place, notification in enumerate(batch)]
        for member in sorted(self._members, key=self._rests):
            left = (await self._deliver(member, left, settle, result)).left
            if not left:
                return
        result.close(left, settle)


class RoundRobinSender(_MemberSender):
    """Gives each notification to the next member in turn.

    A member that fails loses its turn, and the members after it get its notifications. The members work at the same
    time, each on its share of a batch.
    """

    def __init__(self, members: Sequence[VirtualMember], rest: float, clock: Clock) -> None:
        super().__init__(members, rest, clock)
        self._turn = 0

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deal out the notifications, then deal out again what a member leaves.

        raises DeliveryError: no member took what is left.
        """
        result = BatchResult(len(self._members))
        left = [Numbered(place, notification) for place, notification in enumerate(batch)]
        lost: list[Numbered] = []
        while left:
            shares: dict[VirtualMember, list[Numbered]] = {}
            for item in left:
                member = self._next(result.tried(item.place))
                if member is None:
                    lost.append(item)
                else:
                    shares.setdefault(member, []).append(item)
            left = await self._deal(shares, settle, result)
        if lost:
            result.close(sorted(lost, key=_place), settle)

    async def _deal(
        self, shares: dict[VirtualMember, list[Numbered]], settle: Settle, result: BatchResult
    ) -> list[Numbered]:
        left: list[Numbered] = []

        async def serve(member: VirtualMember, share: list[Numbered]) -> None:
            left.extend((await self._deliver(member, share, settle, result)).left)

        async with anyio.create_task_group() as tasks:
            for member, share in shares.items():
                tasks.start_soon(serve, member, share)
        return sorted(left, key=_place)

    def _next(self, tried: set[VirtualMember]) -> VirtualMember | None:
        """Return the next member that did not try the notification; one that failed lately comes last."""
        count = len(self._members)
        places = [(self._turn + step) % count for step in range(count)]
        open_places = [place for place in places if self._members[place] not in tried]
        if not open_places:
            return None
        place = min(open_places, key=lambda place: self._rests(self._members[place]))
        self._turn = (place + 1) % count
        return self._members[place]


def _place(item: Numbered) -> int:
    return item.place
