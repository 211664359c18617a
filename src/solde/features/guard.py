"""Routes that are there only while their feature is on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

from solde.access.http import Answer, Ask

Act = Callable[[Ask], Awaitable[Answer]]


def needs_feature(code: str) -> Callable[[Act], Act]:
    """Below `@route`: the route answers 404 while the feature is off; refuses feature_off."""

    def guard(act: Act) -> Act:
        @wraps(act)
        async def guarded(ask: Ask) -> Answer:
            features = ask.services.features
            await features.check(code)
            return await act(ask)

        return guarded

    return guard
