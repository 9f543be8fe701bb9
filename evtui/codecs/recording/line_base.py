"""What all lines of a recording and of a watch feed share."""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Raw, Struct

JsonParams: TypeAlias = Annotated[
    Raw,
    Meta(
        description="The parameters: an object when they have names, which may repeat, else an array.",
        extra_json_schema={"type": ["object", "array", "null"]},
    ),
]

Moment: TypeAlias = Annotated[float, Meta(ge=0, le=250_000_000_000, description="Seconds since 1970.")]
"""Wall seconds that a calendar has."""

NOT_RAISED: Final = Raw(b"null")
"""Stands for the parameters of the last raise where there was none."""


def type_name(name: str) -> str:
    """Return the `type` of the lines of a class."""
    return name.removesuffix("Line").lower()


class Line(Struct, frozen=True, omit_defaults=True, tag_field="type", tag=type_name):
    """What all lines have."""

    time: Moment
