"""Access: who may do what. API tokens, the roles they carry, and what every JSON route asks of a request."""

from .actions import Tokens, create_token, revoke_token
from .model import Caller, CreatedToken, Permission, Role, Token
from .rules import PERMISSIONS, may
from .store import list_tokens

__all__ = [
    "PERMISSIONS",
    "Caller",
    "CreatedToken",
    "Permission",
    "Role",
    "Token",
    "Tokens",
    "create_token",
    "list_tokens",
    "may",
    "revoke_token",
]
