"""The dashboard's pages, as `npm run build` left them; a plain sentence where they are not built."""

from pathlib import Path

from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

BUILT = Path(__file__).parent / "dashboard" / "dist"

HEADERS = {
    # Nothing loads from elsewhere: ministries' networks are closed. Editors set styles on elements.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>bonphu</title>
<p>The pages of the dashboard are not built here; the graph answers at <code>/graphql</code> all the same.
To build them: <code>bonphu pages build</code>.</p>
</html>
"""


class Pages(StaticFiles):
    """Serves the built pages; looks at the folder with each request, since a build may come later."""

    def __init__(self, folder: Path = BUILT) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self.folder = folder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise HTTPException(404)
        response = await self.get_response(self.get_path(scope), scope)
        await response(scope, receive, send)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or an HTTPException."""
        if path == "." and scope["method"] in ("GET", "HEAD") and not (self.folder / "index.html").is_file():
            return HTMLResponse(NOT_BUILT, headers=HEADERS)
        if any(part.startswith(".") for part in path.split("/") if part != "."):
            raise HTTPException(404)
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        named_by_content = path.startswith("assets/")
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named_by_content else "no-cache"
        return response

    def graphiql(self) -> Response:
        """The page on which queries are tried out."""
        page = self.folder / "graphiql.html"
        content = page.read_text(encoding="utf-8") if page.is_file() else NOT_BUILT
        return HTMLResponse(content, headers={**HEADERS, "Cache-Control": "no-cache", "Vary": "Accept"})
