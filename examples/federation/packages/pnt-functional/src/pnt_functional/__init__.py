"""Small functions that build functions."""

from collections.abc import Callable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


def compose(outer: Callable[[B], C], inner: Callable[[A], B]) -> Callable[[A], C]:
    """The function that calls ``inner`` and then ``outer``."""
    return lambda value: outer(inner(value))
