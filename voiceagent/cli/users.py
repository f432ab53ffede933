"""`voiceagent users`: people who sign in at the identity provider, and their roles."""

from typing import Annotated, Any

import typer

from voiceagent.cli.api_client import ApiOption, KeyOption, ask_api

users = typer.Typer(help="People who use the API: who may sign in, and as what.", no_args_is_help=True)

_UserArgument = Annotated[str, typer.Argument(help="Their id, which `voiceagent users list` shows: usr_…")]
_RoleOption = Annotated[
    list[str], typer.Option("--role", help="tenant_admin, supervisor, agent, auditor or privacy_officer; repeat it.")
]


@users.command("list")
def list_users(api: ApiOption = "", key: KeyOption = "") -> None:
    """People of this tenant, with those who are disabled."""
    query = {"limit": "200"}
    while True:
        found = ask_api(api, key, "GET", "/v1/users", query=query)
        for one in found["items"]:
            typer.echo(_line(one))
        if found["next_cursor"] is None:
            return
        query["cursor"] = found["next_cursor"]


@users.command("add")
def add(
    email: Annotated[str, typer.Argument(help="Their address, which the provider has to tell as checked.")] = "",
    *,
    role: _RoleOption,
    issuer: Annotated[str, typer.Option(help="The identity provider, with --subject.")] = "",
    subject: Annotated[str, typer.Option(help="`sub` of their tokens, where addresses are not told or checked.")] = "",
    name: Annotated[str, typer.Option(help="For lists.")] = "",
    api: ApiOption = "",
    key: KeyOption = "",
) -> None:
    """Let somebody sign in."""
    body = {"email": email, "issuer": issuer, "subject": subject, "name": name, "roles": role}
    typer.echo(_line(ask_api(api, key, "POST", "/v1/users", body=body)))


@users.command("role")
def change_roles(user_id: _UserArgument, role: _RoleOption, api: ApiOption = "", key: KeyOption = "") -> None:
    """Give somebody these roles and no others; keys of theirs that open more are revoked."""
    typer.echo(_line(ask_api(api, key, "PATCH", f"/v1/users/{user_id}", body={"roles": role})))


@users.command("disable")
def disable(user_id: _UserArgument, api: ApiOption = "", key: KeyOption = "") -> None:
    """Refuse somebody from now on, and revoke the keys that they made."""
    typer.echo(_line(ask_api(api, key, "POST", f"/v1/users/{user_id}/actions/disable")))


@users.command("enable")
def enable(user_id: _UserArgument, api: ApiOption = "", key: KeyOption = "") -> None:
    """Let somebody in again; the keys that they made stay revoked."""
    typer.echo(_line(ask_api(api, key, "POST", f"/v1/users/{user_id}/actions/enable")))


def _line(user: dict[str, Any]) -> str:
    who = user["email"] or f"{user['subject']} at {user['issuer']}"
    named = f"{who} ({user['name']})" if user["name"] else who
    ended = f", disabled {user['disabled_at'][:10]}" if user["disabled_at"] else ""
    seen = f"last seen {user['last_seen_at'][:16]}" if user["last_seen_at"] else "never seen"
    return f"{user['id']} {' '.join(user['roles'])}: {named}, {seen}{ended}"
