"""Versions: that of this program, and those of OpenSIPS by whose rules scripts can run."""

from typing import Final, Literal, TypeAlias

VERSION: Final = "0.1.0"
"""The package takes it from here: to read it from what is installed takes 24 ms, half a client command."""

ScriptVersion: TypeAlias = Literal["2.4", "3.6", "4.0"]
"""A version of OpenSIPS, by its first two numbers. The rules of older ones are taken to be those of 2.4."""
