"""What stands for one object in a path."""

from typing import Annotated

from fastapi import Path

IdPath = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
