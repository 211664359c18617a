"""Create a customer: one form with tabs, for a company or an individual; fields are checked as they are left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from solde.access import Permission
from solde.customers import (
    MANDATORY,
    TABS,
    CustomerKind,
    NewCustomer,
    Seller,
    create_customer,
    creation_form,
    list_choices,
    list_sellers,
    paths,
)
from solde.customers import store as customer_store
from solde.customers.rules.creation import check_codes
from solde.customers.rules.editing import CHECKED_BY_COUNTRY
from solde.customers.rules.fields import Known, check_payer, read_texts, read_values
from solde.customers.rules.forms import CODES
from solde.db import Connection
from solde.kernel.dates import today_in
from solde.kernel.refusals import Refusal, Refused

from ..acting import Done, act_once
from ..addresses import customer_path
from ..i18n import t
from ..reading import reading
from ..render import page
from ..visitors import Visitor
from .customer_fields import Choices, Filled, Part, bare, draw, in_words, lists_of, options_of, placed, read_typed
