"""
One table of what the stack consists of; `docker-compose.yml` is compared with it by a test.

A newer version: change it here and there, and the checksum with it (`sha256sum` of the artefact,
fetched twice, on two networks).
"""

from __future__ import annotations

KEYCLOAK = "26.7.5"
KEYCLOAK_ARTEFACT = f"org.keycloak:keycloak-quarkus-dist:{KEYCLOAK}:zip"  # in Maven Central
KEYCLOAK_SHA256 = "30ef87fb7101c43d29688d1ae80c0588ff4a151b3330e9f664bf9692d398658a"
OLDEST_JAVA = 17

POSTGRES = "15"  # the major version of Debian 12's package

LOCALSTACK = "4.14.0"
"""The last one that asks for no token: since 2026-03-23 `latest` demands an account."""
# Without upper bounds its own dependencies no longer fit each other.
LOCALSTACK_REQUIREMENTS = (
    f"localstack-core[runtime]=={LOCALSTACK}",
    "localstack-twisted==25.5.0",
    "cbor2<6",
    "cryptography<47",
    "pyopenssl<26",
)
LOCALSTACK_OLDEST_PYTHON = (3, 13)  # on 3.12 every call of S3 fails

KEYCLOAK_PORT = 8080
"""Where it listens unless KEYCLOAK_EXPOSED_PORT says otherwise."""
AWS_PORT = 4566
"""Where LocalStack or the demo's AWS listens, unless LOCALSTACK_EXPOSED_PORT says otherwise."""
