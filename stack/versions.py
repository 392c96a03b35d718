"""The versions and ports of the stack; a test compares `docker-compose.yml` with them.

To update a version, change it here and in `docker-compose.yml`, with its checksum (`sha256sum` of
the artefact, downloaded twice, on two networks).
"""

from __future__ import annotations

KEYCLOAK = "26.7.5"
KEYCLOAK_ARTEFACT = f"org.keycloak:keycloak-quarkus-dist:{KEYCLOAK}:zip"  # in Maven Central
KEYCLOAK_SHA256 = "30ef87fb7101c43d29688d1ae80c0588ff4a151b3330e9f664bf9692d398658a"
OLDEST_JAVA = 17

POSTGRES = "15"  # the major version of Debian 12's package

LOCALSTACK = "4.14.0"
"""The last version without a token: since 2026-03-23 `latest` needs an account."""
# Without upper bounds its dependencies conflict.
LOCALSTACK_REQUIREMENTS = (
    f"localstack-core[runtime]=={LOCALSTACK}",
    "localstack-twisted==25.5.0",
    "cbor2<6",
    "cryptography<47",
    "pyopenssl<26",
)
LOCALSTACK_OLDEST_PYTHON = (3, 13)  # on 3.12 every call of S3 fails

KEYCLOAK_PORT = 8080
"""The default of KEYCLOAK_EXPOSED_PORT."""
AWS_PORT = 4566
"""The default of LOCALSTACK_EXPOSED_PORT, the port of LocalStack or the demo's AWS."""
