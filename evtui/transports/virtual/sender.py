"""The ways through the members of a virtual socket: one after the other, or each in its turn."""

from collections.abc import Sequence

import anyio

from evtui.core.errors import DeliveryError
from evtui.core.ports import Clock
from evtui.core.transport import Notification, Settle
from evtui.transports.virtual.member import MemberAttempt, Numbered, VirtualMember


class BatchResult:
    """What the members said of the notifications of one batch that are not delivered yet."""

    def __init__(self, members: int) -> None:
        self._members = members
        self._refused: dict[int, list[str]] = {}
        self._tried: dict[int, set[VirtualMember]] = {}
        self._broken: dict[VirtualMember, str] = {}

    def tried(self, place: int) -> set[VirtualMember]:
        """Return the members that had this notification."""
        return self._tried.setdefault(place, set())

    def note(self, member: VirtualMember, trial: MemberAttempt) -> None:
        """Remember what one member left."""
        for item in trial.left:
            self.tried(item.place).add(member)
        for place, reason in trial.refused.items():
            self._refused.setdefault(place, []).append(f"{member.name}: {reason}")
        if trial.broken is not None:
            self._broken[member] = trial.broken

    def close(self, left: Sequence[Numbered], settle: Settle) -> None:
        """Settle what every member refused for good.

        raises DeliveryError: there is more, which a member that is away may take later.
        """
        for item in left:
            refused = self._refused.get(item.place, [])
            if len(refused) == self._members:
                settle(item.place, "; ".join(refused))
        if any(len(self._refused.get(item.place, [])) < self._members for item in left):
            raise DeliveryError("; ".join(f"{member.name}: {why}" for member, why in self._broken.items()))


class _Chooser:
    """What both ways have in common."""

    def __init__(self, members: Sequence[VirtualMember], rest: float, clock: Clock) -> None:
        """`rest`: seconds a member that failed is left alone; `clock` is monotonic."""
        self._members = tuple(members)
        self._rest = rest
        self._clock = clock
        self.window = max(member.window for member in members)
        self.confirms = all(member.confirms for member in members)

    async def aclose(self) -> None:
        """Let go of the members' links."""
        for member in self._members:
            await member.aclose()

    def _rests(self, member: VirtualMember) -> bool:
        return self._clock() < member.rests_until

    async def _deliver(
        self, member: VirtualMember, notifications: Sequence[Numbered], settle: Settle, result: BatchResult
    ) -> MemberAttempt:
        trial = await member.deliver(notifications, settle)
        member.rests_until = self._clock() + self._rest if trial.failed else float("-inf")
        result.note(member, trial)
        return trial


class FailoverSender(_Chooser):
    """The first member that takes a notification gets it; one that failed is left alone for a while, then tried first
    again.

    When all are to be left alone all are tried in order: there is nobody else to spare them for.
    """

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deliver to the first member, what it does not take to the next, and so on.

        raises DeliveryError: no member took what is left.
        """
        result = BatchResult(len(self._members))
        left: Sequence[Numbered] = [Numbered(place, notification) for place, notification in enumerate(batch)]
        for member in sorted(self._members, key=self._rests):
            left = (await self._deliver(member, left, settle, result)).left
            if not left:
                return
        result.close(left, settle)


class RoundRobinSender(_Chooser):
    """Each notification goes to the next member; one that fails loses its turn, and its notifications go to those
    after it.

    The members work at the same time, each on its share of a batch.
    """

    def __init__(self, members: Sequence[VirtualMember], rest: float, clock: Clock) -> None:
        super().__init__(members, rest, clock)
        self._turn = 0

    async def send(self, batch: Sequence[Notification], settle: Settle) -> None:
        """Deal the notifications out, and again what a member does not take.

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
        """Return whose turn it is among those that did not have the notification; one that is left alone comes last."""
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
