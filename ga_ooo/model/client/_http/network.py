"""How a server is reached: through which proxy of the environment, with which certificates.

Proxies are those of the environment (``http_proxy``, ``https_proxy``, ``all_proxy``, ``no_proxy``),
as for other programs, with one exception: requests to this machine itself never go to a proxy. A
proxy usually refuses them, and desktop VPNs set the variables without ``no_proxy``.
"""

from __future__ import annotations

import functools
import importlib
import ipaddress
import os
import ssl
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import openai

from ga_ooo.errors import UsageError

http: Any = importlib.import_module(
    openai.DefaultAsyncHttpxClient.__mro__[1].__module__.partition(".")[0]
)
"""The HTTP library of openai: httpx for versions 1 and 2, httpx2 for version 3."""

_SCHEMES: Final = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy of the environment.

    Attributes:
        url: its URL, which may contain a password.
        source: the environment variable that names it.
    """

    url: str
    source: str

    @property
    def is_socks(self) -> bool:
        """Whether it is a SOCKS proxy."""
        return urlsplit(self.url).scheme.lower().startswith("socks")

    def __str__(self) -> str:
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return f"the proxy {parts.scheme}://{host} of {self.source}"


def proxy_for(url: str) -> Proxy | None:
    """The proxy through which a server is reached; None for a direct connection.

    Raises:
        UsageError: the proxy is of an unknown type, or needs a package that is not installed.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    proxies = getproxies()
    scheme = next((name for name in (parts.scheme, "all") if proxies.get(name)), None)
    if scheme is None or proxy_bypass(f"{host}:{parts.port}" if parts.port else host):
        return None
    given = proxies[scheme]
    names = (f"{scheme}_proxy", f"{scheme}_proxy".upper())
    source = next((name for name in names if os.environ.get(name)), "the system's settings")
    return _checked(Proxy(given if "://" in given else f"http://{given}", source), host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is that of this machine's loopback interface."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


def _checked(proxy: Proxy, host: str) -> Proxy:
    remedy = f"set NO_PROXY={host} if the server is reachable without it, or unset {proxy.source}"
    try:
        scheme = urlsplit(proxy.url).scheme.lower()
        reachable = bool(urlsplit(proxy.url).hostname) and urlsplit(proxy.url).port != 0
    except ValueError:
        scheme, reachable = "", False
    if scheme not in _SCHEMES or not reachable:
        # Not quoted, since it may contain a password.
        raise UsageError(f"{proxy.source} names no usable proxy for {host}", remedy)
    if scheme.startswith("socks") and find_spec("socksio") is None:
        raise UsageError(
            f"requests to {host} go through {proxy}, and the package socksio, which SOCKS proxies "
            "need, is not installed",
            f"python -m pip install socksio, or {remedy}",
        )
    return proxy


@functools.cache
def tls_context(ca: Path | None) -> ssl.SSLContext:
    """The trusted certificates: those of the system or of ``SSL_CERT_FILE``, and those of ``ca``.

    Cached, since reading the trust store takes 0.1 s.

    Args:
        ca: file with further certificates of authorities (PEM); None for none.

    Raises:
        UsageError: a file cannot be read, or holds no certificate.
    """
    try:
        context: ssl.SSLContext = http.create_ssl_context()
    except OSError as error:  # ssl.SSLError is one
        variable = "SSL_CERT_FILE" if os.environ.get("SSL_CERT_FILE") else "SSL_CERT_DIR"
        raise UsageError(
            f"cannot read the certificates that {variable} names: {error.strerror or error}",
            f"correct or unset {variable}",
        ) from error
    if ca is not None:
        try:
            context.load_verify_locations(cafile=ca)
        except OSError as error:
            raise UsageError(
                f"cannot read certificates from {ca}: {error.strerror or error}",
                "give --ca a PEM file with the certificate of the authority (BEGIN CERTIFICATE)",
            ) from error
    return context
