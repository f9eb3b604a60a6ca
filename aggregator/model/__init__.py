"""The frozen records that travel through the aggregator, one a hop, in the order in which they come to be.

All times are aware datetimes in UTC. All sequences are tuples. A field that may be missing says so by `| None`.
"""

from aggregator.model.documents import (
    NEW_FEED_URL,
    Enclosure,
    Origin,
    Person,
    RawEntry,
    RawFeed,
    RawLink,
    Replies,
    Text,
)
from aggregator.model.entries import (
    Digest,
    Entry,
    FeedFacts,
    Known,
    Tally,
    Teller,
    Verdict,
    Visit,
)
from aggregator.model.polls import (
    STATES,
    Answer,
    Document,
    FetchState,
    Hop,
    NotModified,
    Poll,
)
from aggregator.model.settings import (
    Channel,
    FetchSettings,
    Rule,
    Settings,
    Source,
    TeaserSettings,
)
from aggregator.model.stories import (
    Block,
    Edition,
    Pruned,
    SourceFacts,
    StoredEntry,
    Story,
    Telling,
    Tombstone,
)

__all__ = [
    "NEW_FEED_URL",
    "STATES",
    "Answer",
    "Block",
    "Channel",
    "Digest",
    "Document",
    "Edition",
    "Enclosure",
    "Entry",
    "FeedFacts",
    "FetchSettings",
    "FetchState",
    "Hop",
    "Known",
    "NotModified",
    "Origin",
    "Person",
    "Poll",
    "Pruned",
    "RawEntry",
    "RawFeed",
    "RawLink",
    "Replies",
    "Rule",
    "Settings",
    "Source",
    "SourceFacts",
    "StoredEntry",
    "Story",
    "Tally",
    "TeaserSettings",
    "Teller",
    "Telling",
    "Text",
    "Tombstone",
    "Verdict",
    "Visit",
]
