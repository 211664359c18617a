"""Is who decides somebody else than who proposed? One person with two names is not two persons."""

from __future__ import annotations

from solde.db import Connection
from solde.kernel.refusals import Kind, Refusal, declare, refuse
from solde.kernel.texts import say

from . import store
from .model import Permission, Role
from .rules import permissions

DECISION_BY_TOKEN = declare(
    "decision_by_token", Kind.FORBIDDEN, "Let a person decide who signs in by login and password."
)
NOT_INDEPENDENT = declare(
    "decider_not_independent",
    Kind.FORBIDDEN,
    "Let somebody decide who gave the other no login, role or password, and has none from them.",
)


async def why_not_independent(conn: Connection, decider: str, proposer: str) -> Refusal | None:
    """Why this one does not decide what that one proposed, if so.

    A token that was made in the application decides nothing. Nobody decides what was proposed by who ever gave them their
    login, a role or a password, at first or second hand; nor what a person proposed to whom they gave one of these, who may be
    a second self; nor what a token proposed that they made, or that is of somebody from whom they have rights.
    """
    is_token, is_given, is_maker, is_giver, is_of_giver = await store.find_ties(conn, decider, proposer)
    if is_token:
        return refuse(DECISION_BY_TOKEN, "{decider} is a token; a person decides", decider=decider)
    if is_given:
        return refuse(
            NOT_INDEPENDENT, "{decider} has rights from {proposer}, who proposed it", decider=decider, proposer=proposer
        )
    if is_maker:
        said = say("{decider} made the token {proposer}, which proposed it", decider=decider, proposer=proposer)
        return refuse(NOT_INDEPENDENT, said)
    if is_giver:
        said = say("{proposer}, who proposed it, has rights from {decider}", proposer=proposer, decider=decider)
        return refuse(NOT_INDEPENDENT, said)
    if is_of_giver:
        said = say(
            "{decider} has rights from who made the token {proposer}, which proposed it",
            decider=decider,
            proposer=proposer,
        )
        return refuse(NOT_INDEPENDENT, said)
    return None


async def permissions_of(conn: Connection, actor: str, role: str) -> frozenset[Permission]:
    """What an actor may do of whom only the name and the role are kept, as of one whose proposal waits."""
    named = await store.list_permissions_named(conn, actor) if role == Role.PROGRAM else []
    return permissions.permissions_of(role, named)
