import socket

import nats
import pytest

from deploy.local.failures import CannotStart
from deploy.local.home import Home
from deploy.local.nats import Nats, refuse_where_no_nats_answers
from deploy.local.ports import free_port
from deploy.local.programs import running


async def test_a_stream_outlives_the_server(home: Home) -> None:
    with running(Nats(home).prepare()):
        url = Nats(home).url()
        client = await nats.connect(url)
        await client.jetstream().add_stream(name="kept", subjects=["kept.*"])
        await client.jetstream().publish("kept.one", b"1")
        await client.close()
    with running(Nats(home).prepare()):
        assert Nats(home).url() == url
        client = await nats.connect(url)
        assert (await client.jetstream().stream_info("kept")).state.messages == 1
        await client.close()


def nats_port(home: Home) -> int:
    return home.state()["nats"]["port"]


def test_nobody_connects_without_the_password(home: Home) -> None:
    with running(Nats(home).prepare()), socket.create_connection(("127.0.0.1", nats_port(home))) as stranger:
        stranger.sendall(b'CONNECT {"user": "bonphu", "pass": "guess"}\r\nPING\r\n')
        answer = b"".join(iter(lambda: stranger.recv(4096), b""))
    assert b"-ERR 'Authorization Violation'" in answer


def test_what_is_acknowledged_is_on_disk(home: Home) -> None:
    Nats(home).prepare()
    configuration = home.path / "nats" / "nats-server.conf"
    assert "sync_interval: always" in configuration.read_text()
    assert "max_file_store: 1TB" in configuration.read_text(), "or else a start on a full disk would bound it for ever"
    assert configuration.stat().st_mode & 0o777 == 0o600


def test_a_server_that_the_environment_names_and_that_does_not_answer_is_named_without_its_password(home: Home) -> None:
    nowhere = free_port()
    with pytest.raises(CannotStart) as refused:
        refuse_where_no_nats_answers(f"nats://someone:secret@127.0.0.1:{nowhere}")
    assert str(refused.value).startswith(f"No NATS server answers at 127.0.0.1:{nowhere}, which BONPHU_NATS_URL names.")
    assert "secret" not in str(refused.value)
    with running(Nats(home).prepare()):
        refuse_where_no_nats_answers(f"nats://127.0.0.1:{nowhere}, {Nats(home).url()}")
