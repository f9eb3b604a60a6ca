"""The log: one event a line, `event=NAME key=value ...`, and nothing from outside can forge a line or a key."""

from __future__ import annotations

import json
import logging
import re

LOG = logging.getLogger("aggregator")
_PLAIN = re.compile(r"[\w.:/@+%,~?&#-]+", re.ASCII)


def told(level: int) -> bool:
    """Somebody wants to know of such events."""
    return LOG.isEnabledFor(level)


def event(name: str, level: int = logging.INFO, /, **fields: object) -> None:
    """Log one event; fields that are None are left out."""
    if LOG.isEnabledFor(level):
        shown = (f"{key}={value(field)}" for key, field in fields.items() if field is not None)
        LOG.log(level, "%s", " ".join([f"event={name}", *shown]))


def value(field: object) -> str:
    """A value as it stands in a log line: bare when it is plain, else a JSON string."""
    text = f"{field:.3f}" if isinstance(field, float) else str(field)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)
