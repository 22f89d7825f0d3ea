"""Small functions that build functions."""

from collections.abc import Callable
from typing import TypeVar

import toolz

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def compose(outer: Callable[[B], C], inner: Callable[[A], B]) -> Callable[[A], C]:
    """The function that calls ``inner`` and then ``outer``."""
    return toolz.compose(outer, inner)
