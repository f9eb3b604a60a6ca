"""aiohttp is loaded here, before any module that uses it: it reads the machine's certificates twice while it is loaded, which takes
longer than a hundred polls. It finds none, and nothing here uses what it made."""

from __future__ import annotations

import importlib
import os

_PLACES = dict.fromkeys(("SSL_CERT_FILE", "SSL_CERT_DIR"), os.devnull)


def _load() -> None:
    before = {name: os.environ.get(name) for name in _PLACES}
    os.environ.update(_PLACES)
    try:
        importlib.import_module("aiohttp")
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


_load()
