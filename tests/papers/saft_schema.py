"""The rules of SAF-T PT 1.04_01, as its schema of 2022-05-17 states them, for what a sandbox tells.

`MODELS` gives the children of each element, in order: `?` may be missing, `*` and `+` repeat, `|` is a
choice. An element that means different things in different places is told with what it is in. `VALUES`
gives what an element without children may say; it is narrower than the schema where a sandbox always spells
a value in one way: amounts without a sign, instants to the second without a zone. Nothing here is read from
our own code.
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
    "StockMovement/Line/Tax": "TaxType TaxCountryRegion TaxCode TaxPercentage",
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


def text(most, least=1):
    return rf"(?s:.{{{least},{most}}})"


def one_of(words):
    return "|".join(words.split())


NUMBER = r"(?=(?s:.{1,60})$)[^ ]+ [^/^ ]+/[0-9]+"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
SPAN = "(?=[2-9])" + DATE
"""A date of a year that there may be a file of: from 2000 on."""
INSTANT = DATE + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}"
AMOUNT = r"[0-9]+(\.[0-9]+)?"
COUNT = "[0-9]+"
FLAG = "[01]"

COUNTRY = one_of(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
    """
)
REGION = f"{COUNTRY}|PT-AC|PT-MA"
CURRENCY = one_of(
    """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN
    BYR BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB FJD
    FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
    KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LTL LVL LYD MAD MDL MGA MKD MMK MNT MOP MRO MRU MUR
    MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD
    TZS UAH UGX USD USN USS UYI UYU UZS VED VEF VES VND VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XFU
    XOF XPD XPF XPT XSU XUA YER ZAR ZMW ZWL EEK SKK TMM ZMK ZWD ZWR
    """
)
"""All but the euro, in which no foreign amount can be."""


VALUES = {
    "AuditFileVersion": r"1\.04_01",
    "CompanyID": r"(?=(?s:.{1,50})$)(([0-9]{9})+|[^^]+ [0-9/]+)",
    "TaxRegistrationNumber": "[1-9][0-9]{8}",
    "TaxAccountingBasis": one_of("C E F I P R S T"),
    "CompanyName": text(100),
    "AddressDetail": text(210),
    "City": text(50),
    "PostalCode": text(20),
    "CompanyAddress/Country": COUNTRY,
    "Country": f"{COUNTRY}|Desconhecido",
    "FiscalYear": "[2-9][0-9]{3}",
    "StartDate": SPAN,
    "EndDate": SPAN,
    "Header/CurrencyCode": "EUR",
    "CurrencyCode": CURRENCY,
    "DateCreated": SPAN,
    "TaxEntity": text(20),
    "ProductCompanyTaxID": text(30),
    "SoftwareCertificateNumber": COUNT,
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
    "StockMovement/Line/Tax/TaxType": one_of("IVA NS"),
    "TaxCountryRegion": REGION,
    "TaxCode": r"[a-zA-Z0-9.]{1,10}",
    "StockMovement/Line/Tax/TaxCode": one_of("RED INT NOR ISE OUT NS"),
    "TaxTableEntry/Description": text(255),
    "Description": text(200),
    "TaxPercentage": AMOUNT,
    "TaxAmount": AMOUNT,
    "NumberOfEntries": COUNT,
    "NumberOfMovementLines": COUNT,
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
    "LineNumber": COUNT,
    "OriginatingON": text(60),
    "Quantity": AMOUNT,
    "UnitOfMeasure": text(20),
    "UnitPrice": AMOUNT,
    "TaxBase": AMOUNT,
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
        *_misplaced(root, ()),
        *(f"{path}: told twice" for path in UNIQUE if _repeated(_all(root, path))),
        *_dangling(root),
        *(f"line {_said(line, 'LineNumber')}: {wrong}" for line in root.iter(f"{NAMESPACE}Line")
          for wrong in (*_untaxed(line), *_on_a_base(line))),
        *_untold(root),
    ]  # fmt: skip


def _misplaced(element, parents):
    path = (*parents, element.tag.removeprefix(NAMESPACE))
    place = "/".join(path[-2:])
    model = _rule(MODELS, path)
    if model is None:
        pattern = _rule(VALUES, path)
        if pattern is None:
            yield f"{place}: unknown"
        elif not re.fullmatch(pattern, element.text or "") or not _exists(element.text, pattern):
            yield f"{place}: {element.text!r}"
        return
    children = "".join(f"{child.tag.removeprefix(NAMESPACE)} " for child in element)
    if not re.fullmatch(_expression(model), children):
        yield f"{place}: {children}"
    for child in element:
        yield from _misplaced(child, path)


def _rule(rules, path):
    """Return what is said of an element in a place; the more of where it is a rule names, the sooner it counts."""
    places = ("/".join(path[start:]) for start in range(len(path)))
    return next((rules[place] for place in places if place in rules), None)


def _expression(model):
    """Return a model as a regular expression over names, each followed by a space."""
    return "".join(re.sub(r"\w+", r"(?:\g<0> )", part) for part in model.split())


def _exists(value, pattern):
    """Say whether a date or an instant is one of the calendar; all else is."""
    if pattern in (DATE, SPAN, INSTANT):
        try:
            (datetime if pattern == INSTANT else date).fromisoformat(value)
        except ValueError:
            return False
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
    if tax is not None and reason != (_amount(tax, "TaxPercentage", "TaxAmount") == 0):
        yield "an exemption goes with a tax of zero"


def _on_a_base(line):
    """Yield what a line says wrongly that tells of a tax without a sale: it has neither price nor amount."""
    sums = (_amount(line, "UnitPrice"), _amount(line, "DebitAmount", "CreditAmount"))
    if _said(line, "TaxBase") is not None and any(sums):
        yield "a line with a base of a tax comes to nothing"


def _amount(element, *names):
    """Return the amount that an element tells under one of some names; None where it tells none."""
    told = next((said for name in names if (said := _said(element, name)) is not None), "")
    return Decimal(told) if re.fullmatch(f"-?{AMOUNT}", told) else None


def _untold(root):
    """Yield which receipts under the scheme of VAT on payment say nothing of the tax that was paid."""
    for receipt in root.iter(f"{NAMESPACE}Payment"):
        lines = receipt.findall(f"{NAMESPACE}Line")
        taxed = all(line.find(f"{NAMESPACE}Tax") is not None for line in lines)
        if _said(receipt, "PaymentType") == "RC" and not taxed:
            yield f"{_said(receipt, 'PaymentRefNo')}: no tax told"
