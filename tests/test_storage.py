"""Storage: what may be uploaded, who may read it, and how it goes out."""

import hashlib
import io
import zipfile

import pytest

FILES = "/api/v1/storage"
LIST = "/api/v1/invoices"
PDF = b"%PDF-1.7\n%a small one\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def archive(*names, size=10):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        for name in names:
            written.writestr(name, b"\0" * size)
    return content.getvalue()


def upload(
    party, name="a.pdf", content=PDF, type_="application/pdf", path=f"{FILES}/upload", **fields
):
    return party.ask("POST", path, files={"file": (name, content, type_)}, data=fields)


def code(answer):
    return answer.status_code, answer.json()["code"]


def stored(world):
    return world.rows("SELECT count(*) FROM files WHERE world = ?")[0][0]


def test_a_file_is_kept_told_and_sent_back(world):
    made = upload(world.seller, "Beleg März.pdf").json()

    assert made == {
        "id": "file_000001", "fileName": "Beleg März.pdf", "contentType": "application/pdf",
        "size": len(PDF), "sha256": hashlib.sha256(PDF).hexdigest(), "purpose": "DOCUMENT",
        "invoiceId": None, "createdAt": "2024-03-15T10:30:00Z",
    }  # fmt: skip
    assert world.seller.get(f"{FILES}/{made['id']}").json() == made
    assert world.seller.get(FILES).json()["items"] == [made]
    sent = world.seller.get(f"{FILES}/{made['id']}/download")
    assert sent.content == PDF
    assert sent.headers["content-type"] == "application/pdf"
    assert (
        sent.headers["content-disposition"] == "attachment; filename*=UTF-8''Beleg%20M%C3%A4rz.pdf"
    )
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert upload(world.seller, path=FILES).status_code == 200


@pytest.mark.parametrize(
    ("asked", "status", "part", "place"),
    [
        ("bytes=0-3", 206, PDF[:4], f"bytes 0-3/{len(PDF)}"),
        ("bytes=5-", 206, PDF[5:], f"bytes 5-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=-4", 206, PDF[-4:], f"bytes {len(PDF) - 4}-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=0-999999", 206, PDF, f"bytes 0-{len(PDF) - 1}/{len(PDF)}"),
        ("bytes=9999-", 200, PDF, None),
        ("bytes=-", 200, PDF, None),
        ("bytes=0-1,3-4", 200, PDF, None),
        ("lines=1-2", 200, PDF, None),
    ],
)
def test_a_part_of_a_file_is_sent_on_demand(world, asked, status, part, place):
    id = upload(world.seller).json()["id"]

    sent = world.seller.ask("GET", f"{FILES}/{id}/download", headers={"Range": asked})

    assert (sent.status_code, sent.content, sent.headers.get("content-range")) == (
        status,
        part,
        place,
    )


TYPES = [
    ("a.pdf", PDF, "application/pdf"),
    ("a.PNG", PNG, "image/png"),
    ("a.jpeg", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
    ("a.gif", b"GIF89a...", "image/gif"),
    ("a.tif", b"II*\0...", "image/tiff"),
    ("a.csv", "größe,1\r\n".encode(), "text/csv"),
    ("a.txt", b"", "text/plain"),
    ("a.json", b"{}", "application/json"),
    (
        "a.xlsx",
        archive("[Content_Types].xml", "xl/workbook.xml"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    (
        "a.docx",
        archive("word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
]


@pytest.mark.parametrize(("name", "content", "type_"), TYPES, ids=[t[0] for t in TYPES])
def test_a_file_of_a_known_type_is_taken(world, name, content, type_):
    declared = upload(world.seller, name, content, type_)
    undeclared = upload(world.seller, name, content, "application/octet-stream")

    assert declared.json()["contentType"] == undeclared.json()["contentType"] == type_


@pytest.mark.parametrize(
    ("content", "declared", "found"),
    [
        (PDF, "application/octet-stream", "application/pdf"),
        (b"hello", "application/octet-stream", "text/plain"),
        (b"a,b", "text/csv", "text/csv"),
        (archive("word/x"), "application/octet-stream", TYPES[-1][2]),
    ],
)
def test_a_file_without_an_extension_is_what_its_content_is(world, content, declared, found):
    assert upload(world.seller, "scan", content, declared).json()["contentType"] == found


LIES = [
    ("a.exe", b"MZ", "application/octet-stream"),
    ("a.pdf", PNG, "application/pdf"),
    ("a.pdf", PDF, "image/png"),
    ("a.png", PDF, "application/pdf"),
    ("a", PDF, "image/png"),
    ("a", b"\xff\xfe", "application/octet-stream"),
    ("a.txt", b"\xff\xfe", "text/plain"),
    ("a.txt", b"a\0b", "text/plain"),
    ("a.xlsx", archive("word/document.xml"), "application/octet-stream"),
    ("a.xlsx", b"PK\x03\x04 no archive", "application/octet-stream"),
    ("bomb.xlsx", archive("xl/workbook.xml", size=210_000_000), "application/octet-stream"),
    ("a.svg", b"<svg onload='x'/>", "image/svg+xml"),
]


@pytest.mark.parametrize(("name", "content", "type_"), LIES, ids=range(len(LIES)))
def test_a_file_that_is_not_what_it_says_is_refused(world, name, content, type_):
    assert code(upload(world.seller, name, content, type_)) == (400, "UNSUPPORTED_FILE_TYPE")
    assert stored(world) == 0


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.txt", "a/b.txt", "a\\b.txt", "..", "x" * 300 + ".txt"]
)
def test_a_name_is_no_path(world, name):
    answer = upload(world.seller, name, b"x", "text/plain")

    assert answer.status_code == 400
    assert stored(world) == 0


def test_a_file_has_ten_mebibytes_at_most(world):
    most = PDF + b"x" * (10_485_760 - len(PDF))

    assert upload(world.seller, content=most).json()["size"] == 10_485_760
    assert code(upload(world.seller, content=most + b"x")) == (400, "FILE_TOO_LARGE")
    assert upload(world.seller, content=most + b"x" * 200_000).status_code == 400
    assert stored(world) == 1


FORM = {"Content-Type": "multipart/form-data; boundary=B"}
PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n'
FORMS = [
    b"",
    b"hello",
    PART,
    PART + b"--B",
    b"--B--\r\n",
    PART + PART + b"--B--\r\n",
    PART * 1000 + b"--B--\r\n",
    b'--B\r\nContent-Disposition: form-data; name="file"\r\n\r\nhello\r\n--B--\r\n',
    PART + b'--B\r\nContent-Disposition: form-data; name="colour"\r\n\r\nred\r\n--B--\r\n',
    PART + b'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nFUN\r\n--B--\r\n',
    PART + b'--B\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n\xff\r\n--B--\r\n',
    PART
    + b'--B\r\nContent-Disposition: form-data; name="purpose"; filename="x"\r\n\r\nDOCUMENT\r\n--B--\r\n',
    b"--B\r\n" + b"X: y\r\n" * 5000 + b"\r\nhello\r\n--B--\r\n",
]


@pytest.mark.parametrize("raw", FORMS, ids=range(len(FORMS)))
def test_what_is_no_right_form_is_refused(world, raw):
    answer = world.seller.ask("POST", f"{FILES}/upload", content=raw, headers=FORM)

    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("MALFORMED_FORM", "VALIDATION_ERROR")
    assert stored(world) == 0


@pytest.mark.parametrize("type_", ["application/json", "multipart/form-data", "text/plain", ""])
def test_an_upload_is_a_form(world, type_):
    answer = world.seller.ask(
        "POST", f"{FILES}/upload", content=PART, headers={"Content-Type": type_}
    )

    assert code(answer) == (400, "VALIDATION_ERROR")


def test_a_file_of_an_invoice_is_for_both_parties_once_it_is_sent(world):
    invoice = world.draft()
    path = f"{LIST}/{invoice['id']}"
    file = upload(world.seller, invoiceId=invoice["id"]).json()

    hidden = [
        world.buyer.get(f"{FILES}/{file['id']}{rest}").status_code for rest in ("", "/download")
    ]
    shown = world.seller.get(path).json()
    world.seller.post(f"{path}/submit")

    assert hidden == [404, 404]
    assert shown["attachments"] == [
        {"id": file["id"], "fileName": "a.pdf", "contentType": "application/pdf", "size": len(PDF)}
    ]
    assert (shown["version"], file["purpose"]) == (2, "INVOICE_ATTACHMENT")
    assert world.buyer.get(f"{FILES}/{file['id']}/download").content == PDF
    assert world.buyer.get(FILES, invoiceId=invoice["id"]).json()["items"] == [file]
    assert world.buyer.get(FILES).json()["items"] == []
    assert world.other.get(f"{FILES}/{file['id']}").status_code == 404
    assert world.other.get(FILES, invoiceId=invoice["id"]).status_code == 404
    assert code(world.buyer.delete(f"{FILES}/{file['id']}")) == (403, "ROLE_NOT_ALLOWED")


def test_an_invoice_that_was_sent_keeps_its_files(world):
    invoice = world.draft()
    file = upload(world.seller, invoiceId=invoice["id"]).json()
    world.seller.post(f"{LIST}/{invoice['id']}/submit")

    attach = upload(world.seller, invoiceId=invoice["id"])
    delete = world.seller.delete(f"{FILES}/{file['id']}")

    assert code(attach) == code(delete) == (400, "INVALID_STATE_TRANSITION")
    assert stored(world) == 1


def test_a_draft_lets_go_of_its_files(world):
    invoice = world.draft()
    file = upload(world.seller, invoiceId=invoice["id"]).json()

    gone = world.seller.delete(f"{FILES}/{file['id']}").json()

    assert gone == {"id": file["id"], "deleted": True}
    assert world.seller.get(f"{LIST}/{invoice['id']}").json()["attachments"] == []
    assert world.seller.get(f"{FILES}/{file['id']}").status_code == 404
    assert stored(world) == 0


def test_an_invoice_has_ten_files_at_most(world):
    invoice = world.draft()
    for _ in range(10):
        assert upload(world.seller, invoiceId=invoice["id"]).status_code == 200

    assert code(upload(world.seller, invoiceId=invoice["id"])) == (400, "TOO_MANY_FILES")
    assert stored(world) == 10


def test_an_upload_sent_again_is_no_second_file(world):
    first = upload(world.seller, requestId="u-1")
    again = upload(world.seller, requestId="u-1")
    other = upload(world.seller, content=PDF + b"!", requestId="u-1")

    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert code(other) == (409, "REQUEST_ID_REUSED")
    assert stored(world) == 1


def test_files_are_in_snapshots_and_in_no_log(world):
    id = upload(world.seller).json()["id"]
    world.control("POST", "/snapshots", name="with")
    world.seller.delete(f"{FILES}/{id}")
    world.control("POST", "/snapshots/with/restore")

    assert world.seller.get(f"{FILES}/{id}/download").content == PDF
    entry = world.control("GET", "/journal?operation=uploadFile")["items"][0]
    assert entry["request"].startswith("a form of ")
    assert "small one" not in entry["request"]


def test_uploading_is_a_matter_of_permission(world):
    assert code(upload(world.party("seller", "read"))) == (403, "INSUFFICIENT_PERMISSIONS")
    assert upload(world.party("seller", "write")).status_code == 200
