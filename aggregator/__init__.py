"""A feed aggregator and publisher: polls sources politely, edits what they say, publishes combined feeds and pages."""

__version__ = "0.1.0"


def version() -> str:
    """The version, as in pyproject.toml (a test holds both together; asking the package's metadata costs 30 ms)."""
    return __version__
