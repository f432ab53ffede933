from pathlib import Path

import pytest

from voiceagent.compliance.roles import roles_of_a_person, scope_of_export, scopes_of
from voiceagent.core.errors import BadInput
from voiceagent.records.export_values import ExportKind
from voiceagent.records.key_rules import ALL_SCOPES
from voiceagent.records.user_values import Role

_DOCUMENT = Path(__file__).parents[3] / "docs" / "roles.md"


def test_the_document_lists_the_scopes_of_each_role() -> None:
    rows = [line.split("|")[1:3] for line in _DOCUMENT.read_text().splitlines() if line.count("|") == 3]
    told = {name.strip(): frozenset(scopes.split()) for name, scopes in rows if name.strip() in set(Role)}

    assert told == {role.value: scopes_of([role]) for role in Role}


def test_every_scope_is_known_and_somebody_has_it() -> None:
    assert scopes_of(Role) == ALL_SCOPES


def test_who_has_no_role_may_do_nothing() -> None:
    assert scopes_of([]) == frozenset()


def test_roles_add_up() -> None:
    both = scopes_of([Role.AGENT, Role.AUDITOR])

    assert both == scopes_of([Role.AGENT]) | scopes_of([Role.AUDITOR])


@pytest.mark.parametrize(("names", "told"), [(["integrator"], "integrator"), (["boss"], "boss"), ([], "disabled")])
def test_a_person_has_a_role_for_people(names: list[str], told: str) -> None:
    with pytest.raises(BadInput, match=told):
        roles_of_a_person(names)


@pytest.mark.parametrize(
    ("kind", "media", "askers"),
    [
        (ExportKind.BULK, False, {"tenant_admin", "supervisor", "privacy_officer", "integrator"}),
        (ExportKind.LITIGATION, False, {"tenant_admin", "supervisor", "privacy_officer", "integrator"}),
        (ExportKind.AUDIT, False, {"auditor", "privacy_officer"}),
        (ExportKind.DSAR, False, {"privacy_officer"}),
        (ExportKind.BULK, True, {"privacy_officer"}),
        (ExportKind.AUDIT, True, {"privacy_officer"}),
    ],
)
def test_T_SEC_1_who_may_have_which_export(kind: ExportKind, media: bool, askers: set[str]) -> None:
    needed = scope_of_export(kind, media=media)

    assert {role.value for role in Role if needed in scopes_of([role])} == askers
