"""Who asks: a person signed in, or a token; what they may do, and the seller they are kept to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from solde.kernel.refusals import FORBIDDEN, Refusal, Refused, refuse
from solde.kernel.texts import Label, say

from .model import Permission, Role, Token
from .rules.permissions import LABELS, PERMISSIONS, WORDS, roles_with


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `actor` is the text that audit records name: a person's login, a token's name.

    `is_listed`: a token whose permissions are a list of its own; `role` then only says whose limits hold for it.
    """

    actor: str
    name: str
    role: Role
    permissions: frozenset[Permission]
    seller: str | None = None
    user_id: int | None = None
    token_id: int | None = None
    expires_at: datetime | None = None
    is_listed: bool = False

    @property
    def role_label(self) -> str:
        """The role in words."""
        return "Permissions of its own" if self.is_listed else LABELS[self.role]

    def may(self, permission: Permission | str) -> bool:
        """Is this allowed?"""
        return permission in self.permissions

    @property
    def posts_late(self) -> bool:
        """May they post into periods that are closed for regular users?"""
        return Permission.LATE_POSTING in self.permissions

    def require(self, permission: Permission) -> None:
        """Go on only where this is allowed.

        Refuses: forbidden.
        """
        if permission not in self.permissions:
            raise Refused(self.why_not(permission))

    def require_every_seller(self) -> None:
        """Go on only where they are kept to no seller: what belongs to none is changed by nobody else.

        Refuses: forbidden.
        """
        if self.seller is not None:
            said = say("you are kept to the seller {seller}; this concerns every seller alike", seller=self.seller)
            raise Refused(refuse(FORBIDDEN, said))

    def may_for_all(self, permission: Permission) -> bool:
        """Is this allowed, and for every seller?"""
        return self.seller is None and permission in self.permissions

    def why_not(self, permission: Permission) -> Refusal:
        """What is missing, and who has it."""
        roles = [Label(LABELS[role]) for role in roles_with(permission)]
        if self.is_listed:
            said = say(
                "the permission {permission} ({meaning}) is missing; the token does not have it ({roles} do)",
                permission=permission,
                meaning=Label(WORDS[permission]),
                roles=roles,
            )
            return refuse(FORBIDDEN, said)
        said = say(
            "the permission {permission} ({meaning}) is missing; the role {role_label} does not have it ({roles} do)",
            permission=permission,
            meaning=Label(WORDS[permission]),
            role_label=Label(self.role_label),
            roles=roles,
        )
        return refuse(FORBIDDEN, said)


def caller_of(token: Token) -> Caller:
    """The caller a token stands for."""
    return Caller(
        token.name,
        token.name,
        token.role,
        PERMISSIONS[token.role] if token.listed is None else token.listed,
        token.seller,
        token_id=token.token_id,
        expires_at=token.expires_at,
        is_listed=token.listed is not None,
    )
