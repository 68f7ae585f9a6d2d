"""The rules of SAF-T PT 1.04_01, as its schema of 2022-05-17 states them, for what a sandbox tells.

`MODELS` gives the children of each element, in order: `?` may be missing, `*` and `+` repeat, `|` is a
choice. An element that means different things in different places is told with its parent. `VALUES`
gives what an element without children may say. Nothing here is read from our own code.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element

NAMESPACE = "{urn:OECD:StandardAuditFile-Tax:PT_1.04_01}"

DOCUMENT_LINE = """
    LineNumber OrderReferences* ProductCode ProductDescription Quantity UnitOfMeasure UnitPrice TaxBase?
    TaxPointDate References* Description ProductSerialNumber? (DebitAmount|CreditAmount) {tax}
    TaxExemptionReason? TaxExemptionCode? SettlementAmount? CustomsInformation?
"""
ADDRESS = "BuildingNumber? StreetName? AddressDetail City PostalCode Region? Country"
SHIPPING = "DeliveryID* DeliveryDate? (WarehouseID|LocationID)* Address?"
TAX = "TaxType TaxCountryRegion TaxCode (TaxPercentage|TaxAmount)"
METHOD = "PaymentMechanism? PaymentAmount PaymentDate"

MODELS = {
    "AuditFile": "Header MasterFiles GeneralLedgerEntries? SourceDocuments?",
    "Header": """
        AuditFileVersion CompanyID TaxRegistrationNumber TaxAccountingBasis CompanyName BusinessName?
        CompanyAddress FiscalYear StartDate EndDate CurrencyCode DateCreated TaxEntity
        ProductCompanyTaxID SoftwareCertificateNumber ProductID ProductVersion HeaderComment? Telephone?
        Fax? Email? Website?
    """,
    "CompanyAddress": ADDRESS,
    "MasterFiles": "GeneralLedgerAccounts? Customer* Supplier* Product* TaxTable?",
    "Customer": """
        CustomerID AccountID CustomerTaxID CompanyName Contact? BillingAddress ShipToAddress* Telephone?
        Fax? Email? Website? SelfBillingIndicator
    """,
    "BillingAddress": ADDRESS,
    "Product": "ProductType ProductCode ProductGroup? ProductDescription ProductNumberCode CustomsDetails?",
    "TaxTable": "TaxTableEntry+",
    "TaxTableEntry": """
        TaxType TaxCountryRegion TaxCode Description TaxExpirationDate? (TaxPercentage|TaxAmount)
    """,
    "SourceDocuments": "SalesInvoices? MovementOfGoods? WorkingDocuments? Payments?",
    "SalesInvoices": "NumberOfEntries TotalDebit TotalCredit Invoice*",
    "Invoice": """
        InvoiceNo ATCUD DocumentStatus Hash HashControl Period? InvoiceDate InvoiceType SpecialRegimes
        SourceID EACCode? SystemEntryDate TransactionID? CustomerID ShipTo? ShipFrom? MovementEndTime?
        MovementStartTime? Line+ DocumentTotals WithholdingTax*
    """,
    "Invoice/DocumentStatus": "InvoiceStatus InvoiceStatusDate Reason? SourceID SourceBilling",
    "SpecialRegimes": "SelfBillingIndicator CashVATSchemeIndicator ThirdPartiesBillingIndicator",
    "Invoice/Line": DOCUMENT_LINE.format(tax="Tax"),
    "OrderReferences": "OriginatingON? OrderDate?",
    "References": "Reference? Reason?",
    "Tax": TAX,
    "Invoice/DocumentTotals": "TaxPayable NetTotal GrossTotal Currency? Settlement* Payment*",
    "Currency": "CurrencyCode CurrencyAmount ExchangeRate",
    "DocumentTotals/Payment": METHOD,
    "WithholdingTax": "WithholdingTaxType? WithholdingTaxDescription? WithholdingTaxAmount",
    "MovementOfGoods": "NumberOfMovementLines TotalQuantityIssued StockMovement*",
    "StockMovement": """
        DocumentNumber ATCUD DocumentStatus Hash HashControl Period? MovementDate MovementType
        SystemEntryDate TransactionID? (CustomerID|SupplierID) SourceID EACCode? MovementComments?
        ShipTo? ShipFrom? MovementEndTime? MovementStartTime ATDocCodeID? Line+ DocumentTotals
    """,
    "StockMovement/DocumentStatus": "MovementStatus MovementStatusDate Reason? SourceID SourceBilling",
    "ShipTo": SHIPPING,
    "ShipFrom": SHIPPING,
    "Address": ADDRESS,
    "StockMovement/Line": """
        LineNumber OrderReferences* ProductCode ProductDescription Quantity UnitOfMeasure UnitPrice
        Description ProductSerialNumber? (DebitAmount|CreditAmount) Tax? TaxExemptionReason?
        TaxExemptionCode? SettlementAmount? CustomsInformation?
    """,
    "StockMovement/DocumentTotals": "TaxPayable NetTotal GrossTotal Currency?",
    "WorkingDocuments": "NumberOfEntries TotalDebit TotalCredit WorkDocument*",
    "WorkDocument": """
        DocumentNumber ATCUD DocumentStatus Hash HashControl Period? WorkDate WorkType SourceID EACCode?
        SystemEntryDate TransactionID? CustomerID Line+ DocumentTotals
    """,
    "WorkDocument/DocumentStatus": "WorkStatus WorkStatusDate Reason? SourceID SourceBilling",
    "WorkDocument/Line": DOCUMENT_LINE.format(tax="Tax?"),
    "WorkDocument/DocumentTotals": "TaxPayable NetTotal GrossTotal Currency?",
    "Payments": "NumberOfEntries TotalDebit TotalCredit Payment*",
    "Payments/Payment": """
        PaymentRefNo ATCUD Period? TransactionID? TransactionDate PaymentType Description? SystemID?
        DocumentStatus PaymentMethod* SourceID SystemEntryDate CustomerID Line+ DocumentTotals
        WithholdingTax*
    """,
    "Payment/DocumentStatus": "PaymentStatus PaymentStatusDate Reason? SourceID SourcePayment",
    "PaymentMethod": METHOD,
    "Payment/Line": """
        LineNumber SourceDocumentID+ SettlementAmount? (DebitAmount|CreditAmount) Tax?
        TaxExemptionReason? TaxExemptionCode?
    """,
    "SourceDocumentID": "OriginatingON InvoiceDate Description?",
    "Payment/DocumentTotals": "TaxPayable NetTotal GrossTotal Settlement? Currency?",
}

NUMBER = r"[^ ]+ [^/^ ]+/[0-9]+"
DATE = r"\d{4}-\d\d-\d\d"
INSTANT = DATE + r"T\d\d:\d\d:\d\d"
AMOUNT = r"\d+(\.\d+)?"
REGION = r"[A-Z]{2}|PT-AC|PT-MA"
FLAG = "[01]"


def text(most, least=1):
    return rf"(?s:.{{{least},{most}}})"


def one_of(words):
    return "|".join(words.split())


VALUES = {
    "AuditFileVersion": r"1\.04_01",
    "CompanyID": r"([0-9]{9})+|([^^]+ [0-9/]+)",
    "TaxRegistrationNumber": r"[1-9]\d{8}",
    "TaxAccountingBasis": one_of("C E F I P R S T"),
    "CompanyName": text(100),
    "AddressDetail": text(210),
    "City": text(50),
    "PostalCode": text(20),
    "CompanyAddress/Country": r"[A-Z]{2}",
    "Country": r"[A-Z]{2}|Desconhecido",
    "FiscalYear": r"[2-9]\d{3}",
    "StartDate": DATE,
    "EndDate": DATE,
    "Header/CurrencyCode": "EUR",
    "CurrencyCode": r"(?!EUR)[A-Z]{3}",
    "DateCreated": DATE,
    "TaxEntity": text(20),
    "ProductCompanyTaxID": text(30),
    "SoftwareCertificateNumber": r"\d+",
    "ProductID": r"(?=.{3,255}$)[^/]+/[^/]+",
    "ProductVersion": text(30),
    "HeaderComment": text(255),
    "Telephone": text(20),
    "Fax": text(20),
    "Email": text(254),
    "Website": text(60),
    "CustomerID": text(30),
    "AccountID": r"(?=.{1,30}$)[^^]*",
    "CustomerTaxID": text(30),
    "SelfBillingIndicator": FLAG,
    "CashVATSchemeIndicator": FLAG,
    "ThirdPartiesBillingIndicator": FLAG,
    "ProductType": one_of("P S O E I"),
    "ProductCode": text(60),
    "ProductDescription": text(200, least=2),
    "ProductNumberCode": text(60),
    "TaxType": one_of("IVA IS NS"),
    "TaxCountryRegion": REGION,
    "TaxCode": r"[a-zA-Z0-9.]{1,10}",
    "TaxTableEntry/Description": text(255),
    "Description": text(200),
    "TaxPercentage": AMOUNT,
    "NumberOfEntries": r"\d+",
    "NumberOfMovementLines": r"\d+",
    "TotalDebit": AMOUNT,
    "TotalCredit": AMOUNT,
    "TotalQuantityIssued": AMOUNT,
    "InvoiceNo": NUMBER,
    "DocumentNumber": NUMBER,
    "PaymentRefNo": NUMBER,
    "ATCUD": text(100),
    "InvoiceStatus": one_of("N S A R F"),
    "MovementStatus": one_of("N T A F R"),
    "WorkStatus": one_of("N A F"),
    "PaymentStatus": one_of("N A"),
    "InvoiceStatusDate": INSTANT,
    "MovementStatusDate": INSTANT,
    "WorkStatusDate": INSTANT,
    "PaymentStatusDate": INSTANT,
    "Reason": text(50),
    "SourceID": text(30),
    "SourceBilling": one_of("P I M"),
    "SourcePayment": one_of("P I M"),
    "Hash": text(172),
    "HashControl": (
        r"(?=.{1,70}$)([0-9]+|[0-9]+\.[0-9]+|[0-9]+-[A-Z]{2}(M )([^/^ ]+/[0-9]+)"
        r"|[0-9]+-[A-Z]{2}(D )([^ ]+ [^/^ ]+/[0-9]+))"
    ),
    "Period": r"[1-9]|1[0-2]",
    "InvoiceDate": DATE,
    "MovementDate": DATE,
    "WorkDate": DATE,
    "TransactionDate": DATE,
    "InvoiceType": one_of("FT FS FR ND NC VD TV TD AA DA RP RE CS LD RA"),
    "MovementType": one_of("GR GT GA GC GD"),
    "WorkType": one_of("CM CC FC FO NE OU OR PF DC RP RE CS LD RA"),
    "PaymentType": one_of("RC RG"),
    "SystemEntryDate": INSTANT,
    "MovementStartTime": INSTANT,
    "ATDocCodeID": text(200),
    "LineNumber": r"\d+",
    "OriginatingON": text(60),
    "Quantity": AMOUNT,
    "UnitOfMeasure": text(20),
    "UnitPrice": AMOUNT,
    "TaxPointDate": DATE,
    "Reference": text(60),
    "DebitAmount": AMOUNT,
    "CreditAmount": AMOUNT,
    "TaxExemptionReason": text(60, least=6),
    "TaxExemptionCode": r"(M[0-9]{2})+",
    "SettlementAmount": AMOUNT,
    "TaxPayable": AMOUNT,
    "NetTotal": AMOUNT,
    "GrossTotal": AMOUNT,
    "CurrencyAmount": AMOUNT,
    "ExchangeRate": AMOUNT,
    "PaymentMechanism": one_of("CC CD CH CI CO CS DE LC MB NU OU PR TB TR"),
    "PaymentAmount": AMOUNT,
    "PaymentDate": DATE,
    "WithholdingTaxAmount": AMOUNT,
}

REFERENCES = (
    ("MasterFiles/Customer/CustomerID", "SourceDocuments//CustomerID"),
    ("MasterFiles/Product/ProductCode", "SourceDocuments//Line/ProductCode"),
)
"""Keys that are told once, and where they are spoken of."""

UNIQUE = (
    "SourceDocuments/SalesInvoices/Invoice/InvoiceNo",
    "SourceDocuments/MovementOfGoods/StockMovement/DocumentNumber",
    "SourceDocuments/WorkingDocuments/WorkDocument/DocumentNumber",
    "SourceDocuments/Payments/Payment/PaymentRefNo",
)


def violations(root: Element) -> list[str]:
    """Return what a file does that the schema forbids."""
    return [
        *_misplaced(root, ""),
        *(f"{path}: told twice" for path in UNIQUE if _repeated(_all(root, path))),
        *_dangling(root),
        *(f"line {_said(line, 'LineNumber')}: {wrong}" for line in root.iter(f"{NAMESPACE}Line")
          for wrong in _untaxed(line)),
    ]  # fmt: skip


def _misplaced(element, parent):
    name = element.tag.removeprefix(NAMESPACE)
    place = f"{parent}/{name}"
    model = MODELS.get(place, MODELS.get(name))
    if model is None:
        pattern = VALUES.get(place, VALUES.get(name))
        if pattern is None:
            yield f"{place}: unknown"
        elif not re.fullmatch(pattern, element.text or "") or not _exists(element.text, pattern):
            yield f"{place}: {element.text!r}"
        return
    children = "".join(f"{child.tag.removeprefix(NAMESPACE)} " for child in element)
    if not re.fullmatch(_expression(model), children):
        yield f"{place}: {children}"
    for child in element:
        yield from _misplaced(child, name)


def _expression(model):
    """Return a model as a regular expression over names, each followed by a space."""
    return "".join(re.sub(r"\w+", r"(?:\g<0> )", part) for part in model.split())


def _exists(value, pattern):
    """Say whether a date or an instant is one of the calendar."""
    if pattern in (DATE, INSTANT):
        (date if pattern == DATE else datetime).fromisoformat(value)
    return True


def _all(root, path):
    steps = [f"{NAMESPACE}{step}" if step else "" for step in path.split("/")]
    return [element.text for element in root.findall("/".join(steps))]


def _repeated(values):
    return len(values) != len(set(values))


def _dangling(root):
    for key, reference in REFERENCES:
        known = _all(root, key)
        if _repeated(known):
            yield f"{key}: told twice"
        for value in set(_all(root, reference)) - set(known):
            yield f"{reference}: {value} is nowhere told"


def _said(element, name):
    return element.findtext(f"{NAMESPACE}{name}")


def _untaxed(line):
    """Yield what a line says wrongly of an exemption: a reason and a code, if and only if it is taxed at zero."""
    reason, code = (_said(line, f"TaxExemption{what}") is not None for what in ("Reason", "Code"))
    if reason != code:
        yield "reason and code of an exemption go together"
    tax = line.find(f"{NAMESPACE}Tax")
    if tax is not None and reason != (Decimal(_said(tax, "TaxPercentage")) == 0):
        yield "an exemption goes with a tax of zero"
