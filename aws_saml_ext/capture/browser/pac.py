"""
Where the browser sends what: sign-in hosts to our proxy, the rest where it would have gone. Pure.

Two bolts on the same door. A proxy auto-config (PAC) sends every request for a sign-in host to us,
and a resolver rule lets no direct way to such a host be found.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit

from aws_saml_ext import partitions
from aws_saml_ext.errors import ConfigError
from aws_saml_ext.net import is_loopback
from aws_saml_ext.partitions import sign_in_hosts

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
  if (OURS.some(within) || ALSO_OURS.indexOf(name + ":" + port) >= 0) return US;
  if (DIRECTLY.indexOf("*") >= 0 || DIRECTLY.some(within)) return "DIRECT";
  if (DIRECTLY.indexOf(name + ":" + port) >= 0) return "DIRECT";
  if (/^(localhost|.*\\.localhost|127\\.[0-9.]+|\\[?::1\\]?)$/.test(name)) return "DIRECT";
  return secure ? SECURE : PLAIN;
}
"""


def switches(our_port: int, *, acs_url: str | None, proxies: Mapping[str, str]) -> tuple[str, ...]:
    """
    The switches of a Chromium that carry both bolts.

    `proxies` are those of `urllib.request.getproxies()`: by scheme, and `no` for the exceptions.
    """
    address = auto_config_address(our_port, acs_url=acs_url, proxies=proxies)
    rules = [
        f"MAP {pattern} ~NOTFOUND"
        for host in sign_in_hosts()
        for pattern in (host, f"*.{host}", f"{host}.", f"*.{host}.")
    ]
    if acs_url is not None:
        # A Chromium asks no PAC about loopback: there it is led to us as if we were that server.
        to = f"127.0.0.1:{our_port}" if _is_on_loopback(acs_url) else "~NOTFOUND"
        rules.append(f"MAP {_host_and_port(acs_url)} {to}")
    return f"--proxy-pac-url={address}", f"--host-resolver-rules={', '.join(rules)}"


def auto_config_address(our_port: int, *, acs_url: str | None, proxies: Mapping[str, str]) -> str:
    """The PAC as an address that a browser can be given: a `data:` one, which holds it."""
    pac = _proxy_auto_config(our_port, acs_url=acs_url, proxies=proxies)
    return "data:application/x-ns-proxy-autoconfig;base64," + b64encode(pac.encode()).decode()


def refuse_one_origin(idp_url: str, acs_url: str | None) -> None:
    """
    Refuse a sign-in address on the identity provider's own host and port.

    Raises:
        ConfigError: every request to it would come to us, the provider's pages among them.
    """
    if acs_url is not None and _host_and_port(idp_url) == _host_and_port(acs_url):
        raise ConfigError(
            "saml_acs_url and saml_idp_url are on the same host and port, "
            "so that the one cannot be watched without the other.",
            hint="Serve them under two names or ports",
        )


def is_watched(url: str, acs_url: str | None) -> bool:
    """Whether this address is on a host where no request may arrive: the script's own rule."""
    address = urlsplit(url)
    name = (address.hostname or "").removesuffix(".")
    if any(name == host or name.endswith(f".{host}") for host in sign_in_hosts()):
        return True
    if acs_url is None or address.scheme not in _PORTS:
        return False
    return _host_and_port(url) == _host_and_port(acs_url)


def takes_assertion(method: str, url: str, acs_url: str | None) -> bool:
    """Whether this request hands a SAMLResponse to AWS, or to the user's own sign-in address."""
    if partitions.takes_assertion(method, url):
        return True
    if method != "POST" or acs_url is None:
        return False
    return _without_query(url) == _without_query(acs_url)


def _proxy_auto_config(our_port: int, *, acs_url: str | None, proxies: Mapping[str, str]) -> str:
    """The script that a browser asks for the way to each address."""
    constants = {
        "US": f"PROXY 127.0.0.1:{our_port}",
        "OURS": sign_in_hosts(),
        "ALSO_OURS": [] if acs_url is None else [_host_and_port(acs_url)],
        "DIRECTLY": _exceptions(proxies.get("no", "")),
        "SECURE": _way(proxies.get("https") or proxies.get("all")),
        "PLAIN": _way(proxies.get("http") or proxies.get("all")),
    }
    lines = [f"var {name} = {json.dumps(value)};\n" for name, value in constants.items()]
    return "".join(lines) + _PAC


def _way(proxy: str | None) -> str:
    """A proxy's address as a PAC writes it. A password in it cannot be told to a browser."""
    if not proxy:
        return "DIRECT"
    try:
        address = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        given_port = address.port
    except ValueError:
        # None: an address may hold a password.
        raise ConfigError(
            "The address of a proxy cannot be read.",
            hint="Correct HTTPS_PROXY, HTTP_PROXY or ALL_PROXY: http://HOST:PORT",
        ) from None
    host = address.hostname or ""
    host = f"[{host}]" if ":" in host else host
    kind = _KINDS.get(address.scheme, "PROXY")
    port = given_port or (1080 if kind.startswith("SOCKS") else _PORTS.get(address.scheme, 80))
    return f"{kind} {host}:{port}"


def _exceptions(no_proxy: str) -> list[str]:
    """What NO_PROXY lists, as domains: `.example.com` and `*.example.com` are `example.com`."""
    names = [name.strip().lower() for name in re.split(r"[,\s]+", no_proxy)]
    return [name if name == "*" else re.sub(r"^\*?\.", "", name) for name in names if name]


def _is_on_loopback(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _host_and_port(url: str) -> str:
    """`idp.example.com:443`: in lower case, without a last dot, the scheme's port where none is."""
    address = urlsplit(url)
    host = (address.hostname or "").removesuffix(".")
    return f"{host}:{address.port or _PORTS[address.scheme]}"


def _without_query(url: str) -> tuple[str, str, str]:
    """What makes two addresses the same door: scheme, host with port, and path."""
    address = urlsplit(url)
    return address.scheme, _host_and_port(url), address.path or "/"
