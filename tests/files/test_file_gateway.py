"""The gateway: which links open what, and how a copy is sent."""

import os
from pathlib import Path

import pytest
from file_recordings import KEY, digest

from invocation_otel.files.folder import Folder
from invocation_otel.files.gateway import Answer, DamagedError, answer
from invocation_otel.files.links import Links, Target
from invocation_otel.files.storage import key_of

PNG = b"\x89PNG\r\n\x1a\n..."
LINKS = Links(gateway="https://shop.example/files", key=KEY)
PICTURE = Target(tenant="acme", sha256=digest(PNG), name="a picture.png", media_type="image/png")


@pytest.fixture
def store(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "store")
    folder.write(key_of("acme", digest(PNG)), iter([PNG]))
    folder.write(key_of("globex", digest(PNG)), iter([PNG]))
    return folder


def ask(store: Folder, link: str, *, method: str = "GET", tenant: str | None = None) -> Answer:
    path, _, query = link.removeprefix("https://shop.example").partition("?")
    return answer(store, LINKS, method=method, path=path, query=query, tenant=tenant)


def refused(told: Answer) -> tuple[int, str]:
    return told.status, b"".join(told.pieces).decode()


NOTHING = (404, "This link opens nothing, or has expired.\n")


def test_a_link_downloads_the_copy_and_nothing_shows_or_runs_it(store: Folder) -> None:
    told = ask(store, LINKS.link(PICTURE))
    assert (told.status, b"".join(told.pieces)) == (200, PNG)
    assert told.headers == {
        "Content-Type": "image/png",
        "Content-Length": "11",
        "Content-Disposition": "attachment; filename=\"a picture.png\"; filename*=UTF-8''a%20picture.png",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, no-store",
    }
    head = ask(store, LINKS.link(PICTURE), method="HEAD")
    assert (head.status, head.headers, b"".join(head.pieces)) == (200, told.headers, b"")


@pytest.mark.parametrize(
    "media_type",
    ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "text/javascript", "x\r\nSet-Cookie: a", ""],
)
def test_what_a_browser_could_run_is_sent_as_bytes_without_a_meaning(store: Folder, media_type: str) -> None:
    link = LINKS.link(Target(tenant="acme", sha256=digest(PNG), name="a.html", media_type=media_type))
    assert ask(store, link).headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "disposition"),
    [
        (
            'a"; evil="\r\nX: y.png',
            "filename=\"a_; evil=_X: y.png\"; filename*=UTF-8''a%22%3B%20evil%3D%22X%3A%20y.png",
        ),
        ("../../etc/passwd", "filename=\"passwd\"; filename*=UTF-8''passwd"),
        ("Müll.pdf", "filename=\"M_ll.pdf\"; filename*=UTF-8''M%C3%BCll.pdf"),
        ("invoice\u202efdp.exe", "filename=\"invoicefdp.exe\"; filename*=UTF-8''invoicefdp.exe"),
        ("..", f"filename=\"{digest(PNG)}\"; filename*=UTF-8''{digest(PNG)}"),
    ],
)
def test_a_name_stays_inside_its_header(store: Folder, name: str, disposition: str) -> None:
    link = LINKS.link(Target(tenant="acme", sha256=digest(PNG), name=name, media_type="image/png"))
    assert ask(store, link).headers["Content-Disposition"] == f"attachment; {disposition}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tenant=acme", "tenant=globex"),
        ("tenant=acme&", ""),
        (digest(PNG), digest(b"another")),
        (digest(PNG), "..%2F..%2Fetc%2Fpasswd"),
        (digest(PNG), "../../etc/passwd"),
        (digest(PNG), f"../globex/89/{digest(PNG)}x"),
        ("type=image%2Fpng", "type=text%2Fhtml"),
        ("name=a%20picture.png", "name=b.exe"),
        ("&sig=", "&expires=99999999999&sig="),
        ("&sig=", "&sig=0"),
        ("sig=", "other="),
        ("tenant=acme", "tenant=%FF"),
        ("name=", "&".join(f"x{i}=" for i in range(20)) + "&name="),
    ],
)
def test_a_link_that_was_changed_opens_nothing(store: Folder, old: str, new: str) -> None:
    assert refused(ask(store, LINKS.link(PICTURE).replace(old, new, 1))) == NOTHING


def test_a_link_expires_when_it_says_so(store: Folder) -> None:
    assert ask(store, LINKS.link(PICTURE, expires_s=60)).status == 200
    assert refused(ask(store, LINKS.link(PICTURE, expires_s=-1))) == NOTHING
    later = LINKS.link(PICTURE, expires_s=-1).replace("expires=", "expires=9")
    assert refused(ask(store, later)) == NOTHING


def test_a_link_signed_with_another_key_opens_nothing(store: Folder) -> None:
    other = Links(gateway="https://shop.example/files", key=KEY[::-1])
    assert refused(ask(store, other.link(PICTURE))) == NOTHING


def test_a_link_opens_nothing_for_another_tenant(store: Folder) -> None:
    assert ask(store, LINKS.link(PICTURE), tenant="acme").status == 200
    assert refused(ask(store, LINKS.link(PICTURE), tenant="globex")) == NOTHING
    assert refused(ask(store, LINKS.link(PICTURE), tenant="")) == NOTHING


@pytest.mark.parametrize("digits", ["../../../etc/passwd", "", "A" * 64, f"{'a' * 64}\n", "é" * 64])
def test_even_a_signed_link_leads_to_no_path_but_that_of_a_copy(store: Folder, digits: str) -> None:
    link = LINKS.link(Target(tenant="acme", sha256=digits, name="a", media_type="b"))
    assert refused(ask(store, link)) == NOTHING


def test_a_copy_that_is_gone_is_said_to_be_so(store: Folder) -> None:
    gone = Target(tenant="acme", sha256=digest(b"gone"), name="a", media_type="b")
    assert refused(ask(store, LINKS.link(gone))) == (404, "This file is no longer kept.\n")


def test_only_reading_is_answered(store: Folder) -> None:
    told = ask(store, LINKS.link(PICTURE), method="DELETE")
    assert (told.status, told.headers["Allow"]) == (405, "GET, HEAD")


def test_a_small_damaged_copy_is_told_and_not_sent(store: Folder) -> None:
    (store.path / key_of("acme", digest(PNG))).write_bytes(PNG[::-1])
    assert refused(ask(store, LINKS.link(PICTURE))) == (
        502,
        "The copy of this file is damaged: its SHA-256 is another one.\n",
    )


def test_a_large_damaged_copy_is_never_sent_to_its_end(store: Folder) -> None:
    content = os.urandom(5 << 20)
    key = key_of("acme", digest(content))
    store.write(key, iter([content]))
    with (store.path / key).open("r+b") as copy:
        copy.seek(4_500_000)
        copy.write(b"damage")
    large = Target(tenant="acme", sha256=digest(content), name="a.bin", media_type="")
    told = ask(store, LINKS.link(large))
    sent = [len(next(told.pieces)) for _ in range(4)]
    with pytest.raises(DamagedError, match=f"The copy of the file with SHA-256 {digest(content)} has"):
        next(told.pieces)
    assert (told.headers["Content-Length"], sum(sent)) == (str(5 << 20), 4 << 20)
