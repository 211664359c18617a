"""Every JSON route: those written by hand, and those made of described actions and lists."""

from __future__ import annotations

from functools import cache

from litestar.handlers import HTTPRouteHandler

from solde.accounting import api as accounting_api
from solde.accounting import labels_api
from solde.adjustments import api as adjustments_api
from solde.app.actions import ACTIONS
from solde.app.listings import LISTINGS
from solde.approvals import api as approvals_api
from solde.balances import api as balances_api
from solde.balances import api_ranking as ranking_api
from solde.cards import api as cards_api
from solde.closing import api as closing_api
from solde.customers import api as customers_api
from solde.deposits import api as deposits_api
from solde.features import api as features_api
from solde.instalments import api as instalments_api
from solde.litigation import api as litigation_api
from solde.matching import api as matching_api
from solde.operations import api as operations_api
from solde.operations.rejected import api as rejected_api
from solde.outbox import api as outbox_api
from solde.payments import api as payments_api
from solde.periods import api as periods_api
from solde.unbilled import api as unbilled_api

from . import accounting_exports, accounts, administration, exports, imports, jobs, verifying
from .described import routes_of as action_routes
from .listed import routes_of as list_routes


@cache
def api_routes() -> tuple[HTTPRouteHandler, ...]:
    """Every JSON route, made once."""
    features = (
        customers_api,
        closing_api,
        operations_api,
        periods_api,
        rejected_api,
        accounts,
        exports,
        litigation_api,
        matching_api,
        balances_api,
        ranking_api,
        unbilled_api,
        payments_api,
        deposits_api,
        instalments_api,
        accounting_api,
        labels_api,
        accounting_exports,
        cards_api,
        adjustments_api,
        approvals_api,
        features_api,
        outbox_api,
        imports,
        jobs,
        administration,
        verifying,
    )
    by_hand = [handler for feature in features for handler in feature.route_handlers]
    return (*by_hand, *action_routes(ACTIONS), *list_routes(LISTINGS))
