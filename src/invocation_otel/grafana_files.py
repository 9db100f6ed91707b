"""The dashboards, data source and alert rules, ready to be mounted into any Grafana."""

from pathlib import Path
from shutil import copyfile

_PARTS = ("dashboards/*.json", "provisioning/*/*.yaml", "clickhouse/*.xml")


def write_grafana(folder: Path) -> list[Path]:
    """Write the viewer's files into *folder*, which is made when it is not there; the files, sorted."""
    return sorted(_copied(file, to=folder / file.relative_to(_source())) for file in _files())


def _files() -> list[Path]:
    return [file for pattern in _PARTS for file in _source().glob(pattern)]


def _source() -> Path:
    """In a wheel the files lie beside this module; in a checkout, which is installed as it is, at its top."""
    packed = Path(__file__).with_name("grafana")
    return packed if packed.is_dir() else Path(__file__).parents[2] / "grafana"


def _copied(file: Path, *, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    copyfile(file, to)
    return to
