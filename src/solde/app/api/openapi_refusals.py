"""Which refusals a route may answer with: found by following what its function calls, so that nobody writes the list.

A function names what it uses; what is used of Solde is followed in turn. Where a name alone does not tell which of several
is meant, all of them count: the list of a route may hold a refusal too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache, partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, get_type_hints

from solde.access.caller import Caller
from solde.access.http import Ask
from solde.app.approving import all_executors
from solde.app.services import Services
from solde.kernel.refusals import Code

OURS = "solde."
DEPTH = 3
"""How deep a described action is looked into for what carries it out."""

PROPOSES = {"propose", "submit"}
"""A function that calls one of these lets something be done that it names by its kind."""

DECIDES = {"approvals", "decide"}
"""A function that says both lets anything be done that waited."""


@lru_cache(maxsize=10_000)
def codes_of(act: Callable[..., Any]) -> frozenset[str]:
    """The codes that a function may refuse with, whatever it calls included."""
    found: set[str] = set()
    waiting, done = list(_functions_in(act)), set[FunctionType]()
    while waiting:
        one = waiting.pop()
        if one not in done:
            done.add(one)
            codes, called = _look_at(one)
            found |= codes
            waiting += called
    return frozenset(found)


@lru_cache(maxsize=10_000)
def _look_at(function: FunctionType) -> tuple[frozenset[str], tuple[FunctionType, ...]]:
    """The codes that a function names, and the functions."""
    names, constants = _names_in(function.__code__)
    values = [function.__globals__[name] for name in names if name in function.__globals__]
    # A method calls others of its own class.
    values += [function.__globals__.get(function.__qualname__.partition(".")[0])]
    # A module stands for what is asked of it, a class for the methods that are.
    values += [vars(one)[name] for one in values if _is_our_module(one) for name in names if name in vars(one)]
    values += [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    values += [vars(one)[name] for one in _classes_meant(values, names) for name in names if name in vars(one)]
    constants |= {value for value in values if isinstance(value, str)}
    if PROPOSES & names:
        named = [executor for kind, executor in _executors().items() if kind in constants]
        values += named or _executors_of(function.__module__)
    if names >= DECIDES:
        values += _executors().values()
    values = list(_unpacked(values))
    codes = frozenset(value.code for value in values if isinstance(value, Code))
    return codes, tuple(one for value in values for one in _functions_in(value))


def _unpacked(values: Iterable[Any]) -> Iterator[Any]:
    """Values, and what tables of them hold: one function a field, one code a kind of fault."""
    for value in values:
        if isinstance(value, Mapping):
            yield from _unpacked(value.values())
        elif isinstance(value, (list, tuple)):
            yield from _unpacked(value)
        else:
            yield value


def _names_in(code: CodeType) -> tuple[set[str], set[str]]:
    """The names that a function and those inside it use, and their texts."""
    given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    names, texts = {*code.co_names, *given}, {one for one in code.co_consts if isinstance(one, str)}
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more, said = _names_in(inner)
            names |= more
            texts |= said
    return names, texts


def _functions_in(value: Any, depth: int = DEPTH) -> Iterator[FunctionType]:
    """The functions of Solde that a value is, or holds as a description does."""
    if isinstance(value, FunctionType):
        if value.__module__.startswith(OURS):
            yield value
    elif isinstance(value, (staticmethod, classmethod, MethodType)):
        yield from _functions_in(value.__func__, depth)
    elif isinstance(value, property):
        yield from _functions_in(value.fget, depth)
    elif hasattr(value, "cache_info"):
        yield from _functions_in(value.__wrapped__, depth)
    elif isinstance(value, partial):
        yield from _functions_in(value.func, depth)
    elif isinstance(value, type):
        if value.__module__.startswith(OURS):
            made = (vars(value).get(name) for name in ("__init__", "__post_init__"))
            yield from (one for one in made if isinstance(one, FunctionType))
    elif is_dataclass(value) and depth and type(value).__module__.startswith(OURS):
        for field in fields(value):
            yield from _functions_in(getattr(value, field.name, None), depth - 1)


def _classes_meant(values: list[Any], names: set[str]) -> Iterator[type[Any]]:
    """The classes that a function may call methods of: those it names, and the services it reaches."""
    yield from (one for one in values if isinstance(one, type) and one.__module__.startswith(OURS))
    yield from (type(one) for one in values if type(one).__module__.startswith(OURS) and not isinstance(one, Code))
    yield from (service for field, service in _services().items() if field in names)
    yield Ask
    yield Caller


@lru_cache(maxsize=10_000)
def _services() -> Mapping[str, type[Any]]:
    found = get_type_hints(Services)
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and kind.__module__.startswith(OURS)}


@lru_cache(maxsize=10_000)
def _executors() -> Mapping[str, Any]:
    return all_executors()


def _executors_of(module: str) -> list[Any]:
    """What carries out the kinds of a feature, for a function that makes up the name of the kind."""
    feature = module.split(".")[1]
    return [one for one in _executors().values() if getattr(one, "__module__", "").startswith(f"{OURS}{feature}.")]


def _is_our_module(value: Any) -> bool:
    return isinstance(value, ModuleType) and value.__name__.startswith(OURS)


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
