"""Text that people write into one line: nothing in it that a terminal would obey, and nothing that no table holds."""

from typing import Final

ONE_LINE: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
