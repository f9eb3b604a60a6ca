"""What servers and networks do to an exchange, said where it is met and in words for the user."""

from __future__ import annotations

import os
import ssl


class Fault(Exception):  # noqa: N818 - reads as a word where it is caught
    """An exchange came to nothing. The text is for the user and holds no URL, which may have credentials."""

    kind = "network"  # of the SourceError that it becomes


class Refused(Fault):
    """The guard did not let a connection be made."""

    kind = "blocked"

    def __init__(self, target: str) -> None:
        super().__init__(f"{target} is not a public address; [fetch] allow_private can name it as an exception")


class Unresolved(Fault):
    """Nobody knows an address of the host."""

    def __init__(self) -> None:
        super().__init__("the host name cannot be resolved")


class Unreached(Fault):
    """No address of the host took a connection."""

    def __init__(self, error: OSError) -> None:
        said = os.strerror(error.errno).lower() if error.errno else "no address of the server answers"
        super().__init__(f"no connection: {said}")


class Untrusted(Fault):
    """TLS came to nothing; OpenSSL says what it has against a certificate or a handshake."""

    def __init__(self, error: Exception) -> None:
        if isinstance(error, ssl.SSLCertVerificationError):
            super().__init__(f"the TLS certificate is not right: {error.verify_message.rstrip('.')}")
        else:
            said = (getattr(error, "reason", None) or "the server closed it").lower().replace("_", " ")
            super().__init__(f"the TLS handshake failed: {said}")


class Disconnected(Fault):
    """The connection ended before a whole head came."""

    def __init__(self) -> None:
        super().__init__("the server closed the connection without an answer")


class CutShort(Fault):
    """The connection ended, or the chunks did not fit, before the body was whole."""

    def __init__(self) -> None:
        super().__init__("the connection ended before the document did")


class Unintelligible(Fault):
    """No HTTP, or more of it than anybody needs."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the answer is no valid HTTP: {why.strip().rstrip('.') or 'it cannot be read'}"[:300])
