import re

import httpx2


async def test_the_page_of_the_api_loads_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) >= 3, "a script, a style sheet, an icon"
    for path in loaded:
        assert path.startswith("/docs/files/"), path
        assert (await client.get(path)).status_code == 200, path


async def test_there_is_one_page_of_the_api(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/redoc")).status_code == 404
