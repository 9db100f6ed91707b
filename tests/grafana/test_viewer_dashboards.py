"""The committed dashboards: equal to a rebuild, and free of the mistakes that Grafana does not tell."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from viewer_files import ALERTS, DASHBOARDS, GRAFANA, PANELS, QUERIES, VARIABLES, built

from invocation_otel.grafana_files import write_grafana

SQL = {
    **{name: panel["targets"][0]["rawSql"] for name, (_, panel) in PANELS.items()},
    **{name: variable["query"] for name, (_, variable) in VARIABLES.items()},
    **{uid: rule["data"][0]["model"]["rawSql"] for uid, rule in ALERTS.items()},
}
QUOTED = re.compile(
    r"decodeURLComponent\('\$\{\w+:percentencode\}'\)"
    r"|arrayMap\(v -> decodeURLComponent\(substring\(v, 3\)\), splitByChar\('&', '\$\{\w+:customqueryparam:v\}'\)\)"
)
CONDITION = re.compile(r"\$__conditionalAll\(has\(QUOTED, [^$]*?\), \$\w+\)")
MACROS = re.compile(
    r"\$__(?:timeFilter|timeFilter_ms|timeInterval)\([^()$]+\)|\$__(?:fromTime|toTime)\b|\$\{__(?:from|to)\}"
)
MARKDOWN = "Messages Prompt Cost Metadata Comparison Said".split()  # noqa: SIM905 - easier to read


def test_the_committed_files_equal_a_rebuild() -> None:
    made = built()
    assert {name: (GRAFANA / name).read_text("utf-8") for name in made} == made
    assert {path.name for path in (GRAFANA / "dashboards").iterdir()} == {
        name.removeprefix("dashboards/") for name in made if name.startswith("dashboards/")
    }


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_a_dashboard_has_its_uid_its_source_and_unique_panels(uid: str) -> None:
    page = DASHBOARDS[uid]
    ids = [panel["id"] for panel in page["panels"]]
    source = page["templating"]["list"][0]
    assert (page["uid"], page["schemaVersion"], len(ids)) == (uid, 42, len(set(ids)))
    assert page["title"]
    assert page["description"]
    assert (source["type"], source["name"], source["query"]) == (
        "datasource",
        "datasource",
        "grafana-clickhouse-datasource",
    )


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_says_what_it_shows_in_which_unit_from_the_chosen_source(name: str) -> None:
    _, panel = PANELS[name]
    [target] = panel["targets"]
    sources = [source["uid"] for source in (panel["datasource"], target["datasource"])]
    assert panel["title"]
    assert re.fullmatch(r"[A-Z].*\?", panel["description"])
    assert sources == ["${datasource}"] * 2
    if panel["type"] in {"timeseries", "piechart", "stat"}:
        assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("name", PANELS)
def test_every_column_that_is_dressed_is_there(name: str) -> None:
    """A column that was renamed would lose its unit, its link or its width without a word."""
    _, panel = PANELS[name]
    sql = SQL[name]
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"]["id"] == "byName":
            assert f'"{override["matcher"]["options"]}"' in sql


@pytest.mark.parametrize("uid", DASHBOARDS)
def test_panels_do_not_overlap_and_stay_in_the_grid(uid: str) -> None:
    places = [panel["gridPos"] for panel in DASHBOARDS[uid]["panels"]]
    assert [place for place in places if place["x"] + place["w"] > 24] == []
    assert [(a, b) for a, b in combinations(places, 2) if _overlap(a, b)] == []


def _overlap(a: dict[str, int], b: dict[str, int]) -> bool:
    return (
        a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    )


@pytest.mark.parametrize("name", PANELS)
def test_a_table_fits_on_1280_pixels(name: str) -> None:
    """Columns without a width share what is left; what does not fit is cut off on the right."""
    _, panel = PANELS[name]
    if panel["type"] != "table":
        return
    widths = [_width(override) for override in panel["fieldConfig"]["overrides"]]
    assert sum(widths) <= 1280 * panel["gridPos"]["w"] / 24 - 40


def _width(override: dict[str, Any]) -> int:
    said = {item["id"]: item["value"] for item in override["properties"]}
    if said.get("custom.hideFrom.viz"):
        return 0
    return int(said.get("custom.width") or said.get("custom.minWidth") or 60)


@pytest.mark.parametrize("name", SQL)
def test_a_variable_enters_sql_only_quoted(name: str) -> None:
    """`${x:singlequote}` can be left with a backslash: see docs/viewer.md."""
    rest = CONDITION.sub("", QUOTED.sub("QUOTED", SQL[name]))
    rest = MACROS.sub("", rest)
    assert re.findall(r"\$\{?\w+.{0,40}|\[\[.{0,20}|--.{0,20}", rest) == []


def test_every_link_leads_to_a_dashboard_and_sets_variables_that_it_has() -> None:
    links = [link for dashboard in DASHBOARDS.values() for link in _links(dashboard)]
    links += re.findall(r"/d/[\w-]+\?[^')]*", "".join(SQL.values()))
    assert len(links) > 20
    for link in links:
        uid = re.match(r"/d/([\w-]+)", link)
        assert uid
        names = {variable["name"] for variable in DASHBOARDS[uid[1]]["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", link)) <= names, link


def _links(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["url"]] if isinstance(value.get("url"), str) and value["url"].startswith("/d/") else []
        return own + [link for item in value.values() for link in _links(item)]
    return [link for item in value for link in _links(item)] if isinstance(value, list) else []


def test_every_query_begins_with_the_question_it_answers() -> None:
    firsts = {path.stem: path.read_text("utf-8").splitlines()[0] for path in QUERIES.glob("*.sql")}
    assert [name for name, first in firsts.items() if not re.fullmatch(r"-- [A-Z].*\?", first)] == []


def test_the_files_are_written_as_they_are_committed(tmp_path: Path) -> None:
    written = write_grafana(tmp_path / "viewer")
    assert {path.relative_to(tmp_path / "viewer"): path.read_bytes() for path in written} == {
        path.relative_to(GRAFANA): path.read_bytes()
        for path in GRAFANA.rglob("*.*")
        if path.parent.name in {"dashboards", "datasources", "alerting", "clickhouse"}
    }
