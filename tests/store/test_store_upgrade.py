"""A database made by an earlier release becomes the same as a new one, and keeps its rows.

What was released stands in released.txt: the digest of every migration file that a version brought. From then on such a
file can never be edited again, since databases out there have run it; what changes goes into a new file. Until 0.1.0 is
out, files may still be edited. On the day of a release, add the lines that `pins(version)` below returns, once.
"""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from invocation_otel.store.client import Store
from invocation_otel.store.migrate import migrations
from landing_rows import RecordedRun
from own_process import in_process, outcome

FIRST_RELEASE = "0.1.0"
RELEASED = [
    tuple(line.split()) for line in Path(__file__).with_name("released.txt").read_text().splitlines() if line[:1] != "#"
]
DIGESTS = {migration.name: migration.digest for migration in migrations()}
SCHEMA = """
    SELECT name, replaceRegexpAll(create_table_query, '(?s)\\\\s+', ' ') AS made FROM system.tables
    WHERE database = 'invocation' AND name NOT LIKE '.%' AND engine != 'Memory' ORDER BY name
"""
UPGRADE = """
import json
from invocation_otel.store.migrate import migrations, _make_ledger
names, rows = json.loads(sys.argv[2]), json.loads(sys.argv[3])
with open_store(sys.argv[1]) as store:
    store.create_database()
    _make_ledger(store, None)
    for old in migrations():
        if old.name in names:
            store.run(old.statement(store.database))
            store.insert("migrations", [{"name": old.name, "digest": old.digest}])
    store.insert("otel_traces", rows)
    assert sorted(migrate(store) + names) == [known.name for known in migrations()]
    store.insert("otel_traces", rows)
    found = store.rows("SELECT run_id FROM v_runs")
    print(json.dumps([found, store.rows(sys.argv[4])]))
"""


def pins(release: str) -> str:
    """The lines of released.txt for *release*: those files that no earlier one brought."""
    known = {name for _, name, _ in RELEASED}
    return "".join(f"{release} {name} {digest}\n" for name, digest in DIGESTS.items() if name not in known)


def test_what_was_released_is_never_edited() -> None:
    """Restore what is listed here, and put the change into a new migration."""
    assert [(release, name) for release, name, digest in RELEASED if DIGESTS.get(name) != digest] == []


def test_a_release_is_pinned_before_the_next_one() -> None:
    assert version("invocation-otel") == FIRST_RELEASE or RELEASED
    assert pins("1.2.3").splitlines()[0] == f"1.2.3 0001_stage.sql {DIGESTS['0001_stage.sql']}"


def schemas_released() -> list[list[str]]:
    """The files of each release, and today's without the last ten: an upgrade must work before there is a release."""
    versions = list(dict.fromkeys(release for release, _, _ in RELEASED))
    of_releases = [
        [name for release, name, _ in RELEASED if versions.index(release) <= versions.index(latest)]
        for latest in versions
    ]
    return [*of_releases, list(DIGESTS)[:-10]]


@pytest.mark.parametrize("names", schemas_released(), ids=lambda names: names[-1])
def test_an_upgraded_database_equals_a_new_one_and_keeps_its_rows(
    store: Store, tmp_path: Path, names: list[str]
) -> None:
    run = RecordedRun(tenant="upgraded")
    rows = json.dumps([run.round(1), run.end(1)])
    told = outcome(in_process(UPGRADE, tmp_path.as_uri(), json.dumps(names), rows, SCHEMA))
    found, schema = json.loads(told)
    assert found == [{"run_id": run.run_id}]
    made = {row["name"]: row["made"] for row in store.rows(SCHEMA)}
    assert {row["name"]: row["made"] for row in schema} == made
