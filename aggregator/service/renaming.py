"""Channels that feeds.toml calls otherwise now: they go on under the new name, and their addresses lead there.

feeds.toml has no word for it. A channel that took its place and lets in what it let in, while no other one does, is it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence

from aggregator.model import Channel
from aggregator.store.ports import Store

_SAID = "channels"  # note: what each channel lets in
_NOW = "renamed:"  # notes by a former name: the next one
_BORN = "born:"  # notes by a name: the one that permanent ids are minted from, where it is another


def follow(store: Store, channels: Sequence[Channel]) -> None:
    """Take over what was stored under a former name, in the caller's transaction."""
    stored = store.channel_ids()
    for old, new in renames(store, channels).items():
        store.rename_channel(old, new)
        store.save_note(_NOW + old, new)
        store.save_note(_BORN + new, born(store, old))
        store.save_note(_BORN + old, None)
        stored.add(new)
    for channel in channels:
        if channel.id not in stored:
            _begin(store, channel.id)
    store.save_note(_SAID, json.dumps({channel.id: _lets_in(channel) for channel in channels}))


def _begin(store: Store, name: str) -> None:
    """A new channel leads nowhere else, and its ids are not those of one that had its name before."""
    store.save_note(_NOW + name, None)
    taken, own = set(store.notes(_BORN).values()), name
    while own in taken:
        own += "'"
    store.save_note(_BORN + name, own if own != name else None)


def renames(store: Store, channels: Sequence[Channel]) -> dict[str, str]:
    """The new names of channels by those that the store has."""
    known: Mapping[str, str] = json.loads(store.note(_SAID) or "{}")
    named, stored = {channel.id for channel in channels}, store.channel_ids()
    gone = {name: said for name, said in known.items() if name not in named and name in stored}
    came = {channel.id: _lets_in(channel) for channel in channels if channel.id not in stored}
    once = [said for said, count in Counter(gone.values()).items() if count == 1]
    heirs = {said: [new for new, also in came.items() if also == said] for said in once}
    return {old: heirs[said][0] for old, said in gone.items() if len(heirs.get(said, ())) == 1}


def former(store: Store, channels: Sequence[Channel]) -> dict[str, str | None]:
    """Where the folders of channels are that feeds.toml had once; None: gone for good."""
    named = {channel.id for channel in channels}
    following = {key.removeprefix(_NOW): new for key, new in store.notes(_NOW).items()}
    known = (store.channel_ids() | following.keys()) - named
    found = {name: _last(name, following) for name in sorted(known)}
    return {
        f"{folder}{name}/": f"{folder}{new}/" if new in named else None
        for name, new in found.items()
        for folder in ("", "archive/")
    }


def born(store: Store, channel: str) -> str:
    """The name that the permanent ids of a channel are minted from: as a rule its first one."""
    return store.note(_BORN + channel) or channel


def _last(name: str, following: Mapping[str, str]) -> str:
    seen = {name}
    while name in following and following[name] not in seen:
        name = following[name]
        seen.add(name)
    return name


def _lets_in(channel: Channel) -> str:
    """What decides which entries it has; its title where that is all of them."""
    rules = [[rule.text for rule in some] for some in (channel.match, channel.exclude)]
    said = [*rules, list(channel.tags), list(channel.sources)]
    return json.dumps(said if any(said) else [channel.title])
