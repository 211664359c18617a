"""What the schemas of the OpenAPI document are called: nouns of the trade, that stay when a module moves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

PLACE = "#/components/schemas/"

NAMES = {
    # Two features may call their own things alike: the feature before the class tells them apart.
    "accounting.EntryShape": "JournalEntry",
    "app.PartShape": "OperationMatch",
    "approvals.LimitBody": "ApprovalLimitBody",
    "approvals.LimitShape": "ApprovalLimit",
    "approvals.LimitsBody": "ApprovalLimitsBody",
    "cards.EventShape": "GatewayEvent",
    "deposits.EntryShape": "DepositStep",
    "deposits.LimitBody": "DepositLimitBody",
    "deposits.LimitShape": "DepositLimit",
    "deposits.PartShape": "DepositStepOperation",
    "instalments.LimitsBody": "PlanLimitsBody",
    "litigation.EventShape": "LitigationEvent",
    "outbox.EventShape": "Event",
    # What a class need not say inside its feature, and its name in the document must.
    "Allocate": "Allocation",
    "AssignBody": "SchemeTypesBody",
    "AssignedShape": "AssignedReceipt",
    "AttemptShape": "GatewayCall",
    "AuditShape": "AuditRecord",
    "BalancedShape": "TrialBalanceLine",
    "BucketShape": "AgeingBucket",
    "CancelBody": "JobCancelBody",
    "ChoiceShape": "TypeChoice",
    "CloseBody": "AccountClosingBody",
    "Comments": "AdjustmentComments",
    "DatedShape": "OperationsByPosting",
    "DecisionBody": "ApprovalDecisionBody",
    "DecisionShape": "ApprovalDecision",
    "DeedShape": "ActivityRecord",
    "DefinitionBody": "BalanceDefinitionBody",
    "DefinitionChange": "BalanceDefinitionChange",
    "DefinitionList": "BalanceDefinitionList",
    "DefinitionPatch": "BalanceDefinitionPatch",
    "DefinitionShape": "BalanceDefinition",
    "DifferenceShape": "VerificationDifference",
    "DrawnShape": "TriedEntry",
    "EditBody": "PlanDraftBody",
    "EffectShape": "ActionEffect",
    "EntryList": "JournalEntryList",
    "ExplainedShape": "ExplainedOperation",
    "ExportBody": "AccountingExportBody",
    "ExportList": "AccountingExportList",
    "ExportShape": "AccountingExport",
    "JournalBody": "AccountingJournalBody",
    "JournalList": "AccountingJournalList",
    "JournalShape": "AccountingJournal",
    "LikeShape": "PossibleDuplicate",
    "LimitList": "ApprovalLimitList",
    "LimitsShape": "PlanLimits",
    "LineBody": "MatchLineBody",
    "LineShape": "MatchLine",
    "ListedShape": "ListedOperation",
    "MovedShape": "MovedFigure",
    "MovementShape": "StatementMovement",
    "MoverShape": "MovedAccount",
    "NewJournalBody": "NewAccountingJournalBody",
    "NewSchemeBody": "NewAccountingSchemeBody",
    "NewTaxBody": "NewAccountingTaxBody",
    "OptionList": "AdjustmentOptionList",
    "OptionShape": "AdjustmentOption",
    "PartBody": "InstalmentBody",
    "PeriodShape": "AccountingPeriod",
    "PolicyBody": "AccountingPolicyBody",
    "PostedOperation": "OperationPayload",
    "PostedShape": "PostedOperation",
    "PreviewShape": "DefinitionPreview",
    "RankedShape": "RankedBalance",
    "ReasonBody": "LitigationReasonBody",
    "ReasonChange": "LitigationReasonChange",
    "ReasonList": "LitigationReasonList",
    "ReasonShape": "LitigationReason",
    "RegisteredShape": "RegisteredPayment",
    "RejectedList": "RejectedOperationList",
    "RejectedShape": "RejectedOperation",
    "Remainder": "PlanRemainder",
    "RepairedList": "RepairedOperationList",
    "RepairedShape": "RepairedOperation",
    "Replayed": "ReplayedDeliveries",
    "ReportShape": "VerificationReport",
    "RuleBody": "PlanRuleBody",
    "RuleList": "PlanRuleList",
    "RuleShape": "PlanRule",
    "SchemeBody": "AccountingSchemeBody",
    "SchemeList": "AccountingSchemeList",
    "SchemeShape": "AccountingScheme",
    "SettingsBody": "DepositSettingsBody",
    "SettingsShape": "DepositSettings",
    "SetupShape": "CardSetup",
    "Shift": "HolidayShift",
    "Source": "AccountOfSchemeLine",
    "StandingShape": "AccountStanding",
    "Start": "PlanStart",
    "StateBody": "AccountStateBody",
    "SuggestedList": "SuggestedAccountList",
    "SuggestedShape": "SuggestedAccount",
    "SwitchBody": "FeatureSwitchBody",
    "Taken": "AmountOfSchemeLine",
    "TaxBody": "AccountingTaxBody",
    "TaxList": "AccountingTaxList",
    "TaxShape": "AccountingTax",
    "TemplateBody": "DepositTemplateBody",
    "TemplateList": "DepositTemplateList",
    "TemplatePatch": "DepositTemplatePatch",
    "TemplateShape": "DepositTemplate",
    "TemplateState": "DepositTemplateState",
    "TouchedShape": "TouchedOperation",
    "TransactionBody": "CardTransactionBody",
    "TransactionDetail": "CardTransactionDetail",
    "TransactionList": "CardTransactionList",
    "TransactionShape": "CardTransaction",
    "TriedList": "TriedOperationList",
    "TriedShape": "TriedOperation",
    "TryBody": "SchemeTrialBody",
    "TurnBody": "PeriodClosingBody",
    "TypeBody": "OperationTypeBody",
    "TypeList": "OperationTypeList",
    "TypeShape": "OperationType",
    "UnbilledList": "UnbilledItemList",
    "UnbilledShape": "UnbilledItem",
    "Unit": "PlanInterval",
    "ValidityUnit": "DepositValidityUnit",
    "WishBody": "PlanProposalBody",
    "WithdrawalBody": "ApprovalWithdrawalBody",
    "YearBody": "AccountingYearBody",
    "YearList": "AccountingYearList",
    "YearShape": "AccountingYear",
}


def names_of(given: Iterable[str]) -> dict[str, str]:
    """The name in the document of each schema, by the name that its class gives it."""
    named = {name: _name_of(name) for name in given}
    twice = {new: [old for old, also in named.items() if also == new] for new in named.values()}
    if clashes := {new: olds for new, olds in twice.items() if len(olds) > 1}:
        raise ValueError(f"two schemas of one name; tell them apart in {__name__}.NAMES: {clashes}")
    return named


def _name_of(given: str) -> str:
    parts = given.split(".")
    of_feature = f"{parts[1]}.{parts[-1]}" if len(parts) > 1 else given
    return NAMES.get(of_feature) or NAMES.get(parts[-1]) or parts[-1].removesuffix("Shape")


def renamed(part: Any, names: dict[str, str]) -> Any:
    """A part of the document, with every reference by the new name."""
    if isinstance(part, list):
        return [renamed(one, names) for one in part]
    if not isinstance(part, dict):
        return part
    return {key: _reference(value, names) if key == "$ref" else renamed(value, names) for key, value in part.items()}


def _reference(value: str, names: dict[str, str]) -> str:
    return PLACE + names.get(name, name) if (name := value.removeprefix(PLACE)) != value else value
