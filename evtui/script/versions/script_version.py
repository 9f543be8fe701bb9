"""The versions of OpenSIPS by whose rules scripts can run."""

from typing import Literal, TypeAlias

ScriptVersion: TypeAlias = Literal["2.4", "3.6", "4.0"]
"""One of them, by its first two numbers. The rules of older ones are taken to be those of 2.4."""
