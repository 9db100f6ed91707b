"""Every query of the viewer on the real engine, whatever its filters hold, interpolated as Grafana does it."""

import json
from pathlib import Path

import pytest
from interpolation import Page
from viewer_choices import HOSTILE, UNSET, chosen, everything
from viewer_files import ALERTS, PANELS, QUERIES, VARIABLES, question
from viewer_story import Story, stored

from invocation_otel.store.client import Store
from own_process import in_process, outcome

QUERIES_BY_NAME = {
    **{name: panel["targets"][0]["rawSql"] for name, (_, panel) in PANELS.items()},
    **{f"variable {name}": variable["query"] for name, (_, variable) in VARIABLES.items()},
    **{f"alert {uid}": rule["data"][0]["model"]["rawSql"] for uid, rule in ALERTS.items()},
}


@pytest.fixture(scope="module")
def told(store: Store) -> Story:
    """The story, stored."""
    return stored(store)


def test_every_sql_file_of_a_panel_is_shown_by_one() -> None:
    """A file that nothing shows would never be run."""
    kept = {question(path.stem) for path in QUERIES.glob("*.sql") if not path.stem.startswith(("variable_", "alert_"))}
    assert {panel["description"] for _, panel in PANELS.values()} == kept


@pytest.mark.parametrize("name", QUERIES_BY_NAME)
def test_a_query_runs_with_every_filter_unset_set_and_unknown(store: Store, told: Story, name: str) -> None:
    for held in (UNSET, chosen(told), chosen(told, "plain"), chosen(told, "stored"), everything("unknown")):
        store.rows(Page(variables=held.variables).sql(QUERIES_BY_NAME[name]))


@pytest.mark.parametrize("name", QUERIES_BY_NAME)
def test_no_value_of_a_variable_breaks_a_query_or_finds_what_is_not_its_own(
    store: Store, told: Story, name: str
) -> None:
    """Whatever a value is, the query finds what it finds for a value that nothing has."""
    nothing = store.rows(Page(variables=everything("unknown").variables).sql(QUERIES_BY_NAME[name]))
    for value in HOSTILE:
        found = store.rows(Page(variables=everything(value).variables).sql(QUERIES_BY_NAME[name]))
        # The engine's own tables change by themselves: merges and rollups go on meanwhile.
        assert "system." in QUERIES_BY_NAME[name] or len(found) == len(nothing), value
    assert store.rows("SELECT count() AS runs FROM v_runs WHERE tenant = 'viewer'") == [{"runs": 6}]
    assert told.rows


def test_the_values_break_a_query_that_quotes_as_grafana_proposes(store: Store, told: Story) -> None:
    """Else the test above would prove nothing."""
    [broken, *_] = HOSTILE[1:]
    page = Page(variables={"tenant": broken})
    [found] = store.rows(page.sql("SELECT count() AS runs FROM v_runs WHERE tenant = '$tenant'"))
    assert found["runs"] >= len({told.answered.run_id, told.hostile.run_id})


def test_every_query_runs_on_an_empty_database(tmp_path: Path) -> None:
    page = Page(variables=UNSET.variables)
    asked = tmp_path / "queries.json"
    asked.write_text(json.dumps({name: page.sql(sql) for name, sql in QUERIES_BY_NAME.items()}), "utf-8")
    process = in_process(
        """
        import json
        with open_store(sys.argv[1]) as store:
            migrate(store)
            for name, sql in json.load(open(sys.argv[2], encoding="utf-8")).items():
                try:
                    store.rows(sql)
                except Exception as error:
                    print(name, error)
        print("asked all")
        """,
        (tmp_path / "data").as_uri(),
        str(asked),
    )
    assert outcome(process) == "asked all"
