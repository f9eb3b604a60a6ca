"""The keys of feeds.toml, table by table, each with the check that its value must pass."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.config import formats
from aggregator.config import values as v

Keys = Mapping[str, v.Check]

RULES = ("match", "exclude", "include")  # their values are read by the rule language instead

TABLES: Mapping[str, Keys] = {
    "aggregator": {
        "title": v.text,
        "base_url": v.folder_url,
        "contact": v.text,
        "database": v.file,
        "output": v.file,
        "listen": v.listen,
        "templates": v.file,
    },
    "fetch": {
        "interval": v.duration,
        "concurrency": v.number(1, 4096),
        "per_host": v.number(1, 4096),
        "timeout": v.duration,
        "max_bytes": v.size,
        "allow_private": v.many(v.host_port),
        "proxy": v.url,
        "websub": v.flag,
        "websub_sha1": v.flag,
    },
    "teaser": {"min": v.number(1, 100_000), "max": v.number(2, 100_000), "read_more": v.text},
    "store": {"keep": v.duration},
    "hub": {"enabled": v.flag},
}

SOURCE: Keys = {
    "url": v.url,
    "id": v.identifier,
    "title": v.text,
    "tags": v.many(v.text),
    "interval": v.duration,
    "enabled": v.flag,
    "weight": v.weight,
    "max_entries": v.number(1, 1_000_000),
    "language": v.language,
    "headers": v.headers,
    "auth": v.auth,
    "teaser": v.one_of("cut", "full", "title"),
    "include": v.any_text,
    "exclude": v.any_text,
    "ignore": v.many(v.one_of("author", "date", "id", "language")),
    "throttle_scope": v.one_of("host", "feed", "site"),
}

CHANNEL: Keys = {
    "id": v.folder_name,
    "title": v.text,
    "description": v.any_text,
    "match": v.any_text,
    "exclude": v.any_text,
    "tags": v.some(v.text),
    "sources": v.some(v.text),
    "limit": v.number(1, 10_000),
    "per_source": v.number(1, 10_000),
    "max_age": v.duration,
    "formats": v.some(formats.known),
    "language": v.language,
    "hub": v.many(v.url),
    "edition": v.one_of("daily", "weekly", "monthly"),
    "edition_size": v.number(1, 100),
}

ARRAYS: Mapping[str, Keys] = {"source": SOURCE, "channel": CHANNEL}
