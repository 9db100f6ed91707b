"""compose.yaml and what Grafana and ClickHouse are given: it fits together, and the reader can only read."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from interpolation import Page
from viewer_choices import UNSET
from viewer_files import ALERTS, GRAFANA, PANELS, ROOT, budget_sql

from invocation_otel.errors import StoreError
from invocation_otel.store.client import Store


def read(path: str) -> dict[str, Any]:
    """A YAML file of the repository."""
    value: dict[str, Any] = yaml.safe_load((ROOT / path).read_text("utf-8"))
    return value


COMPOSE = read("compose.yaml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
READER = ET.parse(GRAFANA / "clickhouse/reader.xml").getroot()  # noqa: S314 - our own file
DOCUMENTED = (ROOT / "docs/viewer.md").read_text("utf-8")


def grants() -> list[str]:
    """What the reader may do."""
    return [str(grant.text) for grant in READER.findall("users/grafana/grants/query")]


def documented_statements() -> list[str]:
    """What docs/viewer.md tells somebody with a ClickHouse of their own to run."""
    [block] = re.findall(r"```sql\n(CREATE SETTINGS PROFILE.*?)```", DOCUMENTED, re.DOTALL)
    return [statement for statement in block.split(";") if statement.strip()]


def test_every_image_is_pinned_and_every_service_can_start() -> None:
    assert {
        name: re.fullmatch(r"[\w/.-]+:[\d.]+(-slim)?", service["image"]) is None for name, service in SERVICES.items()
    } == {
        "clickhouse": False,
        "migrate": False,
        "collector": False,
        "grafana": False,
    }
    needed = {other for service in SERVICES.values() for other in service.get("depends_on", {})}
    assert needed <= set(SERVICES)
    assert [name for name in ("clickhouse", "grafana") if "healthcheck" not in SERVICES[name]] == []


def test_the_collector_is_the_one_that_is_tested() -> None:
    built = read("collector-builder.yaml")["dist"]["version"]
    assert SERVICES["collector"]["image"] == f"otel/opentelemetry-collector-contrib:{built}"


def test_what_is_mounted_exists() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service["volumes"]]
    files = [mount for mount in mounts if mount.startswith(".")]
    assert [mount for mount in files if not (ROOT / mount).exists()] == []
    assert set(mounts) - set(files) == set(COMPOSE["volumes"])


def test_ports_are_open_to_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_environment_names_are_the_ones_that_are_read() -> None:
    collector = (ROOT / "collector-config.yaml").read_text("utf-8")
    assert set(SERVICES["collector"]["environment"]) <= set(re.findall(r"\$\{env:(\w+)", collector))
    source = (GRAFANA / "provisioning/datasources/invocation.yaml").read_text("utf-8")
    assert set(re.findall(r"\$(\w+)", source)) <= set(SERVICES["grafana"]["environment"])
    read_by_clickhouse = {element.attrib["from_env"] for element in READER.iter() if "from_env" in element.attrib}
    assert read_by_clickhouse <= set(SERVICES["clickhouse"]["environment"])
    assert READER.find(f"users/{SERVICES['grafana']['environment']['CLICKHOUSE_READER']}") is not None


def test_both_sides_of_a_password_are_the_same() -> None:
    clickhouse, grafana, collector = (SERVICES[name]["environment"] for name in ("clickhouse", "grafana", "collector"))
    assert clickhouse["CLICKHOUSE_READER_PASSWORD"] == grafana["CLICKHOUSE_READER_PASSWORD"]
    assert clickhouse["CLICKHOUSE_PASSWORD"] == collector["CLICKHOUSE_PASSWORD"]
    assert (
        f"{clickhouse['CLICKHOUSE_PASSWORD']}@clickhouse:8123" in SERVICES["migrate"]["environment"]["INVOCATION_URL"]
    )


def test_grafana_finds_its_source_and_its_dashboards() -> None:
    [source] = read("grafana/provisioning/datasources/invocation.yaml")["datasources"]
    [provider] = read("grafana/provisioning/dashboards/invocation.yaml")["providers"]
    asked = {rule["data"][0]["datasourceUid"] for rule in ALERTS.values()}
    assert (source["type"], {source["uid"]}) == ("grafana-clickhouse-datasource", asked)
    assert f"./grafana/dashboards:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]
    version = next(iter(PANELS.values()))[1]["targets"][0]["pluginVersion"]
    assert SERVICES["grafana"]["environment"]["GF_PLUGINS_PREINSTALL_SYNC"] == f"{source['type']}@{version}"


def test_the_alert_rules_are_paused_and_have_a_threshold() -> None:
    told = {
        uid: (rule["isPaused"], rule["condition"], rule["data"][1]["model"]["conditions"][0]["evaluator"]["params"])
        for uid, rule in ALERTS.items()
    }
    assert told == {
        "invocation-error-rate": (True, "B", [0.05]),
        "invocation-budget": (True, "B", [0.8]),
        "invocation-pipeline-loss": (True, "B", [0]),
        "invocation-runs-lost": (True, "B", [0]),
        "invocation-unpriced-model": (True, "B", [0]),
    }


def test_a_tenant_may_have_a_budget_of_its_own(store: Store) -> None:
    said = {"budget": {"monthly_usd": 1000, "tenants": {"o'dd \\": 250}}}
    rows = store.rows(f"SELECT {budget_sql(said)} AS usd FROM (SELECT arrayJoin(['o\\'dd \\\\', 'any']) AS tenant)")
    assert [row["usd"] for row in rows] == [250.0, 1000.0]


def test_the_reader_is_granted_reading_and_nothing_else(store: Store) -> None:
    assert [re.fullmatch(r"GRANT SELECT ON (invocation\.\*|system\.parts)", grant) is None for grant in grants()] == [
        False,
        False,
    ]
    profile = READER.find("profiles/invocation_reader")
    assert profile is not None
    assert (profile.findtext("readonly"), profile.find("constraints/readonly/const") is not None) == ("2", True)
    for grant in grants():
        assert store.rows(f"EXPLAIN AST {grant} TO grafana")


def test_the_documented_statements_make_the_same_reader(store: Store) -> None:
    """The embedded engine has no users, so that the statements are parsed and not run."""
    statements = documented_statements()
    assert [grant for grant in grants() if f"{grant} TO grafana" not in [each.strip() for each in statements]] == []
    for statement in statements:
        assert store.rows(f"EXPLAIN AST {statement.strip()}")


@pytest.mark.parametrize("name", PANELS)
def test_a_reader_may_run_every_panel(store: Store, name: str) -> None:
    sql = Page(variables=UNSET.variables).sql(PANELS[name][1]["targets"][0]["rawSql"])
    store.rows(f"SELECT * FROM ({sql}) SETTINGS readonly = 2")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO facets SETTINGS readonly = 2 VALUES ('a', 'b', 'c', '2026-01-01')",
        "CREATE TABLE copied ENGINE = Memory AS SELECT 1 AS one SETTINGS readonly = 2",
    ],
)
def test_a_reader_may_not_write(store: Store, statement: str) -> None:
    with pytest.raises(StoreError, match="readonly"):
        store.run(statement)
