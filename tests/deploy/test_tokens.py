import json
import subprocess
import sys
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy import CHECKOUT
from deploy.cli.token import duration
from deploy.local import tokens
from deploy.local.failures import CannotStart
from deploy.local.home import Home
from services.chassis import identity


def run_token(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "deploy.cli", "token", "--home", str(home.path), *arguments]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def claims(home: Home, token: str) -> dict[str, object]:
    key_set = KeySet.import_key_set(json.loads((home.keys / "jwks.json").read_text()))
    return jwt.decode(token, key_set).claims


def test_the_command_prints_a_token_alone_with_what_was_asked(home: Home) -> None:
    tokens.identity_of(home)
    arguments = ("--scope", "progress:write progress:read", "--source", "viettel", "--units", "697, 688")
    done = run_token(home, *arguments, "--sub", "me", "--ttl", "30m")
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    found = claims(home, done.stdout.strip())
    assert found["scope"] == "progress:write progress:read"
    assert found["source"] == "viettel"
    assert found["units"] == ["697", "688"]
    assert found["sub"] == "me"
    assert found["exp"] - found["iat"] == 1800  # ty: ignore[unsupported-operator]
    assert (found["iss"], found["aud"]) == ("https://bonphu.local", "bonphu")


def test_what_is_not_asked_is_not_granted(home: Home) -> None:
    tokens.identity_of(home)
    found = claims(home, run_token(home, "--scope", "quota:read").stdout.strip())
    assert "units" not in found
    assert "source" not in found


def test_an_unknown_scope_is_refused(home: Home) -> None:
    tokens.identity_of(home)
    done = run_token(home, "--scope", "quota:reed")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No such scope: quota:reed." in done.stderr


def test_without_a_key_the_command_says_where_one_comes_from(home: Home) -> None:
    done = run_token(home, "--scope", "admin")
    assert (done.returncode, done.stdout) == (1, "")
    assert "`bonphu up` makes one" in done.stderr


def test_the_keys_stay_and_the_private_one_is_the_owners_alone(home: Home) -> None:
    first = tokens.identity_of(home)
    key = (home.keys / "key.json").read_bytes()
    (home.keys / "jwks.json").unlink()
    assert tokens.identity_of(home).environment == first.environment
    assert (home.keys / "key.json").read_bytes() == key
    assert (home.keys / "key.json").stat().st_mode & 0o777 == 0o600
    assert '"d"' not in (home.keys / "jwks.json").read_text()


def test_a_provider_that_the_environment_names_signs_instead(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BONPHU_JWKS_URL", "https://login.example/jwks")
    found = tokens.identity_of(home)
    assert (found.environment, found.issuer) == ({}, None)
    assert not home.keys.exists()


def test_the_scopes_are_those_that_the_services_know() -> None:
    assert set(tokens.EVERY_SCOPE) == set(identity.SCOPES)


@pytest.mark.parametrize(
    ("text", "time"), [("90s", timedelta(seconds=90)), ("1h", timedelta(hours=1)), ("7d", timedelta(days=7))]
)
def test_times_to_live(text: str, time: timedelta) -> None:
    assert duration(text) == time


@pytest.mark.parametrize("text", ["", "1", "0h", "-1h", "1.5h", "1 h", "999999999d"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(CannotStart, match="--ttl"):
        duration(text)
