"""What all outgoing connections share."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from pathlib import Path

from aggregator.fetch import session

TLS = Path(__file__).parent.parent / "cases" / "tls"


def test_the_machines_certificates_are_read_at_the_first_handshake() -> None:
    context = session.context()
    before = context.cert_store_stats()["x509"]
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="blog.example")

    assert before == 0
    assert context.read
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_loading_leaves_the_places_of_certificates_as_they_were() -> None:
    code = "import os, aggregator.fetch.client; print(os.environ.get('SSL_CERT_FILE'), os.environ.get('SSL_CERT_DIR'))"
    named = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT")}
    ours = {**named, "SSL_CERT_FILE": str(TLS / "authority.pem")}
    ran = subprocess.run([sys.executable, "-c", code], env=ours, capture_output=True, text=True, timeout=60, check=True)

    assert ran.stdout.split() == [str(TLS / "authority.pem"), "None"]
