"""Conditions of balances in words: `dueDate < currentDate` is read as "the due date is before today". Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from solde.expressions import NodeType, compile_expression
from solde.expressions.tree import Compare, Constant, Empty, In, Junction, Node, Not, Property
from solde.kernel.money import plain
from solde.kernel.refusals import Refused
from solde.operations import CLASSES

from . import formats
from .i18n import t

OPERATION = "accountOperation."
NAMES: Mapping[str, Callable[[], str]] = {
    "accountOperation.type": lambda: t("the class"),
    "accountOperation.code": lambda: t("the type"),
    "accountOperation.transactionCategory": lambda: t("the side"),
    "accountOperation.number": lambda: t("the number"),
    "accountOperation.amount": lambda: t("the amount"),
    "accountOperation.unMatchingAmount": lambda: t("what is open"),
    "accountOperation.matchingAmount": lambda: t("what is matched"),
    "accountOperation.disputedAmount": lambda: t("what is disputed"),
    "accountOperation.matchingStatus": lambda: t("the matching status"),
    "accountOperation.status": lambda: t("the posting status"),
    "accountOperation.transactionDate": lambda: t("the date"),
    "accountOperation.dueDate": lambda: t("the due date"),
    "accountOperation.collectionDate": lambda: t("the date of collection"),
    "accountOperation.reference": lambda: t("the reference"),
    "accountOperation.description": lambda: t("the description"),
    "accountOperation.currency": lambda: t("the currency"),
    "accountOperation.paymentMethod": lambda: t("the payment method"),
    "accountOperation.litigationReason": lambda: t("the reason of the litigation"),
    "accountOperation.orderNumber": lambda: t("the order number"),
    "customerAccount.code": lambda: t("the account"),
    "customerAccount.description": lambda: t("the account's description"),
    "customerAccount.currency": lambda: t("the account's currency"),
    "customerAccount.status": lambda: t("the account's state"),
    "customerAccount.paymentMode": lambda: t("the account's way of paying"),
    "customerAccount.customerCode": lambda: t("the customer"),
    "customerAccount.customerCategory": lambda: t("the customer's category"),
    "billingAccount.code": lambda: t("the billing account"),
    "billingAccount.description": lambda: t("the billing account's description"),
    "currentDate": lambda: t("today"),
}
"""What a property is called in a sentence."""

EXCLUDED = "accountOperation.excludeFromDefaultBalance"
VALUES: Mapping[str, Mapping[str, str]] = {
    "accountOperation.type": CLASSES,
    "accountOperation.transactionCategory": {"DEBIT": "Debit", "CREDIT": "Credit"},
    "accountOperation.matchingStatus": {code: said for code, (said, _) in formats.MATCHING.items()},
    "accountOperation.status": {code: said for code, (said, _) in formats.POSTING.items()},
}
"""What the values of a property are called."""


def condition_in_words(text: str) -> str:
    """A condition as one reads it aloud; a part that has no words of its own stays as it is written.

    Gives: the text itself where it is no expression.
    """
    bare = text.strip().removeprefix("#{").removesuffix("}").strip()
    try:
        tree = compile_expression(f"#{{ {bare} }}").tree
    except Refused:
        return bare.replace(OPERATION, "")
    return _say(tree, f"#{{ {bare} }}")


def _say(node: Node, text: str, *, within: bool = False) -> str:
    match node:
        case Junction():
            return _junction(node, text, within=within)
        case Compare():
            return _compare(*_turned(node), text)
        case In(item, choices):
            return _among(item, choices, text)
        case Not(Property(path)) if path == EXCLUDED:
            return _excluded(False)
        case Not(operand):
            return t("not ({condition})", condition=_say(operand, text))
        case Empty(operand):
            return t("{what} is empty", what=_name(operand, text))
        case Property(path) if path == EXCLUDED:
            return _excluded(True)
        case Constant(bool(value)):
            return t("always") if value else t("never")
        case _:
            return _written(node, text)


def _junction(node: Junction, text: str, *, within: bool) -> str:
    parts = [_say(part, text, within=True) for part in _gathered(node)]
    said = (t(" and ") if node.word == "and" else t(" or ")).join(parts)
    return f"({said})" if within and len(parts) > 1 else said


def _gathered(node: Junction) -> Sequence[Node]:
    """Of an `or`, comparisons of one property with fixed values are read as one choice."""
    if node.word == "and":
        return node.parts
    choices: dict[Node, list[Node]] = {}
    for part in node.parts:
        op, left, right = _turned(part) if isinstance(part, Compare) else ("", part, part)
        if op != "==" or not isinstance(right, Constant):
            return node.parts
        choices.setdefault(left, []).append(right)
    return [In(left, tuple(rights), left.span) for left, rights in choices.items()]


def _turned(node: Compare) -> tuple[str, Node, Node]:
    """A comparison with what varies first: `'P' == status` is read as `status == 'P'`."""
    if isinstance(node.left, Constant) and not isinstance(node.right, Constant):
        return node.op.translate(str.maketrans("<>", "><")), node.right, node.left
    return node.op, node.left, node.right


def _excluded(kept_out: bool) -> str:
    return (
        t("it is excluded from the default balance") if kept_out else t("it is not excluded from the default balance")
    )


RELATIONS: Mapping[str, Callable[..., str]] = {
    "==": lambda **both: t("{a} is {b}", **both),
    "!=": lambda **both: t("{a} is not {b}", **both),
    "<": lambda **both: t("{a} is below {b}", **both),
    "<=": lambda **both: t("{a} is at most {b}", **both),
    ">": lambda **both: t("{a} is above {b}", **both),
    ">=": lambda **both: t("{a} is at least {b}", **both),
}
ON_DAYS: Mapping[str, Callable[..., str]] = {
    "<": lambda **both: t("{a} is before {b}", **both),
    "<=": lambda **both: t("{a} is on or before {b}", **both),
    ">": lambda **both: t("{a} is after {b}", **both),
    ">=": lambda **both: t("{a} is on or after {b}", **both),
}


def _compare(op: str, left: Node, right: Node, text: str) -> str:
    if isinstance(left, Property) and left.path == EXCLUDED and isinstance(right, Constant) and op in ("==", "!="):
        return _excluded((right.value is True) == (op == "=="))
    relations = {**RELATIONS, **ON_DAYS} if left.kind is NodeType.DATE else RELATIONS
    return relations[op](a=_name(left, text), b=_value(left, right, text))


def _among(item: Node, choices: Sequence[Node], text: str) -> str:
    said = [_value(item, one, text) for one in choices]
    if len(said) == 1:
        return t("{a} is {b}", a=_name(item, text), b=said[0])
    if len(said) == 2:
        return t("{what} is {one} or {other}", what=_name(item, text), one=said[0], other=said[1])
    return t("{what} is one of {choices}", what=_name(item, text), choices=", ".join(said))


def _name(node: Node, text: str) -> str:
    return NAMES[node.path]() if isinstance(node, Property) and node.path in NAMES else _written(node, text)


def _value(of: Node, node: Node, text: str) -> str:
    """What something is compared with; a value of a closed list by its label."""
    if not isinstance(node, Constant):
        return _name(node, text)
    if isinstance(node.value, str):
        labels = VALUES.get(of.path, {}) if isinstance(of, Property) else {}
        return t(labels[node.value]) if node.value in labels else node.value or t("blank")
    if node.value is None or isinstance(node.value, bool):
        return t("nothing") if node.value is None else t("yes") if node.value else t("no")
    return node.value.isoformat() if node.kind is NodeType.DATE else plain(node.value)  # type: ignore[union-attr,arg-type]


def _written(node: Node, text: str) -> str:
    return text[slice(*node.span)].replace(OPERATION, "")


PROPERTIES = ("accountOperation.", "customerAccount.", "billingAccount.", "currentDate")
CHOICES = (
    (re.compile(r"every (debit|credit) takes part"), "every {0} takes part"),
    (re.compile(r"no (debit|credit) takes part"), "no {0} takes part"),
    (re.compile(r"(\w+) is excepted"), "{0} is excepted"),
    (re.compile(r"(\w+) is not excepted"), "{0} is not excepted"),
    (re.compile(r"(\w+) is among the chosen (debit|credit) types"), "{0} is among the chosen {1} types"),
    (re.compile(r"(\w+) is not among the chosen (debit|credit) types"), "{0} is not among the chosen {1} types"),
    (re.compile(r"nothing of it is open and undisputed"), "nothing of it is open and undisputed"),
)
"""What decides beside the expression, and how it is said."""


def reason(text: str, *, included: bool) -> str:
    """Why an operation is in a balance or not, in the reader's words."""
    for pattern, said in CHOICES:
        if found := pattern.fullmatch(text):
            return t(said).format(*(t(word) for word in found.groups()))
    words = condition_in_words(text)
    fails = not included and any(name in text for name in PROPERTIES)
    return t("not met: {condition}", condition=words) if fails else words
