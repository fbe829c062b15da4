"""``avamotion token agora``: make and read the tokens of Agora channels."""

import os
import secrets
import sys
import time
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from avamotion.errors import AuthError, ConfigError
from avamotion.tokens import agora006
from avamotion.tokens.agora import build_token, parse_token, verify_token
from avamotion.tokens.privilege import Privilege

__all__ = ["token_app"]

_MAX_EXPIRE_S: Final = 24 * 3600  # Agora's own limit
_ID_LENGTH: Final = 32

token_app = typer.Typer(help="Make and read tokens.", no_args_is_help=True)
agora_app = typer.Typer(help="Tokens of Agora channels, and of ours.", no_args_is_help=True)
token_app.add_typer(agora_app, name="agora")

AppId = Annotated[
    str, typer.Option(envvar="AGORA_APP_ID", help="Agora App ID, 32 hexadecimal digits.")
]


@agora_app.command()
def build(
    channel: Annotated[str, typer.Option(help="Name of the channel.")],
    app_id: AppId = "",
    uid: Annotated[int, typer.Option(help="Who the token is for; 0 fits everyone.")] = 0,
    publisher: Annotated[
        bool, typer.Option("--publisher", help="The holder may publish sound, video and data.")
    ] = False,
    expire_s: Annotated[int, typer.Option(help="Seconds until it expires, at most a day.")] = 3600,
) -> None:
    """Make a token (007). The App Certificate is read from AGORA_APP_CERTIFICATE."""
    certificate = _certificate()
    _check_id("--app-id", app_id)
    if not 0 <= uid < 2**32:
        raise ConfigError(f"--uid: {uid} is not in 0 to {2**32 - 1}")
    if not 0 < expire_s <= _MAX_EXPIRE_S:
        raise ConfigError(f"--expire-s: {expire_s} is not in 1 to {_MAX_EXPIRE_S}")
    if not 0 < len(channel.encode()) <= 64:
        raise ConfigError("--channel: a channel's name has 1 to 64 bytes")
    typer.echo(
        build_token(
            app_id=app_id,
            app_certificate=certificate,
            channel=channel,
            uid=uid,
            publisher=publisher,
            expire_s=expire_s,
            issued_at=int(time.time()),
            salt=secrets.randbelow(99_999_999) + 1,
        )
    )


@agora_app.command()
def show(
    token: Annotated[str, typer.Argument(help="A token; - reads it from standard input.")],
    check: Annotated[
        bool,
        typer.Option("--check", help="Also check it with AGORA_APP_CERTIFICATE; needs --channel."),
    ] = False,
    channel: Annotated[str, typer.Option(help="With --check: the channel to join.")] = "",
    uid: Annotated[int, typer.Option(help="With --check: who joins.")] = 0,
) -> None:
    """Tell what a token says (007 or 006), and whether it lets someone in."""
    if token == "-":
        token = sys.stdin.readline()
    token = token.strip()
    now = time.time()
    app_id = _show_old(token, now) if token.startswith(agora006.VERSION) else _show(token, now)
    if check:
        if not channel:
            raise ConfigError("--check needs --channel")
        try:
            verify_token(
                token,
                app_id=app_id,
                app_certificate=_certificate(),
                channel=channel,
                uid=uid,
                now=now,
            )
        except AuthError as exc:
            raise AuthError(f"refused: {exc}") from exc
        typer.echo(f"accepted   uid {uid} may join {channel}")


def _show(token: str, now: float) -> str:
    claims = parse_token(token)
    _line("version", "007")
    _line("app id", claims.app_id)
    _line("channel", claims.channel)
    _line("uid", claims.uid or "any")
    if claims.issued_at is not None:
        _line("issued", _moment(claims.issued_at, now))
    _line("expires", _moment(claims.expires_at, now))
    _privileges(claims.privileges, now)
    return claims.app_id


def _show_old(token: str, now: float) -> str:
    claims = agora006.parse_token006(token)
    _line("version", "006: channel and uid are not in the token, only their checksums")
    _line("app id", claims.app_id)
    _line("expires", _moment(claims.expires_at, now))
    _privileges(claims.privileges, now)
    return claims.app_id


def _privileges(privileges: dict[Privilege, int], now: float) -> None:
    for privilege, ends in privileges.items():
        name = privilege.name.lower().replace("_", " ")
        _line("may", f"{name}, until {_moment(ends, now) if ends else 'the token ends'}")


def _moment(at: int, now: float) -> str:
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    away = f"in {at - now:.0f} s" if at > now else f"{now - at:.0f} s ago"
    return f"{moment} ({away})"


def _line(label: str, value: str) -> None:
    typer.echo(f"{label:10} {value}")


def _certificate() -> str:
    # Not an option: command lines end up in histories and process lists.
    certificate = os.environ.get("AGORA_APP_CERTIFICATE", "")
    _check_id("AGORA_APP_CERTIFICATE", certificate)
    return certificate


def _check_id(name: str, value: str) -> None:
    if len(value) != _ID_LENGTH or not all(c in "0123456789abcdefABCDEF" for c in value):
        problem = "is not set" if not value else "must be 32 hexadecimal digits"
        raise ConfigError(f"{name}: {problem}")
