"""What every test may use."""

from __future__ import annotations

import logging
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import origin as origins
from tests.planet import Planet

settings.register_profile(
    "ours", deadline=None
)  # its 200 ms by the clock fail on a busy machine; what hangs is ended anyway
settings.load_profile("ours")
SHARED = Path(__file__).parent.parent.parent / "shared"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no configuration of whoever runs the tests."""
    for name in (
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "AGGREGATOR_CONFIG",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def as_found() -> Iterator[None]:
    """A command or a worker that runs in this process sets log levels and a limit of CPU: no other test is to feel them."""
    ours, root = logging.getLogger("aggregator"), logging.getLogger()
    levels, limits = (ours.level, root.level), resource.getrlimit(resource.RLIMIT_CPU)
    yield
    ours.setLevel(levels[0])
    root.setLevel(levels[1])
    resource.setrlimit(resource.RLIMIT_CPU, limits)


@pytest.fixture
def origin() -> Iterator[origins.Origin]:
    with origins.origin() as made:
        yield made


@pytest.fixture
def planet(tmp_path: Path) -> Planet:
    return Planet(tmp_path)


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("../shared is not here: it holds third-party texts that are not part of the repository")
    return SHARED
