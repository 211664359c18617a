"""The settings: what can be set up here, and who may."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response

from solde.access import Permission

from ...i18n import t
from ...page import Page, web_page
from ...visitors import Visitor


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """A page of the settings: `permission` to see it, `changes` to change something there, if anything can be.

    With a `feature` it is there while that is on.
    """

    href: str
    label: str
    words: str
    icon: str
    permission: Permission = Permission.READ
    changes: Permission | None = Permission.SETTINGS
    feature: str | None = None


GROUPS: tuple[tuple[str, tuple[SettingsPage, ...]], ...] = (
    (
        "Money",
        (
            SettingsPage(
                "/settings/balances",
                "Customer balances",
                "What each balance counts, in which order they are offered, and which one is the default.",
                "scale",
            ),
            SettingsPage(
                "/settings/types",
                "Operation types",
                "What can be posted on an account: code, side, accounts and journal of each type.",
                "list",
            ),
            SettingsPage(
                "/settings/services",
                "Services",
                "What charges and credits are for, and the tax that is contained in them.",
                "receipt",
            ),
            SettingsPage(
                "/settings/methods",
                "Payment methods",
                "How customers pay, and the operation types that payments, refunds and rejections are posted as.",
                "credit-card",
            ),
            SettingsPage(
                "/settings/deposits",
                "Security deposits",
                "What deposits are made from, how much they may be, and whether they go back by themselves.",
                "wallet",
                feature="security_deposits",
            ),
            SettingsPage(
                "/settings/plans",
                "Instalment plans",
                "What plans keep to: amounts, number, start, fee, interest, and when they are broken; holidays.",
                "calendar",
                feature="instalment_plans",
            ),
            SettingsPage(
                "/settings/litigation-reasons",
                "Litigation reasons",
                "What may be chosen when an invoice is disputed.",
                "gavel",
                feature="litigation",
            ),
            SettingsPage(
                "/settings/limits",
                "Approval limits",
                "What each role may do alone, in one go and in a day; above it a second person decides.",
                "shield-check",
            ),
        ),
    ),
    (
        "People and programs",
        (
            SettingsPage(
                "/settings/users",
                "Users",
                "Who may sign in, with which role, for which seller.",
                "users",
                Permission.USERS,
                Permission.USERS,
            ),
            SettingsPage("/settings/roles", "Roles", "What each role may do, in words.", "list-checks", changes=None),
            SettingsPage(
                "/settings/tokens",
                "API tokens",
                "What programs sign in with.",
                "lock",
                Permission.TOKENS,
                Permission.TOKENS,
            ),
        ),
    ),
    (
        "System",
        (
            SettingsPage(
                "/settings/features",
                "Optional features",
                "What can be switched off; then its buttons, tabs and routes are gone.",
                "settings",
            ),
            SettingsPage(
                "/settings/webhooks",
                "Webhooks",
                "Which addresses hear of what happens here, and what did not arrive.",
                "link",
                Permission.WEBHOOKS,
                Permission.WEBHOOKS,
            ),
            SettingsPage(
                "/settings/mail",
                "Mail",
                "Whether mail leaves this system, and what waits.",
                "bell-ring",
                Permission.WEBHOOKS,
                Permission.WEBHOOKS,
            ),
            SettingsPage(
                "/settings/sellers",
                "Sellers",
                "Who sells and invoices: name and address for letters, country, currency and time zone.",
                "building-2",
            ),
        ),
    ),
)


@web_page("/settings", name="settings")
async def settings_page(page: Page) -> Response[str]:
    """What this person may see of the settings."""
    groups = [
        (title, [_shown(place, page.visitor) for place in places if _is_for(place, page.visitor)])
        for title, places in GROUPS
    ]
    return page.show(
        "settings/index.html",
        title=t("Settings"),
        groups=[(title, places) for title, places in groups if places],
    )


def places_for(visitor: Visitor) -> list[SettingsPage]:
    """The pages of the settings that this person may open."""
    return [place for _, places in GROUPS for place in places if _is_for(place, visitor)]


def _is_for(place: SettingsPage, visitor: Visitor) -> bool:
    return visitor.may(place.permission) and (place.feature is None or place.feature in visitor.features)


def _shown(place: SettingsPage, visitor: Visitor) -> dict[str, object]:
    fixed = place.changes is None or not visitor.may(place.changes)
    return {"href": place.href, "label": place.label, "words": place.words, "icon": place.icon, "fixed": fixed}


route_handlers = [settings_page]
