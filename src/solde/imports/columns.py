"""The canonical columns of every kind of file that is imported, and what other programs call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from solde.customers.requests import NewCustomer
from solde.files.layout import Columns

_CUSTOMER = {
    "customer": "customer_code", "customerid": "customer_code", "customer_id": "customer_code", "customer_no": "customer_code",
    "customer_no.": "customer_code", "customer_number": "customer_code", "client": "customer_code", "code_client": "customer_code",
    "n°_client": "customer_code", "no_client": "customer_code", "numéro_client": "customer_code", "numero_client": "customer_code",
    "compte_client": "customer_code", "kunde": "customer_code", "kundennummer": "customer_code", "kundennr": "customer_code",
    "kundennr.": "customer_code", "kunden_nr.": "customer_code", "debitor": "customer_code", "debitorennummer": "customer_code",
    "debitorennr.": "customer_code", "contactname": "customer_code", "contact": "customer_code", "partner": "customer_code",
    "invoice_partner_display_name": "customer_code",
}  # fmt: skip
_CURRENCY = {
    "devise": "currency", "währung": "currency", "waehrung": "currency", "hauswährung": "currency", "belegwährung": "currency",
    "currency_code": "currency", "currencycode": "currency", "ccy": "currency", "moneda": "currency", "valuta_code": "currency",
}  # fmt: skip

RECEIVABLES = Columns(
    names=(
        "customer_code", "customer_name", "customer_kind", "country", "account_code", "currency",
        "invoice_number", "invoice_date", "due_date", "amount", "type", "description",
        "disputed", "paid_date", "paid_amount", "payment_reference", "payment_method", "net", "tax",
    ),
    required=("customer_code", "currency", "invoice_number", "invoice_date", "amount"),
    also={
        **_CUSTOMER, "code": "customer_code",
        "customer_name": "customer_name", "name": "customer_name", "nom": "customer_name", "raison_sociale": "customer_name",
        "nom_client": "customer_name", "name_1": "customer_name", "kundenname": "customer_name", "kind": "customer_kind",
        "countrycode": "country", "country_code": "country", "pays": "country", "land": "country", "account": "account_code",
        **_CURRENCY,
        "invoicenumber": "invoice_number", "invoice": "invoice_number", "invoice_no": "invoice_number",
        "invoice_no.": "invoice_number", "invoice_id": "invoice_number", "num": "invoice_number", "number": "invoice_number",
        "numero_facture": "invoice_number", "numéro_facture": "invoice_number", "facture": "invoice_number",
        "n°_facture": "invoice_number", "n°_pièce": "invoice_number", "n°_piece": "invoice_number", "pièce": "invoice_number",
        "rechnung": "invoice_number", "rechnungsnummer": "invoice_number", "rechnungsnr.": "invoice_number",
        "belegnr.": "invoice_number", "belegnummer": "invoice_number", "beleg": "invoice_number",
        "invoicedate": "invoice_date", "invoice/bill_date": "invoice_date", "date": "invoice_date", "date_facture": "invoice_date",
        "date_pièce": "invoice_date", "date_piece": "invoice_date", "rechnungsdatum": "invoice_date",
        "belegdatum": "invoice_date", "created": "invoice_date",
        "duedate": "due_date", "due": "due_date", "échéance": "due_date", "echeance": "due_date", "date_échéance": "due_date",
        "date_d'échéance": "due_date", "date_echeance": "due_date", "fällig": "due_date", "fälligkeit": "due_date",
        "fällig_am": "due_date", "nettofälligkeit": "due_date", "fälligkeitsdatum": "due_date",
        "invoiceamount": "amount", "invoice_amount": "amount", "total": "amount", "montant": "amount", "montant_ttc": "amount",
        "betrag": "amount", "betrag_in_hauswährung": "amount", "betrag_in_belegwährung": "amount", "bruttobetrag": "amount",
        "total_signed": "amount", "total_in_currency_signed": "amount", "amount_total": "amount",
        "transaction_type": "type", "belegart": "type",
        "memo": "description", "libellé": "description", "libelle": "description", "text": "description",
        "settleddate": "paid_date", "paiddate": "paid_date", "date_paiement": "paid_date", "bezahlt_am": "paid_date",
 "litige": "disputed",
        "montant_ht": "net", "nettobetrag": "net", "untaxed_amount": "net", "subtotal": "net",
        "taxtotal": "tax", "tva": "tax", "montant_tva": "tax", "mwst": "tax", "steuer": "tax", "vat": "tax", "tax_amount": "tax",
    },
    dates=("invoice_date", "due_date", "paid_date"),
    amounts=("amount", "paid_amount", "net", "tax"),
    real=(("customer_code", "invoice_number"),),
)  # fmt: skip

PAYMENTS = Columns(
    names=(
        "account_code", "customer_code", "currency", "payment_date", "amount", "payment_reference", "payment_method",
        "invoice_numbers", "allocate", "payer",
    ),
    required=("currency", "payment_date", "amount", "payment_reference"),
    also={
        "account": "account_code", "compte": "account_code", "konto": "account_code", **_CUSTOMER, **_CURRENCY,
        "date": "payment_date", "paid_date": "payment_date", "date_paiement": "payment_date", "datum": "payment_date",
        "buchungstag": "payment_date", "buchungsdatum": "payment_date", "date_opération": "payment_date",
        "date_operation": "payment_date", "date_comptable": "payment_date", "booking_date": "payment_date",
        "posting_date": "payment_date", "valuta": "payment_date", "valutadatum": "payment_date", "date_valeur": "payment_date",
        "montant": "amount", "betrag": "amount", "paid_amount": "amount", "crédit": "amount", "credit": "amount",
        "reference": "payment_reference", "référence": "payment_reference", "verwendungszweck": "payment_reference",
        "libellé": "payment_reference", "libelle": "payment_reference", "communication": "payment_reference",
        "remittance_information": "payment_reference", "ref": "payment_reference", "num": "payment_reference",
        "method": "payment_method", "mode_paiement": "payment_method", "zahlungsart": "payment_method",
        "invoice": "invoice_numbers", "invoices": "invoice_numbers", "invoice_number": "invoice_numbers",
        "factures": "invoice_numbers", "facture": "invoice_numbers", "rechnung": "invoice_numbers",
        "payeur": "payer", "name": "payer", "auftraggeber": "payer", "auftraggeber/empfänger": "payer",
        "beguenstigter/zahlungspflichtiger": "payer", "begünstigter/zahlungspflichtiger": "payer", "zahlungspflichtiger": "payer",
        "name_zahlungsbeteiligter": "payer", "donneur_d'ordre": "payer", "debtor": "payer", "counterparty": "payer",
    },
    dates=("payment_date",),
    amounts=("amount",),
    real=(("payment_date", "payment_reference"), ("payment_date", "payer"), ("account_code",), ("customer_code",)),
)  # fmt: skip

CUSTOMERS = Columns(
    names=tuple(column.name for column in fields(NewCustomer)),
    required=("code",),
    also={
        **dict.fromkeys(_CUSTOMER, "code"), "customer_code": "code", "customer_name": "name", "customer_kind": "kind",
        "nom": "name", "company": "name", "company_name": "name", "raison_sociale": "name", "name_1": "name",
        "kundenname": "name", "firma": "name", "countrycode": "country", "country_code": "country", "pays": "country",
        "land": "country", **_CURRENCY, "langue": "language", "sprache": "language", "firstname": "first_name",
        "prenom": "first_name", "prénom": "first_name", "vorname": "first_name", "lastname": "last_name", "surname": "last_name",
        "nachname": "last_name", "mail": "email", "e_mail": "email", "emailaddress": "email", "email_address": "email",
        "courriel": "email", "telephone": "phone", "téléphone": "phone", "telefon": "phone", "phone_number": "phone",
        "address": "address_1", "adresse": "address_1", "street": "address_1", "strasse": "address_1", "straße": "address_1",
        "zip": "postcode", "zip_code": "postcode", "postal_code": "postcode", "code_postal": "postcode", "plz": "postcode",
        "town": "city", "ville": "city", "ort": "city", "stadt": "city",
        "vat": "vat_number", "vat_no": "vat_number", "vat_id": "vat_number", "tva": "vat_number", "n°_tva": "vat_number",
        "tva_intracommunautaire": "vat_number", "ust_id": "vat_number", "ust_idnr.": "vat_number", "ust_idnr": "vat_number",
        "siren": "registration_number", "siret": "registration_number", "payment_term": "payment_terms", "terms": "payment_terms",
    },
    dates=("birth_date",),
    amounts=("credit_limit",),
    real=(("code", "name"), ("code", "last_name")),
)  # fmt: skip

COLUMNS: Mapping[str, Columns] = {
    "import_customers": CUSTOMERS, "import_receivables": RECEIVABLES, "import_payments": PAYMENTS,
}  # fmt: skip
"""By the kind of the job that imports it."""
