"""The README names every command, option, key and output, and its two commands are those that CI runs."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from aggregator import version
from aggregator.cli.arguments import parser

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OUTPUTS = "index.html feed.atom feed.rss feed.json archive/ sources.opml status.html status.json style.css feed.css page.js .gz .br /healthz /readyz /metrics".split()


def commands() -> dict[str, argparse.ArgumentParser]:
    found = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {name: command.made() for name, command in found.choices.items()}


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_is_named(name: str) -> None:
    assert f"`aggregator {name}" in README


@pytest.mark.parametrize(
    "name",
    sorted(
        {
            option
            for one in [parser(), *commands().values()]
            for action in one._actions
            for option in action.option_strings
        }
        - {"-h", "--help"}
    ),
)
def test_every_option_is_named(name: str) -> None:
    assert f"`{name}" in README


def keys() -> list[str]:
    """Every key that feeds.toml may have, by the table that load.py checks against."""
    from tests.unit.test_config import FULL

    return sorted(
        {line.split("=")[0].strip() for line in FULL.splitlines() if "=" in line and not line.startswith("#")}
    )


@pytest.mark.parametrize("key", keys())
def test_every_key_is_named(key: str) -> None:
    assert f"`{key}`" in README


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_output_is_named(name: str) -> None:
    assert f"`{name}" in README


def test_ci_runs_the_test_command_of_the_readme() -> None:
    command = next(line.strip() for line in README.splitlines() if line.startswith("    sh .ci/venv .venv-test"))

    assert command.endswith("sh .ci/check")
    assert r"sh \.ci\/venv \.venv-test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_version_is_that_of_the_package() -> None:
    assert f'version = "{version()}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_what_is_deployed_is_there() -> None:
    assert {path.name for path in (ROOT / "aggregator" / "deploy").iterdir()} >= {"aggregator.service", "nginx.conf"}
