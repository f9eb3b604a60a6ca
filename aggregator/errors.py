"""The tree of errors.

    AggregatorError
    ├── ConfigError     feeds.toml or an argument is wrong: exit code 2
    ├── SourceError     a source failed; recorded on it, and the cycle goes on
    ├── StoreError      the store cannot be read or written: exit code 1
    └── OutputError     an output cannot be written: exit code 1

Anything else that is raised is a bug of ours and is not caught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model.record import dataclass

if TYPE_CHECKING:
    from aggregator.model import Answer

KINDS = frozenset(
    [
        "timeout",
        "network",
        "http",
        "auth",
        "gone",
        "ratelimited",
        "redirect",
        "too_large",
        "encoding",
        "empty",
        "not_feed",
        "parse",
        "blocked",
    ]
)


class AggregatorError(Exception):
    """The root of all that we raise on purpose. `passing`: another process is at it, and to try again helps."""

    passing = False


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a file."""

    path: str
    line: int  # from 1; 0: the file as a whole
    message: str  # says what is wrong and what to do
    column: int = 0  # from 1; 0: unknown

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        if self.line and self.column:
            place += f":{self.column}"
        return f"{place}: {self.message}"


class ConfigError(AggregatorError):
    """One or more mistakes in feeds.toml, in an OPML file or in the arguments; all of them at once."""

    def __init__(self, problems: tuple[Problem, ...] | list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class SourceError(AggregatorError):
    """A poll that gave nothing to read. `kind` is the contract's word (see KINDS); `answer` where there was one."""

    def __init__(self, kind: str, message: str, answer: Answer | None = None) -> None:
        assert kind in KINDS, kind  # noqa: S101 - a misspelt kind is our bug
        self.kind = kind
        self.answer = answer
        super().__init__(message)

    @property
    def outcome(self) -> str:
        """The contract's outcome."""
        return "blocked" if self.kind == "blocked" else f"error:{self.kind}"


class StoreError(AggregatorError):
    """The store cannot be opened, read or written; the message says what to do."""


class OutputError(AggregatorError):
    """An output file cannot be written; the message says which and why."""
