"""What processes hold: memory, sockets, children. Read from /proc."""

from pathlib import Path


def rss_kib(pid: int) -> int:
    """Resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no memory")


def sockets(pid: int, kind: str) -> int:
    """Open sockets of a kind: tcp or udp (IPv4)."""
    inodes = {line.split()[9] for line in Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:]}
    count = 0
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            count += str(entry.readlink()).removeprefix("socket:[").removesuffix("]") in inodes
        except FileNotFoundError:
            continue
    return count


def children(pid: int) -> set[int]:
    """Processes that it started and that are still there, as zombies too."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == pid:
                found.add(int(entry.name))
    return found
