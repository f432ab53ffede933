"""Who uses the shell, for the audit log and for what is exported."""

import os
import pwd


def shell_user() -> str:
    """The name, or the number of a user without one, as containers have them. Not from LOGNAME, which anybody sets."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
