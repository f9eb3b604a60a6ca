"""The service with more sources than it can look through at every turn: what takes long is done by another process."""

from __future__ import annotations

import re

from aggregator.service.aside import LARGE
from aggregator.service.build import MANY
from tests.e2e.test_commands import ask, free_port, start, until
from tests.origin import Origin
from tests.planet import Planet, item, rss

WITHIN = 60.0  # seconds; each takes a tenth of a second to a few, on a machine that has nothing else to do
PADDING = f"# {'x' * 78}\n" * (LARGE // 80)


def write(planet: Planet, origin: Origin, port: int, names: list[str], more: str = "") -> None:
    """A large feeds.toml: these sources, and many that are paused."""
    paused = "".join(
        f'[[source]]\nid = "p{n}"\nurl = "http://127.0.0.1:9/{n}"\nenabled = false\n\n' for n in range(MANY)
    )
    head = f'{PADDING}[aggregator]\nlisten = "127.0.0.1:{port}"\n'
    planet.sources(origin.address, names, more + paused, head)


def test_the_service_takes_a_large_file_and_lists_many_sources(origin: Origin, planet: Planet) -> None:
    port, log = free_port(), planet.folder / "log"
    base = f"http://127.0.0.1:{port}"
    for n, name in enumerate("ab"):
        origin.documents[f"/{name}"] = rss(item(n), title=f"Paper {name}")
    write(planet, origin, port, ["a"])
    service = start(planet, "run", log=log)
    try:
        assert until(lambda: b"Story number 0" in ask(f"{base}/feed.atom")[1], WITHIN)
        assert until(lambda: b'xmlUrl="http://127.0.0.1:9/1"' in ask(f"{base}/sources.opml")[1], WITHIN)
        write(planet, origin, port, ["a", "b"], "[[source]]\n\n")
        assert until(lambda: "needs a `url`" in log.read_text(), WITHIN)
        assert (b"Story number 1" in ask(f"{base}/feed.atom")[1], ask(f"{base}/readyz")[0]) == (False, 200)
        write(planet, origin, port, ["a", "b"], '[[channel]]\nid = "new"\n\n')
        assert until(lambda: b"Story number 1" in ask(f"{base}/new/feed.atom")[1], WITHIN)
        assert until(lambda: f'xmlUrl="{origin.url}/b"'.encode() in ask(f"{base}/sources.opml")[1], WITHIN)
    finally:
        service.terminate()
        service.wait(timeout=20)

    assert service.returncode == 0, log.read_text()
    assert "Traceback" not in log.read_text()
    assert len(re.findall(r"event=reload .*problem=", log.read_text())) == 1


def test_what_goes_wrong_beside_the_service_is_told(origin: Origin, planet: Planet) -> None:
    port, log = free_port(), planet.folder / "log"
    write(planet, origin, port, ["a"])
    (planet.folder / "public" / "sources.opml").mkdir(parents=True)
    service = start(planet, "run", log=log)
    try:
        told = until(lambda: "event=list" in log.read_text(), WITHIN)
    finally:
        service.terminate()
        service.wait(timeout=20)

    assert told
    assert (service.returncode, "sources.opml cannot be written" in log.read_text()) == (0, True)
