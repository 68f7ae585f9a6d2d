"""Every operation of InvoiceXpress, asked once in a world of its own."""

from docs.recording import teller

from counterfoil.apis.invoicexpress.testing import InvoicexpressWorld

ACCOUNT = ("demo createAccount",)
OWNER = 'account={"organization_name":"My_Company","email":"owner@example.com","password":"secret123","terms":"1"}'
ABROAD = ("outside abroad", "demo createSequence", "outside home")
CLIENT = ("demo createClient",)
ITEM = ("demo createItem",)
BACK = 'treasury_movement={"value":12.3,"movement_type":"Reimbursement","date":"2024-03-15"}'
OWED = (*CLIENT, "demo updateClientInitialBalance 6207597")
REGULARIZED = (*OWED, "demo createClientRegularization 6207597")
DRAFT = ("demo createInvoice",)
FINAL = (*DRAFT, "demo changeInvoiceState 24206414")
PAID = (*FINAL, "demo generatePayment 24206414")
QUOTE = ("demo createEstimate",)
SENT_QUOTE = (*QUOTE, "demo changeEstimateState 24206414")
GUIDE = ("demo createGuide",)

STORY: teller.Story = (
    ((), "demo createAccount"),
    ((), f"demo createAccountExisting {OWNER}"),
    (ACCOUNT, "demo getAccount 12346"),
    (ACCOUNT, "demo updateAccount 12345"),
    ((), "demo atCommunication"),
    ((), "demo listSequences"),
    ((), "demo createSequence"),
    ((), "demo getSequence 1424772"),
    (ABROAD, "demo registerSequence 1424789"),
    ((), "demo setSequenceDefault 1424772"),
    ((), "demo listTaxes"),
    ((), "demo createTax"),
    ((), "demo getTax 82613"),
    ((), "demo updateTax 82613"),
    ((), "demo deleteTax 82616"),
    (CLIENT, "demo listClients"),
    ((), "demo createClient"),
    (CLIENT, "demo getClient 6207597"),
    (CLIENT, "demo updateClient 6207597"),
    (CLIENT, "demo findClientByName ?client_name=Client+Name"),
    (CLIENT, "demo findClientByCode ?client_code=12345"),
    (FINAL, "demo listClientInvoices 6207597"),
    (ITEM, "demo listItems"),
    ((), "demo createItem"),
    (ITEM, "demo getItem 402321"),
    (ITEM, "demo updateItem 402321"),
    (ITEM, "demo deleteItem 402321"),
    (CLIENT, "demo updateClientInitialBalance 6207597"),
    (REGULARIZED, "demo getClientRegularizations 6207597"),
    (OWED, "demo createClientRegularization 6207597"),
    (REGULARIZED, "demo deleteClientRegularization 6207597 1"),
    (REGULARIZED, "demo getClientBalance 6207597"),
    (CLIENT, f"demo createClientTreasuryMovement 6207597 {BACK}"),
    (
        (*CLIENT, f"demo createClientTreasuryMovement 6207597 {BACK}"),
        "demo deleteClientTreasuryMovement 6207597 1",
    ),
    (PAID, "demo listInvoices"),
    ((), "demo createInvoice"),
    (FINAL, "demo getInvoice 24206414"),
    (DRAFT, "demo updateInvoice 24206414"),
    (DRAFT, "demo changeInvoiceState 24206414"),
    (FINAL, "demo sendInvoiceEmail 24206414"),
    ((*FINAL, "demo generatePdf 24206414"), "demo generatePdf 24206414"),
    (FINAL, "demo getQrCode 24206414"),
    ((*FINAL, "demo getQrCode 24206414"), "demo getQrCode 24206414"),
    (PAID, "demo relatedDocs 24206414"),
    (FINAL, "demo generatePayment 24206414"),
    (PAID, "demo cancelReceipt 24206415"),
    (SENT_QUOTE, "demo listEstimates"),
    ((), "demo createEstimate"),
    (SENT_QUOTE, "demo getEstimate 24206414"),
    (QUOTE, "demo updateEstimate 24206414"),
    (QUOTE, "demo changeEstimateState 24206414"),
    (SENT_QUOTE, "demo sendEstimateEmail 24206414"),
    (GUIDE, "demo listGuides"),
    ((), "demo createGuide"),
    (GUIDE, "demo getGuide 24206414"),
    (GUIDE, "demo updateGuide 24206414"),
    (GUIDE, "demo changeGuideState 24206414"),
    (GUIDE, "demo sendGuideEmail 24206414"),
    (FINAL, "demo export_saft ?month=5 ?year=2017"),
    ((*FINAL, "demo export_saft ?month=5 ?year=2017"), "demo export_saft ?month=5 ?year=2017"),
)
"""What has to have happened, and the call whose answer is told."""


def recorded() -> str:
    """Return the examples as YAML."""
    return teller.recorded("invoicexpress", STORY, {"abroad": _abroad, "home": _home}, {})


def _abroad(world: InvoicexpressWorld) -> None:
    world.change_account(country="ES")


def _home(world: InvoicexpressWorld) -> None:
    world.change_account(country="PT")
