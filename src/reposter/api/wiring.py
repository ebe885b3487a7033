"""How a route gets at what was wired at the start."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from reposter.bootstrap import App


def _app(request: Request) -> App:
    app: App = request.app.state.reposter
    return app


Wired = Annotated[App, Depends(_app)]
