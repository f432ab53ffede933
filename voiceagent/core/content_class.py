"""The classes of what a call leaves behind that live and die apart: the letters of `records.base.RetentionClass`."""

from enum import StrEnum


class ContentClass(StrEnum):
    """Whose content goes when its term is over; names are what people say, values what is stored."""

    AUDIO = "A"
    TRANSCRIPT = "T"
    TOOL = "X"
    METADATA = "M"
    CONSENT = "C"
