"""Write the API's OpenAPI document to a file: `python -m reposter.api.openapi FILE`."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from reposter.api.app import create_app
from reposter.bootstrap import wire
from reposter.migrate import migrate_database
from reposter.storage.layout import Layout


def document() -> dict[str, Any]:  # OpenAPI is JSON
    """The document, made by the real application on an empty data folder."""
    with tempfile.TemporaryDirectory() as folder:
        Layout(Path(folder)).create()
        app = wire(Path(folder))
        try:
            migrate_database(app.database)
            return create_app(app).openapi()
        finally:
            app.close()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
