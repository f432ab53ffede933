"""Text that people write into one line: nothing in it that a terminal would obey, that turns the order of signs around
(Unicode UAX #9, 2), or that no table holds."""

from typing import Final

ONE_LINE: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
