"""Batches that are refused as a whole: bodies that cannot be read, envelopes, media, rights."""

import msgspec

from tests.conftest import Starting
from tests.services.progress.support import Progress, row

GOOD = msgspec.json.encode(row()).decode()


def batch(rows: str, more: str = "") -> bytes:
    return f'{{"source":"registry","rows":[{rows}]{more}}}'.encode()


MALFORMED = {
    "nothing": b"",
    "cut off": batch(GOOD)[:-3],
    "text": b"hello",
    "trailing": batch(GOOD) + b"x",
    "NaN": batch(GOOD.replace(":5", ":NaN")),
    "Infinity": batch(GOOD.replace(":5", ":-Infinity")),
    "1e400": batch(GOOD.replace(":5", ":1e400")),
    "leading zero": batch(GOOD.replace(":5", ":05")),
    "invalid UTF-8": batch(GOOD).replace(b"C11", b"C\xff1"),
    "UTF-16": batch(GOOD).decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + batch(GOOD),
    "lone surrogate": batch(GOOD.replace("C11", "\\ud800")),
    "encoded surrogate": batch(GOOD).replace(b"C11", b"\xed\xa0\x80"),
    "NUL": batch(GOOD.replace("C11", "C\\u000011")),
    "raw control": batch(GOOD.replace("C11", "C\x0111")),
    "nested": b"[" * 200_000,
    "nested row": batch(GOOD + "," + "[" * 200_000),
    "nested objects": b'{"a":' * 100_000,
    "key twice in a row": batch(GOOD.replace('"value":5', '"value":5,"value":6')),
    "key twice, spaced": batch(GOOD.replace('"value":5', '"value" : 5 , "value" : 6')),
    "key twice, escaped": batch(GOOD.replace('"value":5', '"value":5,"v\\u0061lue":6')),
    "key twice, null first": batch(GOOD.replace('"value":5', '"value":5,"mode":null,"mode":"daily"')),
    "key twice in the envelope": batch(GOOD, ',"source":"registry"'),
    "key twice beside a bad row": batch(GOOD.replace('"value":5', '"value":5,"value":6') + ',{"unit":1}'),
    "key twice behind a colon": batch(
        GOOD.replace('"value":5', '"value":5,"value":6'), ',"received_at":"2024-05-01T00:00:00Z"'
    ),
}


async def test_a_body_that_cannot_be_read(progress: Progress) -> None:
    token = progress.token("registry", "progress:write admin")
    for what, body in MALFORMED.items():
        answer = await progress.post_bytes(body, token=token)
        assert answer.status_code == 400, what
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "malformed_body", what
    assert await progress.taken() == (0, 0, 0)


ENVELOPES = {
    "no object": (b"[]", "", "object_expected"),
    "null": (b"null", "", "object_expected"),
    "no rows": (b'{"source":"registry"}', "/rows", "field_missing"),
    "rows no list": (b'{"source":"registry","rows":{}}', "/rows", "list_expected"),
    "empty rows": (b'{"source":"registry","rows":[]}', "/rows", "rows_missing"),
    "no source": (f'{{"rows":[{GOOD}]}}'.encode(), "/source", "field_missing"),
    "source null": (f'{{"source":null,"rows":[{GOOD}]}}'.encode(), "/source", "text_expected"),
    "unknown field": (batch(GOOD, ',"campaign":"drive"'), "/campaign", "field_unknown"),
    "unknown mode": (batch(GOOD, ',"mode":"weekly"'), "/mode", "unknown_mode"),
    "mode no text": (batch(GOOD, ',"mode":7'), "/mode", "text_expected"),
    "labels no list": (batch(GOOD, ',"labels":"simulated"'), "/labels", "list_expected"),
    "bad label": (batch(GOOD, ',"labels":["Not So"]'), "/labels/0", "label_malformed"),
    "received in words": (batch(GOOD, ',"received_at":"yesterday"'), "/received_at", "moment_malformed"),
    "received without zone": (batch(GOOD, ',"received_at":"2024-05-01T00:00:00"'), "/received_at", "moment_malformed"),
    "received too early": (
        batch(GOOD, ',"received_at":"0001-01-01T00:00:00+14:00"'),
        "/received_at",
        "moment_malformed",
    ),
    "received to come": (batch(GOOD, ',"received_at":"2024-05-10T03:00:01Z"'), "/received_at", "received_in_future"),
}


async def test_an_envelope_that_is_wrong(progress: Progress) -> None:
    token = progress.token("registry", "progress:write admin")
    for what, (body, pointer, code) in ENVELOPES.items():
        answer = await progress.post_bytes(body, token=token)
        assert answer.status_code == 422, what
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "invalid_input"
        assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)], what
    assert await progress.taken() == (0, 0, 0)


async def test_a_token_speaks_for_its_own_source(progress: Progress) -> None:
    answer = await progress.post(row(), source="registry", token=progress.token("telco"))
    assert (answer.status_code, answer.json()["code"]) == (403, "source_not_yours")
    assert await progress.taken() == (0, 0, 0)


async def test_a_token_without_a_source_speaks_for_none(progress: Progress) -> None:
    answer = await progress.post(row(), token=progress.token(None))
    assert (answer.status_code, answer.json()["code"]) == (403, "source_not_yours")


async def test_an_administrator_speaks_for_every_source(progress: Progress) -> None:
    answer = await progress.post(row(), token=progress.token(None, "progress:write admin"))
    assert answer.status_code == 200


async def test_only_administrators_load_history(progress: Progress) -> None:
    answer = await progress.post(row(), received_at="2024-05-04T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert await progress.taken() == (0, 0, 0)


async def test_reporting_needs_its_scope(progress: Progress) -> None:
    answer = await progress.post(row(), token=progress.token("registry", "progress:read admin"))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


async def test_a_source_that_is_not_registered(progress: Progress) -> None:
    answer = await progress.post(row(), source="stranger")
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/source", "unknown_source")]
    assert await progress.taken() == (0, 0, 0)


async def test_an_unknown_campaign_is_not_found(progress: Progress) -> None:
    answer = await progress.post(row(), of="unheard-of")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_campaign_of_which_no_unit_is_seen_is_not_found(progress: Progress) -> None:
    for units in (None, [], ["Q"], ["C90"], ["nowhere"]):
        answer = await progress.post(row(), token=progress.token(units=units))
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), units
    assert await progress.taken() == (0, 0, 0)


async def test_other_media_are_named_and_refused(progress: Progress) -> None:
    for media in ("text/plain", "application/x-ndjson+x", "application/jsonx", ""):
        answer = await progress.post(row(), headers={"Content-Type": media})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type"), media
        assert "application/json" in answer.json()["detail"]
    assert await progress.taken() == (0, 0, 0)


async def test_json_may_name_its_encoding(progress: Progress) -> None:
    assert (await progress.post(row(), headers={"Content-Type": "application/json; charset=utf-8"})).status_code == 200


async def test_a_body_over_the_limit_is_refused(start: Starting) -> None:
    async with start("progress", BONPHU_MAX_BODY_BYTES="2048") as stack:
        answer = await Progress(stack).post_bytes(b" " * 2049)
        assert answer.status_code == 413
