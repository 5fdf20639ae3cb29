"""Python loads this at the start of a notebook's kernel and of every process that it starts.

It lets sockets reach this machine only. An audit hook cannot be taken off again, and it sees
every library that uses Python's sockets. Each attempt is also written to a log, so that one which
a library swallows is still reported.
"""

import ipaddress
import os
import sys

LOG = os.environ.get("COURSE_NETWORK_LOG")
WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg"}
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


class NetworkBlocked(OSError):
    """A notebook tried to reach another machine; the course must run without a network."""


def _is_local(host):
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if host in (None, "", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(str(host).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse(host, port=None):
    where = f"{host}:{port}" if port else str(host)
    if LOG:
        log = os.open(LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(log, f"{where}\n".encode())
        finally:
            os.close(log)
    raise NetworkBlocked(f"the course runs offline, so {where} may not be reached")


def _watch(event, arguments):
    if event in LOOKUPS and not _is_local(arguments[0]):
        _refuse(*arguments[:2] if event == "socket.getaddrinfo" else arguments[:1])
    if event in WATCHED:
        address = arguments[1]
        # A string is a Unix socket; sendto on a connected socket has no address.
        if isinstance(address, tuple) and not _is_local(address[0]):
            _refuse(*address[:2])


if LOG:
    sys.addaudithook(_watch)
