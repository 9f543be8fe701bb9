"""A raise as it is written, with placeholders in its values, and the raises that come of it."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from evtui.codecs.quickline import (
    BadWordError,
    WrittenPair,
    parse_line,
    parse_words,
    quote_word,
    written_line,
    written_words,
)
from evtui.core.values import NO_PARAMS, Params, Value
from evtui.raising.placeholders import BadPlaceholderError, Sample, TextTemplate, parse_template

EXAMPLE: Final = Sample(1, 1_790_000_000.0, lambda low, _high: low)
"""A raise to try a template with: always the same."""


class RaiseRequest(Struct, frozen=True):
    """An event to raise."""

    event: str
    params: Params = NO_PARAMS


class ValueTemplate(Struct, frozen=True):
    """One parameter of a template."""

    name: str | None
    text: TextTemplate
    is_json: bool
    """Whether the filled text is read as JSON, as behind `:=`."""

    def value(self, sample: Sample) -> Value:
        """Return the value for one raise.

        raises BadWordError: the filled text is not JSON.
        """
        filled = self.text.fill(sample)
        return parse_words([f":={filled}"]).values[0] if self.is_json else filled


class RaiseTemplate(Struct, frozen=True):
    """An event with values that may hold placeholders."""

    event: str
    values: tuple[ValueTemplate, ...] = ()
    plain: Params | None = None
    """The parameters of every raise, where no value holds a placeholder."""

    def request(self, sample: Sample) -> RaiseRequest:
        """Return one raise.

        raises BadWordError: a filled value is not JSON.
        """
        return RaiseRequest(self.event, self._params(sample) if self.plain is None else self.plain)

    def _params(self, sample: Sample) -> Params:
        names = tuple(each.name for each in self.values if each.name is not None)
        return Params(tuple(each.value(sample) for each in self.values), names)


def template_of_words(event: str, words: Sequence[str]) -> RaiseTemplate:
    """Read a template from words that a shell has split.

    raises BadWordError: a word is wrong, or a placeholder in it.
    """
    pairs = written_words(words)
    return _template(event, pairs) or RaiseTemplate(event, plain=parse_words(words))


def template_of_line(event: str, line: str) -> RaiseTemplate:
    """Read a template from one line, quoted as in a shell.

    raises BadWordError: a word is wrong, or a placeholder in it.
    """
    pairs = written_line(line)
    return _template(event, pairs) or RaiseTemplate(event, plain=parse_line(line))


def line_of_words(words: Sequence[str]) -> str:
    """Write words as one line that `template_of_line` reads as `template_of_words` reads them.

    raises BadWordError: some have names and some have none.
    """
    return " ".join(quote_word(*pair.parts()) for pair in written_words(words))


def template_of_params(event: str, params: Params) -> RaiseTemplate:
    """Make a template of parameters in which nothing is a placeholder."""
    return RaiseTemplate(event, plain=params)


def _template(event: str, pairs: Sequence[WrittenPair]) -> RaiseTemplate | None:
    """Return a template; None when no value is changed by it."""
    values = tuple(_value(pair) for pair in pairs)
    if all(value.text.parts in {(), (pair.text,)} for value, pair in zip(values, pairs, strict=True)):
        return None
    template = RaiseTemplate(event, values)
    if all(value.text.is_plain for value in values):
        return RaiseTemplate(event, values, template.request(EXAMPLE).params)
    return template


def _value(pair: WrittenPair) -> ValueTemplate:
    try:
        value = ValueTemplate(pair.name, parse_template(pair.text), pair.is_json)
    except BadPlaceholderError as error:
        raise pair.error(error.column, error.reason) from error
    try:
        value.value(EXAMPLE)
    except BadWordError as error:
        # Where a placeholder was filled, its column is none of the written text.
        raise pair.error(max(1, error.column - 2) if value.text.is_plain else 1, error.reason) from error
    return value
