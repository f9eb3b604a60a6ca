"""The event loop that all polling, pushing and serving runs on."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def looped(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end; on uvloop where it is installed: a fifth less CPU a request."""
    try:
        import uvloop
    except ImportError:
        import asyncio

        return asyncio.run(main)
    return uvloop.run(main)
