"""The local stack without Docker: an identity provider, its database and an AWS on loopback.

`python -m stack` (`make stack`) runs the same as `docker-compose.yml`, without containers: the same
versions, ports, variables, realm and set-up script. It is not a part of the installed package.
"""
