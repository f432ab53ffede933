"""PostgreSQL refuses to run as root, and Redis should not: then they run as a service user, and no folder is opened."""

import os
import pwd
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceagent.core.errors import ConfigError

_CANDIDATES = ("voiceagent", "postgres", "nobody")
# Either lets the service user walk through folders of root, such as /root; containers often drop the first.
_PASSAGES = (("dac_read_search", 2), ("dac_override", 1))  # capability numbers of capabilities(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUser:
    """Who a server runs as. `switches` when that is not who we are."""

    name: str
    uid: int
    gid: int
    switches: bool

    def own(self, path: Path) -> None:
        """Hand `path` over."""
        if self.switches:
            os.chown(path, self.uid, self.gid)

    def command(self, command: Sequence[str], reaching: Sequence[Path]) -> list[str]:
        """`command` as this user, able to pass through the folders above `reaching`. Raises ConfigError."""
        if not self.switches:
            return list(command)
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ConfigError("as root, embedded servers need `setpriv` (package util-linux), or run as another user")
        switch = [setpriv, f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups"]
        if not all(_may_pass(path, self) for path in reaching):
            capability = _passage()
            switch += [f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}"]
        return [*switch, "--", *command]


def current_user() -> ServiceUser:
    """The user we run as."""
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError as error:
        raise ConfigError(f"user id {uid} has no name; add it to /etc/passwd or configure a Postgres URL") from error
    return ServiceUser(name=name, uid=uid, gid=os.getegid(), switches=False)


def service_user(data: Path) -> ServiceUser:
    """The owner of existing data, else the first service user this machine has. Raises ConfigError."""
    if data.exists() and data.stat().st_uid != 0:
        return _switched(pwd.getpwuid(data.stat().st_uid))
    for name in _CANDIDATES:
        try:
            return _switched(pwd.getpwnam(name))
        except KeyError:
            continue
    raise ConfigError(
        f"embedded servers do not run as root; make a user (one of {', '.join(_CANDIDATES)}) or configure URLs"
    )


def _switched(entry: pwd.struct_passwd) -> ServiceUser:
    return ServiceUser(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid, switches=True)


def _may_pass(path: Path, user: ServiceUser) -> bool:
    return all(_may_enter(folder.stat(), user) for folder in path.resolve().parents)


def _may_enter(status: os.stat_result, user: ServiceUser) -> bool:
    if status.st_uid == user.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == user.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)


def _passage() -> str:
    status = Path("/proc/self/status").read_text()
    bounding = next(line for line in status.splitlines() if line.startswith("CapBnd:"))
    allowed = int(bounding.split()[1], 16)
    for name, number in _PASSAGES:
        if allowed >> number & 1:
            return name
    raise ConfigError("the state folder lies where no service user may go; choose one outside of /root")
