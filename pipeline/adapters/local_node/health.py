"""Asking a node on this machine whether it is up, with nothing but the standard library."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Health:
    """``usable``: every index has a shard that answers."""

    cluster: str
    usable: bool


def ask_health(port: int, timeout: float) -> Health | None:
    """What the server on ``port`` says of itself; None if nobody answers, or not as Elasticsearch does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", "/_cluster/health")
        answer: Any = json.loads(connection.getresponse().read(100_000))
        return Health(str(answer["cluster_name"]), answer["status"] in ("green", "yellow"))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def free_port(wanted: int | None) -> int:
    """``wanted`` if it is free on the loopback address, else any port that is."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
            except OSError:
                continue
    raise OSError("no free port on 127.0.0.1")
