"""Tell which copies of files the rows of a tenant refer to."""

from .client import Store

# Files of runs, and those that stood in messages and in what tools were given and gave back. Any text that looks like a
# SHA-256 counts: a copy too many is kept rather than one that somebody looks for removed.
_REFERRED = """
SELECT DISTINCT arrayJoin(digests) AS digest
FROM
(
    SELECT [sha256] AS digests FROM files WHERE tenant = {tenant:String} AND sha256 != ''
    UNION ALL
    SELECT extractAll(body, '[0-9a-f]{64}') FROM contents WHERE tenant = {tenant:String} AND body LIKE '%sha256%'
    UNION ALL
    SELECT extractAll(concat(arguments, ' ', result), '[0-9a-f]{64}')
    FROM tool_calls
    WHERE tenant = {tenant:String} AND (arguments LIKE '%sha256%' OR result LIKE '%sha256%')
)
"""
_COPIED = "SELECT DISTINCT sha256 FROM files WHERE tenant = {tenant:String} AND mirrored"
_HAS_RUNS = "SELECT count() > 0 AS known FROM (SELECT 1 FROM runs WHERE tenant = {tenant:String} LIMIT 1)"


def referred_copies(store: Store, tenant: str) -> set[str]:
    """The SHA-256 of every file that a row of *tenant* names, copied or not."""
    return {row["digest"] for row in store.rows(_REFERRED, {"tenant": tenant})}


def copied_files(store: Store, tenant: str) -> set[str]:
    """The SHA-256 of the files of its runs of which a copy was made."""
    return {row["sha256"] for row in store.rows(_COPIED, {"tenant": tenant})}


def has_runs(store: Store, tenant: str) -> bool:
    """Whether the store knows any run of *tenant*."""
    [row] = store.rows(_HAS_RUNS, {"tenant": tenant})
    return bool(row["known"])
