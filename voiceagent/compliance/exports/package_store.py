"""Where packages wait to be downloaded: a folder a tenant, files for their owner only."""

import os
import re
import shutil
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from voiceagent.core.errors import NotFound
from voiceagent.core.ids import TenantId

_OF_EXPORT: Final = re.compile(r"\.?export-(?P<id>exp_[0-9A-Za-z]{1,40})\..*")


class OpenPackage:
    """A package to be read in any order. Reading blocks."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._file = path.open("rb")
        self.size = os.fstat(self._file.fileno()).st_size

    def read(self, start: int, length: int) -> bytes:
        return os.pread(self._file.fileno(), length, start)

    def close(self) -> None:
        self._file.close()


class PackageStore:
    """`<root>/<tenant>/export-<id>.zip`; what is being written lies beside it under other names."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def path(self, tenant_id: TenantId, export_id: str) -> Path:
        """Where the package is, or will be."""
        return self._folder(tenant_id) / f"export-{export_id}.zip"

    def prepare(self, tenant_id: TenantId, export_id: str, attempt: int) -> Path:
        """Where this attempt writes; what attempts before it left is cleared away, but for a whole package: one of them
        may have offered it just now. Blocks. Raises OSError.
        """
        folder = self._folder(tenant_id)
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        for one, path in self._files(tenant_id):
            if one == export_id and path != self.path(tenant_id, export_id):
                _remove(path)
        return folder / f"export-{export_id}.{attempt}.draft"

    def put(self, draft: Path, tenant_id: TenantId, export_id: str) -> None:
        """Give a whole package its name. Blocks. Raises OSError."""
        place = self.path(tenant_id, export_id)
        draft.replace(place)
        folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def discard(self, draft: Path) -> None:
        """Remove what `prepare` named. Blocks. Raises OSError."""
        _remove(draft)

    def open(self, tenant_id: TenantId, export_id: str) -> OpenPackage:
        """Blocks. Raises NotFound, OSError."""
        try:
            return OpenPackage(self.path(tenant_id, export_id))
        except FileNotFoundError as error:
            raise NotFound(f"the package of export {export_id} is gone from the disk; ask for a new export") from error

    def remove_all(self, tenant_id: TenantId, export_ids: Collection[str]) -> None:
        """Remove every file of these exports, whole or not. Blocks. Raises OSError."""
        for export_id, path in self._files(tenant_id):
            if export_id in export_ids:
                _remove(path)

    def exports(self, tenant_id: TenantId) -> frozenset[str]:
        """The exports of the tenant that have files of any kind. Blocks. Raises OSError."""
        return frozenset(export_id for export_id, _ in self._files(tenant_id))

    def _files(self, tenant_id: TenantId) -> Sequence[tuple[str, Path]]:
        folder = self._folder(tenant_id)
        found = [(path, _OF_EXPORT.fullmatch(path.name)) for path in folder.iterdir()] if folder.is_dir() else []
        return [(name["id"], path) for path, name in found if name is not None]

    def _folder(self, tenant_id: TenantId) -> Path:
        return self._root / quote(tenant_id, safe="").replace(".", "%2E")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
