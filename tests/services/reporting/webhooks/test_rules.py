import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.webhooks.rules import (
    MAX_ATTEMPTS,
    fault_of_url,
    is_public,
    new_secret,
    pause_after,
    signature,
)


def test_a_signature_is_that_of_the_standard() -> None:
    # The example of Standard Webhooks' own libraries.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert len(base64.b64decode(new_secret(bytes(32)).removeprefix("whsec_"))) == 32


@given(st.floats(0, 1))
def test_pauses_grow_and_are_bounded(share: float) -> None:
    pauses = [pause_after(attempt, share=0.5).total_seconds() for attempt in range(1, MAX_ATTEMPTS + 1)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (10, 6 * 3600)
    assert 24 * 3600 < sum(pauses[:-1]) < 48 * 3600
    assert 8 <= pause_after(1, share=share).total_seconds() <= 12


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
        *("::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
def test_addresses_within_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "113.160.1.1", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_addresses_of_the_open_internet_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com/", "ftp://example.com/", "example.com", "", "https://", "https://u:p@example.com/"),
        *("https://127.0.0.1/", "https://[::1]/", "https://localhost/", "https://db.internal/", "https://a.local"),
        *("https://exa mple.com/", "https://example.com/\n", "https://example.com:99999/", "https://example.com/#a"),
        *("https://[::ffff:10.0.0.1]:8443/hook", "https://169.254.169.254/latest/meta-data"),
    ],
)
def test_addresses_that_no_webhook_may_have(url: str) -> None:
    assert fault_of_url(url, private_allowed=False) is not None


def test_addresses_that_one_may() -> None:
    assert fault_of_url("https://example.com:8443/hook?a=b", private_allowed=False) is None
    assert fault_of_url("http://127.0.0.1:8000/hook", private_allowed=True) is None
    assert fault_of_url("ftp://127.0.0.1/", private_allowed=True) is not None
