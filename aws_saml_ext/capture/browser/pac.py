"""The proxy auto-config (PAC) of a browser: sign-in hosts to our proxy, the rest as before. Pure.

There are two barriers. The PAC sends every request for a sign-in host to our proxy, and resolver
rules hide the addresses of such hosts, so that no direct connection is possible.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aws_saml_ext import partitions
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.net import host_of, is_loopback
from aws_saml_ext.partitions import sign_in_hosts

if TYPE_CHECKING:
    from aws_saml_ext.config.settings import Settings

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_KINDS = {"http": "PROXY", "https": "HTTPS", "socks5": "SOCKS5", "socks5h": "SOCKS5"}
_KINDS |= {"socks": "SOCKS5", "socks4": "SOCKS", "socks4a": "SOCKS"}

_PAC = """\
function FindProxyForURL(url, host) {
  var name = host.toLowerCase().replace(/\\.$/, "");
  var parts = /^([a-z]+):\\/\\/(?:[^\\/?#]*@)?(?:\\[[^\\]]*\\]|[^:\\/?#]*)(?::(\\d+))?/i.exec(url);
  var secure = !!parts && /^(https|wss)$/i.test(parts[1]);
  var port = parts && parts[2] ? parts[2] : secure ? "443" : "80";
  function within(domain) {
    return name === domain || name.slice(-domain.length - 1) === "." + domain;
  }
  if (SIGN_IN_HOSTS.some(within) || ACS_HOSTS.indexOf(name + ":" + port) >= 0) return OUR_PROXY;
  if (EXCEPTIONS.indexOf("*") >= 0 || EXCEPTIONS.some(within)) return "DIRECT";
  if (EXCEPTIONS.indexOf(name + ":" + port) >= 0) return "DIRECT";
  if (/^(localhost|.*\\.localhost|127\\.[0-9.]+|\\[?::1\\]?)$/.test(name)) return "DIRECT";
  return secure ? SECURE : PLAIN;
}
"""


def switches(our_port: int, *, acs_url: str | None, proxies: Mapping[str, str]) -> tuple[str, ...]:
    """Return the switches of a Chromium for both barriers.

    Args:
        our_port: the port of our proxy on loopback.
        acs_url: a sign-in address besides those of AWS.
        proxies: those of `urllib.request.getproxies()`: by scheme, and `no` for the exceptions.
    """
    address = auto_config_address(our_port, acs_url=acs_url, proxies=proxies)
    rules = [
        f"MAP {pattern} ~NOTFOUND"
        for host in sign_in_hosts()
        for pattern in (host, f"*.{host}", f"{host}.", f"*.{host}.")
    ]
    if acs_url is not None:
        # A Chromium uses no PAC for loopback: a rule makes our proxy stand in for that server.
        target = f"127.0.0.1:{our_port}" if is_loopback(host_of(acs_url)) else "~NOTFOUND"
        rules.append(f"MAP {_host_with_port(acs_url)} {target}")
    return f"--proxy-pac-url={address}", f"--host-resolver-rules={', '.join(rules)}"


def auto_config_address(our_port: int, *, acs_url: str | None, proxies: Mapping[str, str]) -> str:
    """Return the PAC as a `data:` address, which contains it. Arguments as for `switches`."""
    pac = _proxy_auto_config(our_port, acs_url=acs_url, proxies=proxies)
    return "data:application/x-ns-proxy-autoconfig;base64," + b64encode(pac.encode()).decode()


def refuse_one_origin(settings: Settings) -> None:
    """Refuse a sign-in address on the identity provider's own host and port.

    Raises:
        ConfigError: they are the same, so the provider's own pages would be intercepted too.
    """
    idp_url, acs_url = settings.idp_url, settings.acs_url
    if acs_url is not None and _host_with_port(idp_url) == _host_with_port(acs_url):
        raise ConfigError(
            f"{settings.place('saml_acs_url')} and {settings.place('saml_idp_url')} have the same "
            f"host and port, {_host_with_port(acs_url)}; they must differ, so that one can be "
            "watched alone.",
            advice="Serve them under two host names or ports.",
        )


def route(url: str, proxies: Mapping[str, str]) -> str:
    """Return the way to an address that is no sign-in address, as the script has it: `DIRECT`.

    Raises:
        ConfigError: the address of the proxy cannot be read.
    """
    address = urlsplit(url)
    name = (address.hostname or "").removesuffix(".")
    exceptions = _exceptions(proxies.get("no", ""))
    if {"*", _host_with_port(url)} & set(exceptions) or is_loopback(name):
        return "DIRECT"
    if any(name == domain or name.endswith(f".{domain}") for domain in exceptions):
        return "DIRECT"
    return _route(proxies.get(address.scheme) or proxies.get("all"))


def is_watched(url: str, acs_url: str | None) -> bool:
    """Return whether no request may reach the host of `url`: the same rule as the script's."""
    address = urlsplit(url)
    name = (address.hostname or "").removesuffix(".")
    if any(name == host or name.endswith(f".{host}") for host in sign_in_hosts()):
        return True
    if acs_url is None or address.scheme not in _PORTS:
        return False
    return _host_with_port(url) == _host_with_port(acs_url)


def takes_assertion(method: str, url: str, acs_url: str | None) -> bool:
    """Return whether a request to `url` gives a SAMLResponse to AWS or to `acs_url`."""
    if partitions.takes_assertion(method, url):
        return True
    if method != "POST" or acs_url is None:
        return False
    return _without_query(url) == _without_query(acs_url)


def _proxy_auto_config(our_port: int, *, acs_url: str | None, proxies: Mapping[str, str]) -> str:
    """Return the script that tells a browser the proxy for each address."""
    constants = {
        "OUR_PROXY": f"PROXY 127.0.0.1:{our_port}",
        "SIGN_IN_HOSTS": sign_in_hosts(),
        "ACS_HOSTS": [] if acs_url is None else [_host_with_port(acs_url)],
        "EXCEPTIONS": _exceptions(proxies.get("no", "")),
        "SECURE": _route(proxies.get("https") or proxies.get("all")),
        "PLAIN": _route(proxies.get("http") or proxies.get("all")),
    }
    lines = [f"var {name} = {json.dumps(value)};\n" for name, value in constants.items()]
    return "".join(lines) + _PAC


def _route(proxy: str | None) -> str:
    """Return a proxy's address as a PAC writes it, without a password: a PAC cannot hold one.

    Raises:
        ConfigError: the address cannot be read.
    """
    if not proxy:
        return "DIRECT"
    try:
        address = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        port = address.port
    except ValueError:
        # None: an address may hold a password.
        raise ConfigError(
            "The address of a proxy cannot be read.",
            advice="Set HTTPS_PROXY, HTTP_PROXY or ALL_PROXY to an address http://HOST:PORT.",
        ) from None
    host = address.hostname or ""
    host = f"[{host}]" if ":" in host else host
    kind = _KINDS.get(address.scheme, "PROXY")
    port = port or (1080 if kind.startswith("SOCKS") else _PORTS.get(address.scheme, 80))
    return f"{kind} {host}:{port}"


def _exceptions(no_proxy: str) -> list[str]:
    """Return the domains that NO_PROXY lists, `example.com` for `*.example.com` too."""
    names = [name.strip().lower() for name in re.split(r"[,\s]+", no_proxy)]
    return [name if name == "*" else re.sub(r"^\*?\.", "", name) for name in names if name]


def _host_with_port(url: str) -> str:
    """Return `idp.example.com:443`: lower case, no final dot, the scheme's port by default."""
    address = urlsplit(url)
    host = (address.hostname or "").removesuffix(".")
    return f"{host}:{address.port or _PORTS[address.scheme]}"


def _without_query(url: str) -> tuple[str, str, str]:
    """Return the parts that make two addresses equal: scheme, host with port, and path."""
    address = urlsplit(url)
    return address.scheme, _host_with_port(url), address.path or "/"
