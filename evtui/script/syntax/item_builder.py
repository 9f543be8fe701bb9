"""Build the items of the tree (routes, settings, modules) from the grammar's rules, as the parser completes them."""

from typing import Any, Final

from evtui.script.syntax.expression_builder import Parts
from evtui.script.syntax.expressions import BareWord
from evtui.script.syntax.lexer import Lexeme
from evtui.script.syntax.literals import TRUTH_WORDS, parse_number
from evtui.script.syntax.statement_builder import StatementBuilder
from evtui.script.syntax.tree import Block, Global, LoadModule, ModParam, ModulePath, Remark, Route, Script, Section

_UNNAMED_KINDS: Final = frozenset({"startup_route", "error_route", "local_route"})
_NAME_SUFFIX: Final = {"timer_route": ", SECONDS"}
_NAMED_KINDS: Final = frozenset({"timer_route", "event_route", "branch_route", "failure_route"})


class ItemBuilder(StatementBuilder):
    """Build the tree of one file."""

    def start(self, parts: Parts) -> Script:
        """Build the tree of a whole file."""
        return Script(tuple(part for part in parts if part is not None), tuple(self.remarks))

    def part(self, parts: Parts) -> tuple[Block, tuple[Remark, ...]]:
        """Build the statements of a file that is included within a block; return them with the remarks."""
        return Block(tuple(part for part in parts if part is not None)), tuple(self.remarks)

    def stray_semicolon(self, parts: Parts) -> Any:
        """Return a `;` that stands behind an item."""
        return parts[0]

    def between_items(self, parts: Parts) -> None:
        """Skip a `;` behind an item. OpenSIPS rejects it, so a remark is added."""
        remark = "OpenSIPS does not start with this: a ';' stands behind statements only"
        self.remarks.append(Remark(self.place(parts[0]), "refused", remark))

    def global_(self, parts: Parts) -> Global:
        """Build a global setting."""
        return Global(parts[0].text, tuple(parts[2:]), self.place(parts[0]))

    def load_module(self, parts: Parts) -> LoadModule:
        """Build a `loadmodule`."""
        return LoadModule(self.unquoted(parts[1]), self.place(parts[0]))

    def module_path(self, parts: Parts) -> ModulePath:
        """Build an `mpath`."""
        return ModulePath(self.unquoted(parts[2]), self.place(parts[0]))

    def section(self, parts: Parts) -> Section:
        """Build a `tls_server_domain`."""
        start, name, *settings = parts
        return Section(start.text, name.value, tuple(settings), self.place(start))

    def section_setting(self, parts: Parts) -> Global:
        """Build a setting of a section."""
        return Global(parts[0].text, (parts[2],), self.place(parts[0]))

    def modparam(self, parts: Parts) -> ModParam:
        """Build a `modparam`; the module's name may be several, joined by `|`."""
        start, modules, name, value = parts
        names = tuple(module.strip() for module in self.unquoted(modules).split("|"))
        return ModParam(names, self.unquoted(name), self._parameter(value), self.place(start))

    def _parameter(self, value: int | Lexeme) -> int | str:
        if isinstance(value, int):
            return value
        if value.type == "STRING":
            return self.unquoted(value)
        if value.text not in TRUTH_WORDS:
            what = f"{value.text!r} cannot be the value of a parameter"
            raise self.source.error(
                value.offset, what, "a number, a string in quotes, or yes, no, on, off, true, false"
            )
        return TRUTH_WORDS[value.text]

    def signed(self, parts: Parts) -> int:
        """Return a number that may have a sign."""
        minus, digits = parts
        value = self.number([digits]).value
        return -value if minus is not None else value

    def plain_route(self, parts: Parts) -> Route:
        """Build a route without a name."""
        return self._route(parts[0], [], parts[1])

    def bracketed_route(self, parts: Parts) -> Route:
        """Build a route with empty brackets, `startup_route() {`, as in the tutorial.

        OpenSIPS rejects the brackets, so a remark is added.
        """
        place = self.place(parts[0])
        remark = f"{parts[0].text} takes no brackets, OpenSIPS does not start with them: write {parts[0].text} {{"
        self.remarks.append(Remark(place, "route-brackets", remark))
        return self._route(parts[0], [], parts[1])

    def named_route(self, parts: Parts) -> Route:
        """Build a route with a name; the second word is a timer's interval or an event route's mode."""
        return self._route(parts[0], parts[1:-1], parts[-1])

    def _route(self, token: Lexeme, names: list[BareWord], body: Block) -> Route:
        kind: Any = token.text
        place = self.place(token)
        if kind in _UNNAMED_KINDS and names:
            raise self.source.error_at(names[0].place, f"a {kind} has no name", f"{kind} {{")
        if kind in _NAMED_KINDS and not names:
            raise self.source.error_at(
                place, f"this {kind} has no name", f"{kind}[NAME{_NAME_SUFFIX.get(kind, '')}] {{"
            )
        name = names[0].value if names else None
        if self.empty_blocks and self.empty_blocks[-1] == body.place:
            remark = f"OpenSIPS does not start with this: a {kind} has at least one statement"
            self.remarks.append(Remark(place, "refused", remark))
        if kind == "timer_route":
            return Route(kind, name, body, self._interval(names), place=place)
        if len(names) < 2:
            return Route(kind, name, body, place=place)
        if kind != "event_route":
            raise self.source.error_at(names[1].place, f"a {kind} has nothing behind its name", "']'")
        return Route(kind, name, body, mode=self._mode(names[1]), place=place)

    def _interval(self, names: list[BareWord]) -> int:
        text = names[1].value if len(names) > 1 else ""
        value = parse_number(text) if text.isascii() and text.isdigit() else None
        if not value:
            raise self.source.error_at(
                names[-1].place, "a timer_route needs its interval", "timer_route[NAME, SECONDS]"
            )
        return value

    def _mode(self, mode: BareWord) -> Any:
        if mode.value not in {"sync", "async"}:
            raise self.source.error_at(
                mode.place, f"{mode.value!r} is not a way to run an event_route", "'sync' or 'async'"
            )
        return mode.value
