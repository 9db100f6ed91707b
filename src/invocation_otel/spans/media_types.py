"""What kind of file it is: by its first bytes where these are unmistakable, else by its name."""

import mimetypes

UNKNOWN = "application/octet-stream"
SNIFFED_BYTES = 16
"""As many bytes as `media_type_of` looks at."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\x1f\x8b", "application/gzip"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"avif": "image/avif", b"M4A ": "audio/mp4"}
_BY_NAME = mimetypes.MimeTypes()
"""The table that comes with Python; the machine's own would make the same file another type elsewhere."""

for _type, _suffix in (
    ("image/heic", ".heic"),
    ("image/webp", ".webp"),
    ("image/avif", ".avif"),
    ("audio/flac", ".flac"),
    ("audio/ogg", ".ogg"),
    ("audio/mp4", ".m4a"),
    ("text/markdown", ".md"),
    ("application/yaml", ".yaml"),
    ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
    ("application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx"),
):
    _BY_NAME.add_type(_type, _suffix)


def media_type_of(name: str, head: bytes = b"") -> str:
    """The media type of the file *name* that begins with *head*; `UNKNOWN` where neither tells."""
    return _by_magic(head) or _BY_NAME.guess_type(name)[0] or UNKNOWN


def suffix_of(media_type: str) -> str:
    """The usual ending of a file's name, with its dot; empty for a type that has none."""
    return _BY_NAME.guess_extension(media_type) or ""


def modality_of(media_type: str) -> str:
    """OpenTelemetry's word for it: image, audio, video, or document."""
    kind = media_type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "document"


def _by_magic(head: bytes) -> str | None:
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    return _BRANDS.get(head[8:12], "video/mp4") if head[4:8] == b"ftyp" else None
