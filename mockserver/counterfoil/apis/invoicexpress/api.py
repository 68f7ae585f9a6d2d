"""InvoiceXpress, assembled: which function answers which operation, and what the API brings along."""

from counterfoil.apis.invoicexpress import (
    accounts,
    auth,
    balance,
    client_documents,
    clients,
    documents,
    downloads,
    emails,
    fixture,
    items,
    movements,
    outside,
    papers,
    receipts,
    refusals,
    saft,
    sequences,
    states,
    taxes,
    treasury,
)
from counterfoil.apis.invoicexpress.rulebook import Rulebook
from counterfoil.contract.model import Contract
from counterfoil.engine.api import Api
from counterfoil.engine.binding import Operations, Outsides, assembled

OPERATIONS: Operations[Rulebook] = {
    "createAccount": accounts.create_account,
    "createAccountExisting": accounts.create_account_existing,
    "getAccount": accounts.get_account,
    "updateAccount": accounts.update_account,
    "atCommunication": accounts.at_communication,
    "listSequences": sequences.list_sequences,
    "createSequence": sequences.create_sequence,
    "getSequence": sequences.get_sequence,
    "registerSequence": sequences.register_sequence,
    "setSequenceDefault": sequences.set_sequence_default,
    "listInvoices": documents.list_documents,
    "createInvoice": documents.create_document,
    "getInvoice": documents.get_document,
    "updateInvoice": documents.update_document,
    "changeInvoiceState": states.change_state,
    "sendInvoiceEmail": emails.send_email,
    "generatePdf": papers.generate_pdf,
    "getQrCode": papers.get_qr_code,
    "relatedDocs": documents.related_documents,
    "generatePayment": receipts.generate_payment,
    "cancelReceipt": states.change_state,
    "listEstimates": documents.list_documents,
    "createEstimate": documents.create_document,
    "getEstimate": documents.get_document,
    "updateEstimate": documents.update_document,
    "changeEstimateState": states.change_state,
    "sendEstimateEmail": emails.send_email,
    "listGuides": documents.list_documents,
    "createGuide": documents.create_document,
    "getGuide": documents.get_document,
    "updateGuide": documents.update_document,
    "changeGuideState": states.change_state,
    "sendGuideEmail": emails.send_email,
    "export_saft": saft.export_saft,
    "downloadFile": downloads.download_file,
    "listTaxes": taxes.list_taxes,
    "createTax": taxes.create_tax,
    "getTax": taxes.get_tax,
    "updateTax": taxes.update_tax,
    "deleteTax": taxes.delete_tax,
    "listClients": clients.list_clients,
    "createClient": clients.create_client,
    "getClient": clients.get_client,
    "updateClient": clients.update_client,
    "findClientByName": clients.find_client_by_name,
    "findClientByCode": clients.find_client_by_code,
    "listClientInvoices": client_documents.list_client_invoices,
    "listItems": items.list_items,
    "createItem": items.create_item,
    "getItem": items.get_item,
    "updateItem": items.update_item,
    "deleteItem": items.delete_item,
    "updateClientInitialBalance": treasury.update_initial_balance,
    "getClientRegularizations": treasury.list_regularizations,
    "createClientRegularization": treasury.create_regularization,
    "deleteClientRegularization": treasury.delete_regularization,
    "getClientBalance": balance.get_client_balance,
    "createClientTreasuryMovement": movements.create_movement,
    "deleteClientTreasuryMovement": movements.delete_movement,
}

OUTSIDE: Outsides[Rulebook] = {
    "setInvoicexpressSwitches": outside.change_switches,
    "setInvoicexpressAccount": outside.change_account,
}
"""What may happen from outside, by operationId of outside.yaml."""


def assemble(contract: Contract) -> Api:
    """Return InvoiceXpress as the server knows it; OperatingError where its tables are wrong."""
    book = Rulebook.of(contract)
    return assembled(
        contract,
        book,
        book.kinds.all(),
        operations=OPERATIONS,
        outside=OUTSIDE,
        authenticate=auth.authenticate,
        envelope=refusals.refusal,
        furnish=fixture.furnish,
        admit=auth.admit,
        greet=auth.greet,
    )
