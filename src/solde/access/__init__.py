"""Access: who may do what. People and their sign-ins, API tokens, the roles they carry, and what every JSON route asks
of a request.
"""

from .actions import Tokens, create_token, revoke_token
from .caller import Caller
from .hashing import Passwords
from .model import Client, CreatedToken, NewUser, Permission, Role, SignedIn, Token, User, UserChange, WebSession
from .rules.permissions import LABELS, PEOPLE, PERMISSIONS, WORDS
from .store import find_user, has_chief, list_tokens, list_users
from .users import add_user, change_user, get_user, set_password

__all__ = [
    "LABELS",
    "PEOPLE",
    "PERMISSIONS",
    "WORDS",
    "Caller",
    "Client",
    "CreatedToken",
    "NewUser",
    "Passwords",
    "Permission",
    "Role",
    "SignedIn",
    "Token",
    "Tokens",
    "User",
    "UserChange",
    "WebSession",
    "add_user",
    "change_user",
    "create_token",
    "find_user",
    "get_user",
    "has_chief",
    "list_tokens",
    "list_users",
    "revoke_token",
    "set_password",
]
