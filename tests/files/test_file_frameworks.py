"""Files as web frameworks hand them over: Django's fields and uploads, FastAPI's and Flask's uploads."""

import asyncio
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import flask
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import connection, models
from fastapi import UploadFile
from file_recordings import copies, digest, recording_files, told_files
from starlette.datastructures import Headers

from conftest import Recording
from invocation_otel import File, instrument, invocation, uninstrument
from invocation_otel.errors import UsageError

PDF = b"%PDF-1.7 scanned"


@pytest.fixture(scope="module", autouse=True)
def _django() -> None:
    if not settings.configured:
        settings.configure(DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}})
    django.setup()


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[Recording]:
    with recording_files(tmp_path / "copies") as made:
        yield made
    uninstrument()


def stored(storage: Any, content: bytes) -> Any:
    """A row of a model with a file field, as the database gives it back."""

    class Scan(models.Model):  # type: ignore[misc] # Django comes without types
        document = models.FileField(upload_to="scans", storage=storage)

        class Meta:
            app_label = "files"

        def __str__(self) -> str:
            return str(self.document)

    with connection.schema_editor() as editor:
        editor.create_model(Scan)
    try:
        Scan(document=ContentFile(content, name="scan 1.pdf")).save()
        return Scan.objects.get()
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Scan)
        django.apps.apps.all_models.pop("files", None)


@pytest.mark.parametrize("kind", ["folder", "memory"])
def test_a_field_of_a_row_is_read_from_its_storage_and_stays_the_agents_own(
    recording: Recording, tmp_path: Path, kind: str
) -> None:
    row = stored(FileSystemStorage(tmp_path / "media") if kind == "folder" else InMemoryStorage(), PDF)
    with invocation("reader", files=[row.document]):
        assert row.document.read(4) == b"%PDF"
        row.document.close()
    [told] = told_files(recording)
    assert (told["name"], told["media_type"], told["bytes"], told["sha256"], told["source"], told["mirrored"]) == (
        "scan_1.pdf",
        "application/pdf",
        16,
        digest(PDF),
        "django",
        True,
    )
    assert copies(tmp_path / "copies") == {f"default/{digest(PDF)}": PDF}


def test_a_field_without_a_file_is_refused(tmp_path: Path) -> None:
    row = stored(FileSystemStorage(tmp_path), PDF)
    row.document = None
    with pytest.raises(UsageError, match=r"The Django field holds <FieldFile: None>; check that a file is there"):
        File.from_django(row.document)


def test_uploads_are_copied_before_the_request_ends(recording: Recording) -> None:
    large = TemporaryUploadedFile("b.bin", "application/x-b", 3, None)
    large.write(b"abc")
    large.seek(0)
    with invocation("reader", files=[SimpleUploadedFile("a.pdf", PDF, "application/pdf"), large]):
        large.close()
    assert [(file["name"], file["media_type"], file["sha256"], file["mirrored"]) for file in told_files(recording)] == [
        ("a.pdf", "application/pdf", digest(PDF), True),
        ("b.bin", "application/x-b", digest(b"abc"), True),
    ]


def test_an_upload_to_fastapi_is_a_file_of_the_run(recording: Recording) -> None:
    upload = UploadFile(io.BytesIO(PDF), filename="a.pdf", headers=Headers({"content-type": "application/pdf"}))
    with invocation("reader", files=[upload]):
        assert asyncio.run(upload.read()) == PDF
    [told] = told_files(recording)
    assert (told["name"], told["media_type"], told["sha256"], told["mirrored"]) == (
        "a.pdf",
        "application/pdf",
        digest(PDF),
        True,
    )


def test_an_upload_to_flask_is_a_file_of_an_instrumented_agents_run(recording: Recording) -> None:
    class Reader:
        def run(self, files: list[Any]) -> bytes:
            content: bytes = files[0].read()
            return content

    instrument(Reader)
    app = flask.Flask("files")

    @app.post("/")
    def upload() -> bytes:
        return Reader().run([flask.request.files["document"]])

    sent = {"document": (io.BytesIO(PDF), "a.pdf", "application/pdf")}
    assert app.test_client().post("/", data=sent).data == PDF
    [told] = told_files(recording)
    assert (told["name"], told["media_type"], told["sha256"], told["mirrored"]) == (
        "a.pdf",
        "application/pdf",
        digest(PDF),
        True,
    )
