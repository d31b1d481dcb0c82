"""The parameters that no single page owns: two pages read one, or a reaction does, or whoever counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from salesreg.calendars import Term
from salesreg.commercial.domain.indicators import Basis
from salesreg.commercial.domain.numbers import NumberPeriod
from salesreg.commercial.domain.price_changes import OpenQuotes
from salesreg.commercial.domain.work import DueWith
from salesreg.rules import Dated, Parameter

CALL_QUOTA: Final = Parameter(
    "call_campaign.quota", int, "How many calls with a recorded result a caller makes on a working day.", clause="R62"
)
SALES_BASIS: Final = Parameter(
    "plan.basis",
    Basis,
    "What counts as a sale: contracted, invoiced or paid.",
    clause="R101",
)
RETRIES: Final = Parameter(
    "call_contact.retries",
    int,
    "How often a contact that was not reached is called again; 0 reads the source literally: a result ends it.",
    clause="R57",
    default=0,
)
PHONE_REGION: Final = Parameter(
    "do_not_call.region",
    str,
    "The country of telephone numbers without a country code, as two letters (ISO 3166-1).",
    clause="R57",
)
NUMBER_PERIOD: Final = Parameter(
    "numbers.period",
    NumberPeriod,
    "How long the number of a deal, a contract, an invoice or a document stays taken: calendar_year or forever.",
    clause="R15",
)
RECORD_LAG: Final = Parameter(
    "records.lag",
    Term,
    "How much later than the fact its record may come; what is recorded later counts from the record.",
    clause="R46",
)
DOCUMENT_LAG: Final = Parameter(
    "records.document_lag",
    Term,
    "How much later a payment or a received paper, which has a document's reference, may be recorded.",
    clause="R46",
)
DISCOUNT_LIMIT: Final = Parameter(
    "sale.discount_limit",
    Decimal,
    "How many per cent off the list price the head may grant; above that the general director decides too.",
    clause="R10",
)
OPEN_QUOTES: Final = Parameter(
    "price_change.open_quotes",
    OpenQuotes,
    "What a new base price list does to quotes that name a changed item; signed contracts always keep theirs.",
    clause="R38",
)
DUE_WITH: Final = Parameter(
    "work_order.due_with",
    DueWith,
    "Whether payment by fact falls due with the work or with the act of its acceptance.",
    clause="R27",
)
VAT_RATE: Final = Parameter(
    "invoice.vat_rate",
    Dated[Decimal],
    "VAT as a fraction such as 0.22, or 0, by the day of the work, and of an advance by the day of its receipt.",
    clause="R31",
)
WITHOUT_VAT: Final = Parameter(
    "invoice.without_vat",
    Dated[bool],
    "Whether the company sells without VAT, which is another thing than a rate of 0; unless told, it does not.",
    clause="R31",
    default=Dated(((None, False),)),
)
ACKNOWLEDGE_FIRST: Final = Parameter(
    "duties.acknowledge_first",
    bool,
    "Whether nobody acts in a role before acknowledging its rules in the regulation in force; before the first "
    "version is in force there is nothing to acknowledge.",
    clause="R98",
)
