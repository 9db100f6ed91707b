"""Remove copies that nobody refers to any more, and prove it by looking again."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from invocation_otel.errors import CopiesError

from .storage import Storage, folder_of

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Copies:
    """The copies of one tenant. Each method raises ``CopiesError`` when the storage cannot be reached."""

    def __init__(self, storage: Storage, tenant: str) -> None:
        self._storage = storage
        self._tenant = tenant

    def digests(self) -> set[str]:
        """The SHA-256 of each, also of one that was never written to its end."""
        return set(self._keys())

    def remove(self, digests: Collection[str]) -> int:
        """Remove those of *digests* and look again: how many there were; ``CopiesError`` when one is left."""
        there = {digest: keys for digest, keys in self._keys().items() if digest in digests}
        with self._plain_errors(f"some of {len(there)} copies that are to be removed are left"):
            for keys in there.values():
                for key in keys:
                    self._storage.remove(key)
        left = self.digests() & there.keys()
        if left:
            raise CopiesError(
                f"{len(left)} copies of files of tenant {self._tenant!r} came in while they were removed from "
                f"{self._storage.url}. Call it again."
            )
        return len(there)

    def written_before(self, moment: datetime, digests: Collection[str]) -> set[str]:
        """Those of *digests* that were written before *moment*."""
        there = {digest: keys for digest, keys in self._keys().items() if digest in digests}
        with self._plain_errors("when its copies were written is not known"):
            return {d for d, keys in there.items() if all(self._storage.written_at(key) < moment for key in keys)}

    def _keys(self) -> dict[str, list[str]]:
        """Where the copies of each SHA-256 lie."""
        found: dict[str, list[str]] = {}
        with self._plain_errors("which copies it holds is not known"):
            for key in self._storage.keys(folder_of(self._tenant)):
                if digest := _DIGEST.search(key.rpartition("/")[2]):
                    found.setdefault(digest[0], []).append(key)
        return found

    @contextmanager
    def _plain_errors(self, so: str) -> Iterator[None]:
        try:
            yield
        except CopiesError:
            raise
        except Exception as error:  # of whatever library reaches the storage
            raise CopiesError(
                f"The files' storage {self._storage.url} failed ({type(error).__name__}: {error}): {so}. Check "
                "INVOCATION_FILES and its credentials. Copies that no row refers to are removed by `invocation-otel "
                f"files prune --tenant {self._tenant} --older-than-days 0`."
            ) from error
