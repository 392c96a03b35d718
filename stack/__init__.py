"""
The local stack without Docker: an identity provider, its database and an AWS on loopback.

`python -m stack` (`make stack`) runs what `docker-compose.yml` runs in containers: the same
versions, ports, variables, realm and set-up script. Not part of the package that users install.
"""
