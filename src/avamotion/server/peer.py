"""Who is on the other side: the address of a client, and which proxies may name it."""

import ipaddress
from typing import Final

from starlette.requests import HTTPConnection

from avamotion.errors import ConfigError

__all__ = ["peer_address", "trusted_peers"]

_UNKNOWN: Final = "unknown"
_MAPPED_BITS: Final = 96


def peer_address(connection: HTTPConnection) -> str:
    """Return the address of a client, for a log line.

    What a proxy says it is has been taken over by now, if the proxy is trusted.
    """
    try:
        address = ipaddress.ip_address(connection.client.host if connection.client else "")
    except ValueError:
        return _UNKNOWN  # whatever a client wrote into the header does not get into the log
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def trusted_peers(setting: str) -> list[str] | str:
    """Return ``listen.trusted_proxies`` as uvicorn takes it: a list, or ``*`` for everybody.

    An IPv4 proxy that reaches a socket for both families has an address like ``::ffff:10.0.0.1``,
    which uvicorn takes for another one: both are in the list.

    Raises:
        ConfigError: If one is no address. Uvicorn would trust nobody, and say nothing.
    """
    texts = [text.strip() for text in setting.split(",") if text.strip()]
    if texts == ["*"]:
        return "*"
    peers: list[str] = []
    for text in texts:
        try:
            network = ipaddress.ip_network(text)
        except ValueError as exc:
            raise ConfigError(
                f"listen.trusted_proxies: {text!r} is no address: use one like 10.0.0.1, a network "
                "like 10.0.0.0/8, several with commas between, or * alone for all"
            ) from exc
        peers.append(text)
        if network.version == 4:
            mapped = f"::ffff:{network.network_address}"
            peers.append(f"{mapped}/{_MAPPED_BITS + network.prefixlen}")
    return peers
