"""The RBAC matrix of the compliance specification, 6.1, word for word, and which of its cells open which endpoint."""

from typing import Final

_MATRIX: Final = """
| object | tenant_admin | supervisor | agent | auditor | privacy_officer | integrator |
|---|---|---|---|---|---|---|
| lines, agents, prompts, tools | RW | R | - | R | - | scoped |
| live call: listen / whisper / take over | - | R / W / W (party notice first) | own | - | - | scoped |
| CDR | R | R | own | R | R | scoped |
| audio, raw transcript | - (grantable, purpose) | R purpose | own r | r, raw by 4 | R for DSAR | - |
| redacted transcript | R | R | own | R | R | scoped |
| tool-call payload raw | - | r | own r | r | R | - |
| consent, DNC | R | R, add DNC | add DNC/withdraw | R | RW(append) | append |
| retention policy | RW, shorten = 4 | R | - | R | RW, shorten = 4 | - |
| legal hold | place, release = 4 | - | - | R | place, release = 4 | - |
| erasure, DSAR | - | - | - | R | RW, key shred = 4 | create |
| exports | create redacted | create redacted | - | create audit | create, raw bulk = 4 | create redacted |
| audit log, verify | R | - | - | R + verify | R | - |
| users, keys, OIDC | RW | - | - | R | - | - |
"""


def _cells() -> dict[str, dict[str, str]]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in _MATRIX.strip().splitlines()]
    header, _, *rows = lines
    return {name: dict(zip(header[1:], cells, strict=True)) for name, *cells in rows}


CELLS: Final = _cells()
ROLES: Final = tuple(CELLS["CDR"])

# "own" opens what a person is given with the call, which is the transfer, and no list of calls. "r" opens what is
# masked: recordings are not.
_SETUP, _DNC, _ERASURE = "lines, agents, prompts, tools", "consent, DNC", "erasure, DSAR"
_PEOPLE, _HOLD, _RETENTION = "users, keys, OIDC", "legal hold", "retention policy"
_READS: Final = {"R", "scoped"}
_TERMS: Final = "RW, shorten = 4"
_HOLDS: Final = "place, release = 4"
_ERASES: Final = "RW, key shred = 4"
_EXPORTS: Final = set(CELLS["exports"].values()) - {"-"}  # of which kind is asked of the service: test_roles.py

OPENS: Final[dict[str, tuple[str, set[str]]]] = {
    **dict.fromkeys(
        ("list_trunks", "list_numbers", "list_agents", "list_agent_versions", "get_agent_version"),
        (_SETUP, {"RW", "R", "scoped"}),
    ),
    **dict.fromkeys(("list_workers", "get_capacity"), (_SETUP, {"RW", "R", "scoped"})),
    **dict.fromkeys(
        ("list_jobs", "get_job", "list_webhooks", "get_webhook", "list_deliveries"), (_SETUP, {"RW", "R", "scoped"})
    ),
    **dict.fromkeys(
        (
            *("put_number", "delete_number", "retry_job"),
            *("add_webhook", "delete_webhook", "enable_webhook", "disable_webhook", "rotate_secret"),
        ),
        (_SETUP, {"RW", "scoped"}),
    ),
    "redeliver": (_SETUP, {"RW", "scoped"}),
    **dict.fromkeys(
        (
            *("place_call", "hang_up", "mint_token", "close_callback"),
            *("create_campaign", "add_contacts", "withdraw_contact"),
            *("start_campaign", "pause_campaign", "end_campaign"),
        ),
        ("live call: listen / whisper / take over", {"R / W / W (party notice first)", "scoped"}),
    ),
    **dict.fromkeys(
        (
            *("list_calls", "get_call", "list_callbacks"),
            *("list_campaigns", "get_campaign", "list_contacts", "get_forecast"),
        ),
        ("CDR", _READS),
    ),
    "get_recording": ("audio, raw transcript", {"R purpose", "R for DSAR"}),
    **dict.fromkeys(("get_transcript", "get_events"), ("redacted transcript", _READS)),
    "get_transfer": ("tool-call payload raw", {"r", "own r", "R"}),
    **dict.fromkeys(
        ("list_suppressions", "find_suppressions", "list_dnc_lists", "read_decision", "get_consents"),
        (_DNC, {"R", "R, add DNC", "RW(append)"}),
    ),
    "add_suppression": (_DNC, {"R, add DNC", "add DNC/withdraw", "RW(append)", "append"}),
    "revoke_consent": (_DNC, {"add DNC/withdraw", "RW(append)", "append"}),
    **dict.fromkeys(("decide", "add_consent", "load_numbers", "complete_list"), (_DNC, {"RW(append)", "append"})),
    "lift_suppression": (_DNC, {"RW(append)"}),
    **dict.fromkeys(
        ("list_policies", "get_policy", "list_runs", "get_run", "get_call_retention"), (_RETENTION, {_TERMS, "R"})
    ),
    **dict.fromkeys(("create_policy", "start_run", "put_tag", "remove_tag"), (_RETENTION, {_TERMS})),
    **dict.fromkeys(("list_holds", "get_hold"), (_HOLD, {_HOLDS, "R"})),
    **dict.fromkeys(("place_hold", "release_hold"), (_HOLD, {_HOLDS})),
    **dict.fromkeys(
        ("list_erasure_requests", "get_erasure_request", "get_erasure_receipt"), (_ERASURE, {"R", _ERASES})
    ),
    "ask_for_erasure": (_ERASURE, {_ERASES, "create"}),
    **dict.fromkeys(("preview_erasure", "approve_erasure"), (_ERASURE, {_ERASES})),
    **dict.fromkeys(
        ("list_exports", "ask_for_export", "get_export", "delete_export", "approve_export", "make_link"),
        ("exports", _EXPORTS),
    ),
    "download_export": ("exports", _EXPORTS),
    **dict.fromkeys(
        ("list_audit_events", "list_access_reports", "get_access_report"), ("audit log, verify", {"R", "R + verify"})
    ),
    **dict.fromkeys(("list_keys", "list_users", "get_user"), (_PEOPLE, {"RW", "R"})),
    **dict.fromkeys(
        ("create_key", "revoke_key", "add_user", "change_user", "disable_user", "enable_user"), (_PEOPLE, {"RW"})
    ),
}


def is_open(endpoint: str, role: str) -> bool:
    """What the matrix says of an endpoint, by the name of its function. Raises KeyError for one it does not know."""
    row, cells = OPENS[endpoint]
    assert cells <= set(CELLS[row].values()), f"{endpoint}: {row} has no cell {cells}"
    return CELLS[row][role] in cells
