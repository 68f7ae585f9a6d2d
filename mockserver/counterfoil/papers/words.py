"""What is printed on a paper besides what it tells: headings and labels in three languages."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The headings and labels of a paper, in one language (`language` is its BCP 47 tag).

    A caller labels its own facts and totals with them: `Total(words.discount, "-10.00 €")`.
    """

    language: str
    to: str
    date: str
    due_date: str
    reference: str
    tax_id: str
    description: str
    quantity: str
    unit_price: str
    discount: str
    tax: str
    taxable: str
    amount: str
    subtotal: str
    before_taxes: str
    total: str
    paid: str
    amount_due: str
    retention: str
    notes: str
    page: str
    of: str
    sandbox: str


ENGLISH = Words(
    language="en",
    to="To",
    date="Date",
    due_date="Due date",
    reference="Reference",
    tax_id="Tax ID",
    description="Description",
    quantity="Quantity",
    unit_price="Unit price",
    discount="Discount",
    tax="Tax",
    taxable="Taxable",
    amount="Amount",
    subtotal="Subtotal",
    before_taxes="Before taxes",
    total="Total",
    paid="Paid",
    amount_due="Amount due",
    retention="Retention",
    notes="Notes",
    page="Page",
    of="of",
    sandbox="Made by a sandbox. Not a fiscal document.",
)

PORTUGUESE = Words(
    language="pt",
    to="Exmo.(s) Sr.(s)",
    date="Data",
    due_date="Vencimento",
    reference="Referência",
    tax_id="NIF",
    description="Descrição",
    quantity="Quantidade",
    unit_price="Preço unitário",
    discount="Desconto",
    tax="Imposto",
    taxable="Incidência",
    amount="Valor",
    subtotal="Soma",
    before_taxes="Total sem impostos",
    total="Total",
    paid="Pago",
    amount_due="Valor em dívida",
    retention="Retenção",
    notes="Observações",
    page="Página",
    of="de",
    sandbox="Emitido por um ambiente de testes. Sem valor fiscal.",
)

SPANISH = Words(
    language="es",
    to="Cliente",
    date="Fecha",
    due_date="Vencimiento",
    reference="Referencia",
    tax_id="NIF",
    description="Descripción",
    quantity="Cantidad",
    unit_price="Precio unitario",
    discount="Descuento",
    tax="Impuesto",
    taxable="Base imponible",
    amount="Importe",
    subtotal="Suma",
    before_taxes="Total sin impuestos",
    total="Total",
    paid="Pagado",
    amount_due="Importe pendiente",
    retention="Retención",
    notes="Observaciones",
    page="Página",
    of="de",
    sandbox="Emitido por un entorno de pruebas. Sin valor fiscal.",
)
