"""Files that take their time: PDF, QR code and audit file, and what the downloaded ones say."""

import io
from decimal import Decimal
from xml.etree.ElementTree import fromstring

import httpx
import pytest
from pypdf import PdfReader

from papers.saft_schema import NAMESPACE, violations


def ready(company, path, **params):
    """Return what is answered once a file is ready, after the one time that it is not."""
    first = company.ask("GET", path, params=params)
    assert first.status_code == 202, first.text
    return company.get(path, **params)


def pdf_of(company, document, **params):
    url = ready(company, f"/api/pdf/{document['id']}.json", **params)["output"]["pdfUrl"]
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)


def saft_of(company, month="3", year="2024"):
    url = ready(company, "/api/export_saft.json", month=month, year=year)["url"]
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    root = fromstring(answer.content)  # noqa: S314  our own
    assert list(violations(root)) == []
    return root


def text(node, path):
    found = node.find("/".join(f"{NAMESPACE}{name}" for name in path.split("/")))
    assert found is not None, path
    return found.text


def test_the_pdf_shows_number_atcud_and_totals(company):
    document = company.finalized(reference="PO-77")

    said = pdf_of(company, document)

    for told in (
        "Fatura",
        "1/A",
        document["atcud"],
        "Product A",
        "10.00 EUR",
        "12.30 EUR",
        "PO-77",
        "508025338",
    ):
        assert told in said, told


def test_a_pdf_is_that_of_its_document_now_and_says_which_copy_it_is(company):
    document = company.finalized()
    assert "ANULADO" not in pdf_of(company, document)
    assert "2.ª VIA" in pdf_of(company, document, second_copy="true")

    company.moved("invoices", document, "canceled", message="Twice")

    assert "ANULADO" in pdf_of(company, document)


@pytest.mark.parametrize(("said", "second"), [("1", True), ("0", False), ("false", False)])
def test_a_second_copy_is_asked_for_in_the_words_of_any_language(company, said, second):
    assert ("2.ª VIA" in pdf_of(company, company.finalized(), second_copy=said)) is second


@pytest.mark.parametrize("path", ["quotes", "transports", "credit_notes", "invoice_receipts"])
def test_every_family_has_a_pdf(company, path):
    assert "1/A" in pdf_of(company, company.finalized(path))


def test_a_receipts_pdf_says_what_was_paid(company):
    receipt = company.paid(company.finalized(), 5)

    assert "5.00 EUR" in pdf_of(company, receipt)


def test_a_draft_has_neither_pdf_nor_qr_code(company):
    company.known(language="en")
    id = company.draft()["id"]

    pdf, qr = (
        company.ask("GET", f"/api/pdf/{id}.json"),
        company.ask("GET", f"/api/qr_codes/{id}.json"),
    )

    said = f"The {id} provided is in an invalid state."
    assert (pdf.status_code, pdf.json()) == (422, {"error": {"code": "422", "message": said}})
    said = f"Document with ID {id} is still in draft. QR Codes are only available for final, canceled or settled documents."
    assert (qr.status_code, qr.json()) == (422, {"error": said})


@pytest.mark.parametrize("id", ["1", "abc", "99999999999999999999"])
def test_what_is_not_there_has_no_files(company, id):
    company.known(language="en")
    pdf, qr = (company.ask("GET", f"/api/{made}/{id}.json") for made in ("pdf", "qr_codes"))

    assert (pdf.status_code, pdf.text) == (404, "")
    said = {"error": f"No document with ID {id} was found in this account"}
    assert (qr.status_code, qr.json()) == (404, said)


@pytest.mark.parametrize("event", ["accept", "refuse"])
def test_an_estimate_that_was_answered_has_a_qr_code(company, event):
    quote = company.moved("quotes", company.finalized("quotes"), event)
    path = f"/api/qr_codes/{quote['id']}.json"

    assert [company.ask("GET", path).status_code for _ in range(2)] == [202, 200]


def test_a_qr_code_is_in_progress_and_then_an_image(company):
    path = f"/api/qr_codes/{company.finalized()['id']}.json"

    first = company.ask("GET", path)
    url = company.get(path)["qr_code"]["url"]

    assert (first.status_code, first.json()) == (202, {"qr_code": {"status": "In progress"}})
    image = httpx.get(url)
    assert image.headers["content-type"] == "image/png"
    assert image.content.startswith(b"\x89PNG\r\n\x1a\n")


@pytest.mark.parametrize("polls", [0, 3])
def test_a_file_is_ready_after_as_many_times_as_the_world_says(company, polls):
    company.switch(polls=polls)
    path = f"/api/pdf/{company.finalized()['id']}.json"

    statuses = [company.ask("GET", path).status_code for _ in range(5)]

    assert statuses == [202] * polls + [200] * (5 - polls)


def test_a_files_address_opens_that_file_and_nothing_else(company):
    url = ready(company, f"/api/pdf/{company.finalized()['id']}.json")["output"]["pdfUrl"]
    token = url.split("/")[-2]

    assert url.startswith(str(company.http.base_url).rstrip("/") + "/files/")
    assert httpx.get(url.replace(token, "x" * 40)).status_code == 401
    assert company.ask("GET", "/invoices.json", params={"api_key": token}).status_code == 401


def test_a_file_stays_what_it_was_at_the_address_it_was_at(company):
    document = company.finalized()
    path = f"/api/pdf/{document['id']}.json"
    url = ready(company, path)["output"]["pdfUrl"]
    content = httpx.get(url).content

    company.moved("invoices", document, "canceled", message="Twice")

    assert httpx.get(url).content == content
    assert ready(company, path)["output"]["pdfUrl"] != url


def test_a_file_can_be_downloaded_from_a_world_that_was_restored(company):
    path = f"/api/pdf/{company.finalized()['id']}.json"
    url = ready(company, path)["output"]["pdfUrl"]
    content = httpx.get(url).content
    company.control("POST", "/snapshots", name="ready")
    company.finalized()

    company.control("POST", "/snapshots/ready/restore")

    assert company.get(path)["output"]["pdfUrl"] == url
    assert httpx.get(url).content == content


def test_the_audit_file_tells_a_series_without_a_code_as_nought(company):
    company.known(country="ES")
    company.post("/sequences.json", {"sequence": {"serie": "ES", "default_sequence": "1"}})
    company.known(country="PT")
    assert company.finalized()["atcud"] == "N/D"

    (invoice,) = saft_of(company).iter(f"{NAMESPACE}Invoice")

    assert text(invoice, "ATCUD") == "0"


def test_the_audit_file_counts_what_the_documents_come_to(company):
    exempt = {"name": "Livro", "quantity": 3, "unit_price": "0.333", "tax": {"name": "Isento"}}
    hours = {
        "name": "Aula",
        "quantity": "1.5",
        "unit_price": "33.33",
        "unit": "hour",
        "discount": 7,
    }
    off = {"value_type": "absolute", "value": "5"}
    invoice = company.finalized(items=[exempt, hours], tax_exemption="M07", global_discount=off)
    note = company.finalized(
        "credit_notes", owner_invoice_id=invoice["id"], items=[hours | {"quantity": 1}]
    )
    canceled = company.moved("invoices", company.finalized(), "canceled", message="Wrong client")
    receipt = company.paid(invoice, 1, payment_mechanism="MB", payment_date="20/03/2024")
    company.finalized("quotes")
    company.finalized("transports")
    company.draft()
    company.finalized("debit_notes", date="01/04/2024", due_date="01/04/2024")

    root = saft_of(company)

    sales = root.find(f"{NAMESPACE}SourceDocuments/{NAMESPACE}SalesInvoices")
    assert text(sales, "NumberOfEntries") == "3"
    assert Decimal(text(sales, "TotalCredit")) == Decimal(str(invoice["before_taxes"]))
    assert Decimal(text(sales, "TotalDebit")) == Decimal(str(note["before_taxes"]))
    told = {text(one, "InvoiceNo"): one for one in sales.findall(f"{NAMESPACE}Invoice")}
    assert set(told) == {"FT A/1", "NC A/1", "FT A/2"}
    for number, document in (("FT A/1", invoice), ("NC A/1", note), ("FT A/2", canceled)):
        sums = {
            "TaxPayable": document["taxes"], "NetTotal": document["before_taxes"], "GrossTotal": document["total"],
        }  # fmt: skip
        for name, amount in sums.items():
            assert Decimal(text(told[number], f"DocumentTotals/{name}")) == Decimal(str(amount)), (
                name
            )
    assert text(told["FT A/2"], "DocumentStatus/InvoiceStatus") == "A"
    assert text(told["FT A/2"], "DocumentStatus/Reason") == "Wrong client"
    assert text(told["NC A/1"], "Line/References/Reference") == "FT A/1"
    assert text(told["FT A/1"], "ATCUD") == invoice["atcud"]
    hash_ = text(told["FT A/1"], "Hash")
    assert "".join(hash_[place] for place in (0, 10, 20, 30)) == invoice["saft_hash"]
    line = told["FT A/1"].find(f"{NAMESPACE}Line")
    assert text(line, "TaxExemptionCode") == "M07"
    payment = root.find(f"{NAMESPACE}SourceDocuments/{NAMESPACE}Payments")
    assert Decimal(text(payment, "TotalCredit")) == Decimal(str(receipt["total"]))
    assert text(payment, "Payment/PaymentMethod/PaymentMechanism") == "MB"
    assert text(root, "SourceDocuments/WorkingDocuments/WorkDocument/WorkType") == "OR"
    assert text(root, "SourceDocuments/MovementOfGoods/StockMovement/MovementType") == "GT"


def test_a_document_in_a_foreign_currency_is_told_in_euros(company):
    company.finalized(currency_code="USD", rate="1.25")

    root = saft_of(company)

    totals = "SourceDocuments/SalesInvoices/Invoice/DocumentTotals"
    assert text(root, f"{totals}/GrossTotal") == "9.84"
    assert text(root, f"{totals}/Currency/CurrencyAmount") == "12.30"


def test_a_month_without_documents_has_no_audit_file(company):
    company.known(language="en")
    company.draft()

    answer = company.ask("GET", "/api/export_saft.json", params={"month": "3", "year": "2024"})

    said = {"message": "There aren't any documents to export on the selected period."}
    assert (answer.status_code, answer.json()) == (422, said)


def asked(company, **query):
    return company.ask("GET", "/api/export_saft.json", params={"year": "2024"} | query)


def totals(answer):
    root = fromstring(httpx.get(answer.json()["url"]).content)  # noqa: S314  our own
    sales = root.find(f"{NAMESPACE}SourceDocuments/{NAMESPACE}SalesInvoices")
    return text(sales, "NumberOfEntries"), text(root, "Header/CompanyName")


def test_whether_an_audit_file_is_ready_depends_on_nothing_but_how_often_it_was_asked_for(company):
    company.switch(polls=2)
    company.finalized()
    company.finalized(date="01/04/2024", due_date="01/04/2024", client={"name": "Ana"})

    statuses = []
    for _ in range(4):
        statuses.append(asked(company, month="4").status_code)
        company.finalized(date="02/04/2024", due_date="02/04/2024")

    assert statuses == [202, 202, 200, 200]
    assert asked(company, month="3").status_code == 202
    assert asked(company, month="03").status_code == 202
    assert asked(company, month="3").status_code == 200


def test_an_audit_file_that_is_ready_has_what_the_month_has_now(company):
    first = company.finalized()
    assert [asked(company, month="3").status_code for _ in range(2)] == [202, 200]
    before = asked(company, month="3")
    assert totals(before) == ("1", "Demonstração, Lda")

    company.finalized()
    after = asked(company, month="3")
    assert (after.status_code, after.json()) == (200, before.json())
    assert totals(after) == ("2", "Demonstração, Lda")

    company.moved("invoices", first, "canceled", message="Twice")
    canceled = httpx.get(asked(company, month="3").json()["url"]).text
    assert "<Reason>Twice</Reason>" in canceled
    owner = {"organization_name": "Nova, Lda", "email": "owner@example.com"}
    changed = owner | {"password": "secret123", "terms": "1"}
    company.put("/api/accounts/12345/update.json", {"account": changed})
    assert totals(asked(company, month="3")) == ("2", "Nova, Lda")


def test_the_key_of_the_audit_file_is_spelled_as_the_fidelity_has_it(company):
    company.switch(fidelity="documented", polls=0)
    company.finalized()

    assert list(company.get("/api/export_saft.json", month="03", year="2024")) == ["Url"]


def test_a_trial_has_neither_audit_file_nor_e_mail(company):
    document = company.finalized()
    company.known(trial=True)

    saft = company.ask("GET", "/api/export_saft.json", params={"month": "3", "year": "2024"})
    body = {"message": {"client": {"email": "a@example.com", "save": "0"}}}
    mail = company.ask("PUT", f"/invoices/{document['id']}/email-document.json", body)

    said = "Esta opção não está disponível durante o período gratuito"
    assert (saft.status_code, saft.json()) == (401, {"errors": [{"error": said}]})
    assert (mail.status_code, mail.json()) == (401, {"errors": [{"error": said}]})


def test_an_e_mail_stays_in_the_outbox_with_the_pdf(company):
    document = company.finalized()
    message = {
        "client": {"email": "dest@example.com", "save": "1"}, "subject": "Your invoice", "body": "Attached.",
        "cc": "a@example.com, b@example.com",
    }  # fmt: skip

    answer = company.ask(
        "PUT", f"/invoices/{document['id']}/email-document.json", {"message": message}
    )

    assert (answer.status_code, answer.text) == (200, "")
    (letter,) = company.control("GET", "/outbox")["items"]
    told = ("api", "kind", "to", "cc", "subject", "body", "about")
    assert [letter[name] for name in told] == [
        "invoicexpress", "invoice", "dest@example.com", ["a@example.com", "b@example.com"], "Your invoice",
        "Attached.", str(document["id"]),
    ]  # fmt: skip
    assert [file["fileName"] for file in letter["attachments"]] == [f"invoice-{document['id']}.pdf"]
    client = company.get("/clients/find-by-name.json", client_name="John")["client"]
    assert client["email"] == "dest@example.com"


TO = {"email": "a@b.pt", "save": "0"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, ["Client is a required field"]),
        ({"client": {}}, ["Email is a required field", "Save is a required field"]),
        ({"client": {"email": "a@b.pt"}}, ["Save is a required field"]),
        ({"client": TO | {"email": ""}}, ["Email can't be blank"]),
        ({"client": TO | {"email": "nobody"}}, ["Email is an invalid email"]),
        ({"client": TO | {"email": "a@b.pt, c@d.pt"}}, ["Email is an invalid email"]),
        ({"client": TO, "cc": "bad", "bcc": "a@b.pt,worse"}, ["Cc is an invalid email", "Bcc is an invalid email"]),
    ],
)  # fmt: skip
def test_an_e_mail_needs_an_address_and_says_whether_it_stays(company, wrong, said):
    company.known(language="en")
    draft = company.draft("quotes")

    answer = company.ask("PUT", f"/quotes/{draft['id']}/email-document.json", {"message": wrong})

    assert answer.status_code == 422
    assert sorted(error["error"] for error in answer.json()["errors"]) == sorted(said)
    assert company.control("GET", "/outbox")["items"] == []


def test_what_is_not_there_is_not_e_mailed(company):
    missing = company.ask("PUT", "/quotes/1/email-document.json", {"message": {"client": TO}})

    assert (missing.status_code, missing.text) == (404, "")
