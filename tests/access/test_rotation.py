"""The issuer's key is replaced while all four processes run."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.chassis.identity import SCOPES
from services.chassis.local_issuer import KEY_SET_FILE, SIGNING_KEY_FILE, LocalIssuer
from tests.access.conftest import World
from tests.support.stack import AUDIENCE, ISSUER

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("access")]

ASKED = {
    "quota": "/v1/campaigns/drive",
    "progress": "/v1/campaigns/drive/batches",
    "reporting": "/v1/campaigns/drive/figures",
    "gateway": '/graphql?query={campaign(code:"drive"){totals{achieved}}}',
}


def _keys_of(folder: Path) -> str:
    return (folder / KEY_SET_FILE).read_text().partition("[")[2].rpartition("]")[0]


async def test_a_new_key_is_good_once_it_is_published_and_the_old_one_until_it_is_taken_out(
    world: World, tmp_path: Path
) -> None:
    old_set, published = _keys_of(world.issuer_folder), world.issuer_folder / KEY_SET_FILE
    LocalIssuer.create(tmp_path)
    new_set = _keys_of(tmp_path)
    new = LocalIssuer.from_file(tmp_path / SIGNING_KEY_FILE).mint(
        subject="an",
        scopes=list(SCOPES),
        source=None,
        units=["*"],
        ttl=timedelta(hours=1),
        now=world.stack.clock.now(),
        issuer=ISSUER,
        audience=AUDIENCE,
    )
    old = world.stack.token(" ".join(SCOPES))

    async def statuses(token: str) -> set[int]:
        return {
            (await world.stack.call(service, "GET", path, token=token)).status_code for service, path in ASKED.items()
        }

    try:
        assert (await statuses(old), await statuses(new)) == ({200}, {401})
        _publish(published, f"{old_set},{new_set}")
        assert (await statuses(old), await statuses(new)) == ({200}, {200})
        _publish(published, new_set)
        assert (await statuses(old), await statuses(new)) == ({401}, {200})
    finally:
        _publish(published, old_set)
    assert (await statuses(old), await statuses(new)) == ({200}, {401})


def _publish(path: Path, keys: str) -> None:
    partial = path.with_suffix(".new")
    partial.write_text(f'{{"keys": [{keys}]}}')
    partial.replace(path)
