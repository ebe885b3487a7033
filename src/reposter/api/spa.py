"""Serves the built dashboard from the package: packed, offline, under a strict content security policy."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from reposter.api.problems import problem_response
from reposter.api.webbuild import NODE_REQUIREMENT

WEB = Path(__file__).with_name("web")

# Never the dashboard's: a typing error in an address must be a 404, not a page that looks like an answer.
NOT_PAGES = ("api/", "assets/", "metrics", "healthz", "readyz")

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
MISSING_PAGE = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Reposter: dashboard not built</title>
<body style="font: 16px/1.6 system-ui, sans-serif; max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem">
<h1 style="font-size: 1.375rem">The dashboard is not built</h1>
<p>Reposter itself is running: its API answers under <a href="/api/openapi.json">/api</a>, and the command
<code>reposter</code> does everything that the dashboard shows.</p>
<p>To build the dashboard, run this in the checkout and reload the page. It needs no Node on your machine.</p>
<pre style="padding: .75rem 1rem; border: 1px solid; border-radius: 6px; overflow-x: auto">\
python -m pip install {NODE_REQUIREMENT}
python -m reposter.api.webbuild</pre>
<p>If it was left out on purpose, <code>REPOSTER_WEB=skip</code> was set when Reposter was installed.</p>
</body></html>
"""


def mount_spa(app: FastAPI, web: Path = WEB) -> None:
    """Answer every GET that no route before it took with the dashboard's files. Call it last."""
    root = web.resolve()

    @app.get("/{path:path}", include_in_schema=False)
    @app.head("/{path:path}", include_in_schema=False)
    def dashboard(request: Request, path: str) -> Response:
        if path.startswith(NOT_PAGES) or path == "api":
            return _asset(request, root, path) if path.startswith("assets/") else _not_found(path)
        if "." in path.rpartition("/")[2]:
            return _asset(request, root, path)
        return _page(request, root)


def _page(request: Request, root: Path) -> Response:
    """The one page; the router in it reads the address (deep links)."""
    index = root / "index.html"
    if not index.is_file():
        return HTMLResponse(MISSING_PAGE, status_code=503, headers={"Cache-Control": "no-store", "Retry-After": "30"})
    return _file(request, index, {**PAGE_HEADERS, "Cache-Control": "no-cache"})


def _asset(request: Request, root: Path, path: str) -> Response:
    try:
        target = (root / path).resolve()
        is_hidden = any(part.startswith(".") for part in Path(path).parts)
        is_ours = not is_hidden and target.is_relative_to(root) and target.is_file()
    except (OSError, ValueError):  # a name that no file can have: too long, or with a NUL in it
        is_ours = False
    if not is_ours:
        return _not_found(path)
    # Vite puts a hash of the content into the names under assets/, so these never change.
    lasting = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
    return _file(request, target, {"Cache-Control": lasting})


def _file(request: Request, path: Path, headers: dict[str, str]) -> Response:
    """The file, in the smallest encoding that the browser takes and the build made."""
    headers = {**headers, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    accepted = {part.split(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")}
    for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
        packed = path.with_name(path.name + suffix)
        if encoding in accepted and packed.is_file():
            headers["Content-Encoding"] = encoding
            return FileResponse(packed, media_type=_media_type(path), headers=headers)
    return FileResponse(path, media_type=_media_type(path), headers=headers)


def _media_type(path: Path) -> str:
    if path.suffix == ".js":
        return "text/javascript"  # Windows' registry may say text/plain, which nosniff then refuses
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _not_found(path: str) -> Response:
    detail = f"There is no /{path[:200]} here."
    return problem_response(404, detail, "not_found", "See /api/openapi.json for what there is.")
