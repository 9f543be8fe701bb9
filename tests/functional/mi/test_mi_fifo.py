"""The FIFO listener against clients that are slow, gone, hostile or broken."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

import anyio
import pytest

from evtui.mi.listeners import reply_fifo
from evtui.mi.listeners.listen_error import ListenError
from tests.functional.mi.mi_world import ReplyFifo, World, ask_fifo, eventually, fifo_server, write_fifo
from tests.limits import HANG

PWD = b":REPLY:" + b'{"jsonrpc":"2.0","id":1,"method":"pwd"}'
ANSWER = b'{"jsonrpc":"2.0","result":{"WD":"/"},"id":1}'


@pytest.fixture
def world() -> Generator[World]:
    world = World(["E_X"])
    yield world
    world.close()


async def _still_serves(directory: Path) -> bool:
    return await ask_fifo(directory / "fifo", directory, PWD, ANSWER) == ANSWER


async def test_the_fifo_is_for_its_owner_alone_and_is_removed_at_the_end(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path) as where:
        mode = (tmp_path / "fifo").lstat().st_mode
    assert where == f"fifo:{tmp_path}/fifo"
    assert stat.S_ISFIFO(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert not (tmp_path / "fifo").exists()


async def test_a_second_server_on_the_same_fifo_is_refused_and_harms_nothing(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        with pytest.RaisesGroup(
            pytest.RaisesExc(ListenError, match="another server reads it", check=lambda error: error.taken)
        ):
            async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
                pass
        assert await _still_serves(tmp_path)


@pytest.mark.parametrize("kind", ["file", "link", "directory", "missing directory", "hard link"])
async def test_a_path_that_cannot_be_used_is_refused(kind: str, world: World, tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    match kind:
        case "file":
            path.write_text("precious")
        case "link":
            os.mkfifo(tmp_path / "other")
            path.symlink_to(tmp_path / "other")
        case "directory":
            path.mkdir()
        case "hard link":
            os.mkfifo(tmp_path / "other")
            path.hardlink_to(tmp_path / "other")
        case _:
            path = tmp_path / "none" / "fifo"
    with pytest.RaisesGroup(ListenError):
        async with fifo_server(world.dispatcher, path, tmp_path):
            pass
    if kind == "file":
        assert path.read_text() == "precious"


async def test_a_stale_fifo_of_this_user_is_taken_over(world: World, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o644)
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        assert stat.S_IMODE((tmp_path / "fifo").lstat().st_mode) == 0o600
        assert await _still_serves(tmp_path)


async def test_a_deleted_fifo_is_made_again(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path, time_limit=0.05):
        (tmp_path / "fifo").unlink()
        await eventually((tmp_path / "fifo").exists)
        assert await _still_serves(tmp_path)
    assert world.dispatcher.statistics.fifo_recreated == 1


async def test_a_reader_that_never_comes_costs_the_others_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_fifo, "OPEN_TIME", 2 * HANG)  # the tries for the first: meanwhile the others are served
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        os.mkfifo(tmp_path / "deaf")
        for _ in range(50):
            write_fifo(tmp_path / "fifo", PWD.replace(b"REPLY", b"deaf"))
        with anyio.fail_after(HANG):
            assert await _still_serves(tmp_path)
        assert world.dispatcher.statistics.fifo_replies_lost == 0  # the first of the deaf is not given up yet


@pytest.mark.parametrize("request_", [PWD, b":pwd:REPLY\n\n"])
async def test_a_reply_waits_for_a_fifo_that_comes_or_gets_room_later(
    request_: bytes, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply_fifo, "OPEN_TIME", 2 * HANG)
    answer = ANSWER if request_ is PWD else b"200 OK\nWD:: /\n\n"
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        write_fifo(tmp_path / "fifo", request_.replace(b"REPLY", b"late"))
        if request_ is PWD:  # one of the line protocol is not run before its reply can be written
            await eventually(lambda: world.dispatcher.statistics.requests == 1)
        late = ReplyFifo(tmp_path / "late")
        assert await late.read(answer) == answer
        late.close()
        full = ReplyFifo(tmp_path / "full")
        fd = os.open(full.path, os.O_WRONLY | os.O_NONBLOCK)
        filling = b"x" * os.write(fd, b"x" * (1 << 20))
        os.close(fd)
        write_fifo(tmp_path / "fifo", request_.replace(b"REPLY", b"full"))
        await eventually(lambda: world.dispatcher.statistics.requests == 2)
        assert await full.read(filling + answer) == filling + answer
        full.close()
    assert world.dispatcher.statistics.fifo_replies_lost == 0


async def test_a_reply_without_a_reader_is_given_up_and_counted(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        os.mkfifo(tmp_path / "deaf")
        write_fifo(tmp_path / "fifo", PWD.replace(b"REPLY", b"deaf"))
        write_fifo(tmp_path / "fifo", PWD.replace(b"REPLY", b"missing"))
        await eventually(lambda: world.dispatcher.statistics.fifo_replies_lost == 2)


async def test_a_line_request_is_not_run_when_its_reply_has_no_reader(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        write_fifo(tmp_path / "fifo", b":event_subscribe:missing\nE_X\nudp:127.0.0.1:9000\n\n")
        await eventually(lambda: world.dispatcher.statistics.fifo_replies_lost == 1)
    assert world.engine.subscription_states("E_X") == ()


async def test_a_reply_longer_than_the_pipe_is_written_whole_to_a_slow_reader(world: World, tmp_path: Path) -> None:
    for number in range(5000):
        world.engine.publish(f"E_LONG_NAME_OF_A_DYNAMIC_EVENT_{number}")
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        reply = ReplyFifo(tmp_path / "slow")
        write_fifo(tmp_path / "fifo", b':slow:{"jsonrpc":"2.0","id":1,"method":"events_list"}')
        assert await _still_serves(tmp_path)
        got = await reply.read()
        reply.close()
    assert len(got) > 200_000
    assert got.endswith(b'"id":1}')


async def test_a_reader_that_stops_reading_is_given_up_and_counted(world: World, tmp_path: Path) -> None:
    for number in range(5000):
        world.engine.publish(f"E_LONG_NAME_OF_A_DYNAMIC_EVENT_{number}")
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path, time_limit=0.2):
        reply = ReplyFifo(tmp_path / "stuck")
        write_fifo(tmp_path / "fifo", b':stuck:{"jsonrpc":"2.0","id":1,"method":"events_list"}')
        await eventually(lambda: world.dispatcher.statistics.fifo_replies_lost == 1)
        reply.close()
        assert await _still_serves(tmp_path)


@pytest.mark.parametrize("name", [b"../reply", b"a.b", b"a\\b", b"/tmp/reply", b"x" * 300, b"a\0b"])
async def test_a_reply_name_that_is_no_plain_name_is_refused(name: bytes, world: World, tmp_path: Path) -> None:
    subscribe = b'{"jsonrpc":"2.0","id":1,"method":"event_subscribe","params":["E_X","udp:127.0.0.1:9000"]}'
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        write_fifo(tmp_path / "fifo", b":" + name + b":" + subscribe)
        assert await _still_serves(tmp_path)
    assert world.dispatcher.statistics.fifo_replies_lost == 1
    assert world.engine.subscription_states("E_X") == ()


@pytest.mark.parametrize("kind", ["file", "link"])
async def test_a_reply_never_goes_into_a_file_or_through_a_link(kind: str, world: World, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    if kind == "link":
        (tmp_path / "reply").symlink_to(precious)
    else:
        precious.rename(tmp_path / "reply")
        precious = tmp_path / "reply"
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        write_fifo(tmp_path / "fifo", PWD.replace(b"REPLY", b"reply"))
        assert await _still_serves(tmp_path)
    assert precious.read_text() == "precious"
    assert world.dispatcher.statistics.fifo_replies_lost == 1


@pytest.mark.parametrize(
    "garbage",
    [
        b"nonsense\n",
        b"\0\xff\xfe\x80\n",
        b":::::\n",
        b"{}[]\n",
        b":x\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\n\n  \n",
        b"::{}",
    ],
)
async def test_bytes_that_are_no_request_are_dropped_and_the_next_one_is_served(
    garbage: bytes, world: World, tmp_path: Path
) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        write_fifo(tmp_path / "fifo", garbage)
        assert await _still_serves(tmp_path)


async def test_an_unfinished_request_is_answered_dropped_and_the_next_one_served(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path, time_limit=0.1):
        answer = await ask_fifo(tmp_path / "fifo", tmp_path, b':REPLY:{"jsonrpc":"2.0",')
        classic = await ask_fifo(tmp_path / "fifo", tmp_path, b":event_subscribe:REPLY\nE_X\n")
        assert await _still_serves(tmp_path)
    assert b'"code":-32700' in answer
    assert classic == b"400 Parse error in command 'event_subscribe'\n"
    assert world.dispatcher.statistics.fifo_unfinished == 2


async def test_an_unfinished_classic_request_does_not_swallow_the_next_clients(world: World, tmp_path: Path) -> None:
    first = ReplyFifo(tmp_path / "first")
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        for broken, complaint in [
            (b":version:first\n", b"400 Parse error in command 'version'\n"),
            (b":event_subscribe:first\nE_X\n", b"400 Parse error in command 'event_subscribe'\n"),
        ]:
            write_fifo(tmp_path / "fifo", broken)
            answer = await ask_fifo(tmp_path / "fifo", tmp_path, b":pwd:REPLY\n\n", b"200 OK\nWD:: /\n\n")
            assert answer == b"200 OK\nWD:: /\n\n"
            assert await first.read(complaint) == complaint
        write_fifo(tmp_path / "fifo", b":version:first\n")
        assert await ask_fifo(tmp_path / "fifo", tmp_path, PWD, ANSWER) == ANSWER
    first.close()
    assert world.dispatcher.statistics.fifo_unfinished == 3


@pytest.mark.parametrize("unfinished", [b'{"jsonrpc":"2.0","id":1,', b'{"jsonrpc":"2.0","method":"rai'])
async def test_an_unfinished_request_keeps_nobody_waiting(unfinished: bytes, world: World, tmp_path: Path) -> None:
    first = ReplyFifo(tmp_path / "first")
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path, time_limit=10 * HANG):
        write_fifo(tmp_path / "fifo", b":first:" + unfinished)
        for _ in range(3):
            assert await ask_fifo(tmp_path / "fifo", tmp_path, PWD, ANSWER) == ANSWER
        assert b'"code":-32700' in await first.read()
    first.close()
    assert world.dispatcher.statistics.fifo_unfinished == 1


@pytest.mark.parametrize("body", [b'{"a":"' + b"x" * 40_000 + b'"}', b"[" * 40_000 + b"]" * 40_000])
async def test_a_request_that_is_too_long_is_refused_and_the_next_one_served(
    body: bytes, world: World, tmp_path: Path
) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path, max_request=10_000):
        answer = await ask_fifo(tmp_path / "fifo", tmp_path, b":REPLY:" + body)
        assert await _still_serves(tmp_path)
    assert b'"code":-32600' in answer
    assert b"too long" in answer
    assert world.dispatcher.statistics.fifo_too_long == 1


async def test_a_request_of_a_megabyte_in_many_writes_is_served(world: World, tmp_path: Path) -> None:
    body = b'{"jsonrpc":"2.0","id":1,"method":"pwd","ignored":"%s"}' % (b"x" * 1_000_000)
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        assert await ask_fifo(tmp_path / "fifo", tmp_path, b":REPLY:" + body, ANSWER) == ANSWER


async def test_a_request_in_pieces_with_pauses_is_served(world: World, tmp_path: Path) -> None:
    reply = ReplyFifo(tmp_path / "pieces")
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        for piece in (b":pwd:pie", b"ces\n", b"\n"):
            write_fifo(tmp_path / "fifo", piece)
            await anyio.wait_all_tasks_blocked()
        assert await reply.read(b"200 OK\nWD:: /\n\n") == b"200 OK\nWD:: /\n\n"
    reply.close()


async def test_a_thousand_requests_in_one_write_are_answered_in_order(world: World, tmp_path: Path) -> None:
    reply = ReplyFifo(tmp_path / "many")
    requests = b"".join(b':many:{"jsonrpc":"2.0","id":%d,"method":"pwd"}' % number for number in range(1000))
    answers = b"".join(b'{"jsonrpc":"2.0","result":{"WD":"/"},"id":%d}' % number for number in range(1000))
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path), anyio.create_task_group() as tasks:
        tasks.start_soon(anyio.to_thread.run_sync, write_fifo, tmp_path / "fifo", requests)
        assert await reply.read(answers) == answers
    reply.close()


async def test_both_protocols_follow_each_other_without_newlines_between(world: World, tmp_path: Path) -> None:
    async with fifo_server(world.dispatcher, tmp_path / "fifo", tmp_path):
        expected = ANSWER + b"200 OK\nWD:: /\n\n" + ANSWER
        assert await ask_fifo(tmp_path / "fifo", tmp_path, PWD + b":pwd:REPLY\n\n" + PWD, expected) == expected
