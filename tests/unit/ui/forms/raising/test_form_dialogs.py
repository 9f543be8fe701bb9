"""The dialogs of the raise form by keyboard: history, templates, many raises, copies."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from evtui.core.values import Params
from evtui.raising.raise_history import RaiseHistory, SentRaise
from evtui.raising.template_files import SavedTemplate, TemplateFolder
from evtui.ui.forms.raising.form_tools import FormTools, RaiseFiles
from evtui.ui.forms.raising.pick_dialog import PickDialog
from evtui.ui.forms.raising.quick_field import QuickField
from evtui.ui.forms.raising.raise_form import RaiseForm
from evtui.ui.forms.raising.run_dialog import BadField, RunDialog, read_plan
from evtui.ui.messages import Notice
from evtui.ui.widgets.path_field import PathField
from tests.limits import HANG
from tests.unit.ui.form_fakes import FakeBackend
from tests.unit.ui.form_host import Host, painted

SIZES = [(60, 20), (80, 24), (120, 40), (200, 50)]


class FileHost(Host):
    """A host that keeps what is told, and what is copied."""

    def __init__(self, form: RaiseForm) -> None:
        super().__init__(form)
        self.notices: list[str] = []
        self.copied: list[str] = []

    def on_notice(self, message: Notice) -> None:
        self.notices.append(message.text)

    def copy_to_clipboard(self, text: str) -> None:
        self.copied.append(text)


class DialogScene:
    """A form over files, with hands and eyes."""

    def __init__(self, pilot: Pilot[None], host: FileHost, form: RaiseForm, backend: FakeBackend) -> None:
        self.pilot = pilot
        self.host = host
        self.form = form
        self.backend = backend

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        await self.press(*("space" if sign == " " else sign for sign in text))

    async def load(self, event: str, line: str) -> None:
        self.form.load(event, Params())
        await self.pilot.pause()
        await self.press("f4")
        await self.write(line)

    async def comes(self, condition: Callable[[], object]) -> None:
        with anyio.fail_after(HANG):
            while not condition():
                await self.pilot.pause(0.02)

    @property
    def line(self) -> str:
        return self.form.query_one(QuickField).value

    @property
    def result(self) -> str:
        return str(self.form.query_one("#result", Static).content)

    def shows(self, kind: type[object]) -> bool:
        return isinstance(self.host.screen, kind)


@asynccontextmanager
async def opened(tmp_path: Path, size: tuple[int, int] = (80, 24)) -> AsyncGenerator[DialogScene]:
    backend = FakeBackend()
    tools = FormTools(lambda: 1_790_000_000.0, lambda: 0.0)
    tools.files = RaiseFiles(RaiseHistory(tmp_path), TemplateFolder(tmp_path), tmp_path / "copies")
    form = RaiseForm(backend, tools)
    host = FileHost(form)
    async with host.run_test(size=size) as pilot:
        await pilot.pause()
        form.focus_form()
        await pilot.pause()
        yield DialogScene(pilot, host, form, backend)


async def test_a_raise_is_filled_and_kept_and_chosen_again_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.load("E_MINE", "n:={n} id=x{rand:5-5}")
        await scene.press("f5")
        await scene.comes(lambda: RaiseHistory(tmp_path).read().raises)
        assert scene.backend.raises == [("E_MINE", Params((1, "x5"), ("n", "id")))]
    async with opened(tmp_path) as scene:
        await scene.comes(scene.form._history.newest_first)  # pyright: ignore[reportPrivateUsage]
        await scene.press("f3")
        assert scene.shows(PickDialog)
        await scene.write("mine")
        await scene.press("enter")
        await scene.comes(lambda: scene.line)
        assert scene.line == 'n:="{n}" id="x{rand:5-5}"'
        await scene.press("f5")
        await scene.comes(lambda: scene.backend.raises)
        assert scene.backend.raises == [("E_MINE", Params((1, "x5"), ("n", "id")))]


async def test_the_history_of_another_console_is_there_and_a_damaged_file_is_told(tmp_path: Path) -> None:
    RaiseHistory(tmp_path).add(SentRaise("E_OTHER", "a=1"))
    with RaiseHistory(tmp_path).path.open("a") as file:
        file.write("damage\n")
    async with opened(tmp_path) as scene:
        await scene.comes(lambda: scene.host.notices)
        assert "raise-history-damaged-1.jsonl" in scene.host.notices[0]
        await scene.press("f3", "enter")
        await scene.comes(lambda: scene.line == "a=1")


async def test_what_is_cloned_holds_no_placeholder(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        scene.form.load("E_MINE", Params(("{n}",), ("a",)))
        await scene.pilot.pause()
        await scene.press("f5")
        await scene.comes(lambda: scene.backend.raises)
        assert scene.backend.raises == [("E_MINE", Params(("{n}",), ("a",)))]


async def test_a_wrong_placeholder_is_pointed_at_and_nothing_is_sent(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.load("E_MINE", "a=x{no}")
        assert "a: column 2: {no} is not a placeholder" in str(scene.form.query_one("#problem", Static).content)
        await scene.press("f5")
        assert scene.backend.raises == []


async def test_a_template_is_saved_replaced_after_a_second_press_and_filled_in(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.load("E_MINE", "n:={n} text=x")
        await scene.press("f9")
        await scene.comes(lambda: scene.shows(PickDialog))
        await scene.press("f5")
        assert "type the name" in painted(scene.host)
        await scene.write("mine")
        await scene.press("f5")
        await scene.comes(lambda: "mine.toml" in scene.result.replace("\n", ""))
        assert TemplateFolder(tmp_path).load("mine") == SavedTemplate("mine", "E_MINE", ("n:={n}", "text=x"))
        await scene.press("f4", "end")
        await scene.write(" more=y")
        await scene.press("f9")
        await scene.comes(lambda: scene.shows(PickDialog))
        await scene.write("mine")
        await scene.press("f5")
        assert "press again to replace" in painted(scene.host)
        await scene.press("f5")
        await scene.comes(lambda: len(TemplateFolder(tmp_path).load("mine").words) == 3)
        scene.form.load("E_USAGE", Params())
        await scene.pilot.pause()
        await scene.press("f9")
        await scene.comes(lambda: scene.shows(PickDialog))
        await scene.press("enter")
        await scene.comes(lambda: "more=y" in scene.line)


async def test_a_wrong_template_is_told_and_the_others_are_listed(tmp_path: Path) -> None:
    TemplateFolder(tmp_path).save(SavedTemplate("good", "E_MINE"))
    (tmp_path / "templates" / "bad.toml").write_text("event = 3")
    async with opened(tmp_path) as scene:
        await scene.press("f9")
        await scene.comes(lambda: scene.shows(PickDialog))
        assert "bad.toml: event: it is a text" in scene.host.notices[0]
        assert "good" in painted(scene.host)


@pytest.mark.parametrize("size", SIZES)
async def test_many_raises_are_counted_and_told(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(tmp_path, size) as scene:
        await scene.load("E_MINE", "n:={n}")
        await scene.press("f10")
        assert scene.shows(RunDialog)
        text = painted(scene.host)
        assert all(word in text for word in ("Times", "Rate", "File", "Start", "Close"))
        await scene.press(*["backspace"] * 3, "2", "5", "enter")
        await scene.comes(lambda: "raised 25 of 25" in painted(scene.host))
        assert [params.values for _, params in scene.backend.raises] == [(number,) for number in range(1, 26)]
        await scene.press("enter")
        await scene.comes(lambda: "raised 25 of 25" in scene.result)
        assert "25 without subscribers" in scene.result


async def test_escape_ends_a_run_and_tells_how_many_were_raised(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.load("E_MINE", "a=1")
        await scene.press("f10", *["backspace"] * 3, *"9000000", "enter")
        await scene.comes(lambda: len(scene.backend.raises) > 10)
        await scene.press("escape")
        await scene.comes(lambda: "cancelled" in painted(scene.host))
        raised = len(scene.backend.raises)
        await scene.press("escape")
        await scene.comes(lambda: not scene.shows(RunDialog))
        assert f"raised {raised:,} of 9,000,000" in scene.result.replace("\n", " ")
        assert len(scene.backend.raises) == raised


async def test_the_rows_of_a_file_are_raised_and_bad_ones_are_named(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("event,a\nE_USAGE,1\n,2\nx\n")
    async with opened(tmp_path) as scene:
        await scene.load("E_MINE", "")
        await scene.press("f10")
        scene.host.screen.query_one("#file", Input).value = str(path)
        await scene.press("enter")
        await scene.comes(lambda: "1 bad" in painted(scene.host))
        assert "4: bad parameters: it has 1 cells" in painted(scene.host)
        assert [event for event, _ in scene.backend.raises] == ["E_USAGE", "E_MINE"]


async def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with opened(tmp_path, (120, 40)) as scene:
        await scene.press("f10")
        scene.host.screen.query_one("#file", Input).value = "/none/x.csv"
        await scene.press("enter")
        await scene.comes(lambda: "/none/x.csv: No such file" in painted(scene.host))


async def test_nothing_is_raised_while_the_form_or_a_field_is_wrong(tmp_path: Path) -> None:
    async with opened(tmp_path) as scene:
        await scene.load("E_MINE", "a={no}")
        await scene.press("f10", "enter")
        assert "is not a placeholder" in painted(scene.host)
        await scene.press("0", "0", "0", "0", "0", "0", "0", "enter")
        assert "a whole number from 1 to 10,000,000" in painted(scene.host)
        assert scene.backend.raises == []


@pytest.mark.parametrize(
    ("times", "rate", "path", "field"),
    [("0", "", "", "times"), ("x", "", "", "times"), ("", "", "", "times"), ("1", "0", "", "rate"),
     ("1", "x", "f", "rate"), ("1", "nan", "", "rate"), ("1", "inf", "", "rate")],
)  # fmt: skip
def test_a_wrong_field_is_named(times: str, rate: str, path: str, field: str) -> None:
    with pytest.raises(BadField) as caught:
        read_plan(times, rate, path)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("downs", "begins"), [(0, "evtui raise E_MINE"), (1, '{"jsonrpc"'), (2, "opensips-cli"), (3, "$avp")]
)
async def test_a_raise_is_copied_in_the_chosen_form(tmp_path: Path, downs: int, begins: str) -> None:
    async with opened(tmp_path) as scene:
        await scene.load("E_MINE", "n:={n}")
        await scene.press("f12", *["down"] * downs, "enter")
        await scene.comes(lambda: scene.host.copied)
        assert scene.host.copied[0].startswith(begins)
        assert ("{n}" in scene.host.copied[0]) == (downs == 0)
        await scene.comes(lambda: "saved to" in scene.result)
        assert (tmp_path / "copies" / "evtui-copied.txt").read_text() == scene.host.copied[0] + "\n"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["f3", "f9", "f12"])
async def test_every_list_can_be_used_at_every_size(tmp_path: Path, size: tuple[int, int], key: str) -> None:
    RaiseHistory(tmp_path).add(SentRaise("E_MINE", "note=" + "x" * 300))
    TemplateFolder(tmp_path).save(SavedTemplate("E_MINE-long", "E_MINE", ("a=" + "x" * 300,)))
    async with opened(tmp_path, size) as scene:
        await scene.comes(scene.form._history.newest_first)  # pyright: ignore[reportPrivateUsage]
        await scene.load("E_MINE", "a=1")
        await scene.press(key)
        await scene.comes(lambda: scene.shows(PickDialog))
        await scene.pilot.pause()
        text = painted(scene.host)
        assert "enter take" in text
        assert ("E_MINE" if key != "f12" else "opensips-cli") in text
        await scene.write("zzz")
        assert "no line holds these words" in painted(scene.host)
        await scene.press("enter")
        assert scene.shows(PickDialog)
        await scene.press("escape")
        assert not scene.shows(PickDialog)


async def test_tab_completes_the_path_of_a_file_and_then_goes_on(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "rows-a.csv").write_text("event\nE_MINE\n")
    (tmp_path / "folder" / "rows-b.csv").write_text("event\nE_MINE\nE_MINE\n")
    async with opened(tmp_path) as scene:
        await scene.press("f10", "tab", "tab")
        field = scene.host.screen.query_one(PathField)
        assert field.has_focus
        await scene.write(f"{tmp_path}/fol")
        await scene.press("tab")
        await scene.comes(lambda: field.value == f"{tmp_path}/folder/")
        await scene.write("ro")
        await scene.press("tab")
        await scene.comes(lambda: field.value == f"{tmp_path}/folder/rows-")
        await scene.press("b", "tab")
        await scene.comes(lambda: field.value == f"{tmp_path}/folder/rows-b.csv")
        await scene.press("tab")
        assert scene.host.focused is not field
        await scene.press("shift+tab", "enter")
        await scene.comes(lambda: len(scene.backend.raises) == 2)
