"""Whether a URL of Postgres or Redis can be used at all, so that every command says the same of one that cannot.

No message shows any part of the URL: it may hold a password. The libraries that use the URLs would be better judges,
but each process reads settings and few need both libraries.
"""

import re
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

_DATABASE: Final = re.compile(  # as SQLAlchemy reads it (sqlalchemy.engine.url), which takes more than RFC 3986 does
    r"(?P<name>[\w+]+)://(?:[^:/]*(?::[^@]*)?@)?(?:(?:\[[^/?]+\]|[^/:?]+)?(?::(?P<port>[^/?]*))?)?(?:/[^?]*)?(?:\?.*)?"
)
_DATABASE_REMEDY: Final = (
    "write postgresql://user:password@host:5432/database, with special characters of the password as %XX"
)
_REDIS_SCHEMES: Final = ("redis", "rediss", "unix")
_REDIS_REMEDY: Final = (
    "write redis://:password@host:6379/0 (rediss:// for TLS, unix:// for a socket), "
    "with special characters of the password as %XX"
)


def database_url_problem(url: str) -> str:
    """What is wrong with it and what to do; "" when it can be used."""
    match = _DATABASE.fullmatch(url)
    if match is None:
        return f"is no database URL; {_DATABASE_REMEDY}"
    if match["name"].partition("+")[0] not in {"postgresql", "postgres"}:
        return f"is the URL of something else than PostgreSQL; {_DATABASE_REMEDY}"
    if match["port"] and not _is_port(match["port"]):
        return f"has a port that is no number; {_DATABASE_REMEDY}"
    return ""


def redis_url_problem(url: str) -> str:
    """What is wrong with it and what to do; "" when it can be used."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no port
    except ValueError:
        return f"has a host or port that cannot be read; {_REDIS_REMEDY}"
    if parts.scheme not in _REDIS_SCHEMES or not url.startswith(f"{parts.scheme}://"):
        return f"is no Redis URL; {_REDIS_REMEDY}"
    databases = parse_qs(parts.query).get("db", ["0"])
    if not unquote(databases[0]).isdigit():
        return f"has a `db` that is no number; {_REDIS_REMEDY}"
    return ""


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= 65_535
