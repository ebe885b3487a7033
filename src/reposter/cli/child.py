"""The processes that `reposter up` starts: `python -m reposter.cli.child web|agent|migrate …`.

They live long and there are many, so they leave out the command line's libraries (10 MB each).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from reposter.bootstrap import wire, wire_agent
from reposter.kit.errors import AppError
from reposter.kit.logging import set_up_logging
from reposter.kit.process import end_with_parent


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="reposter.cli.child")
    parser.add_argument("what", choices=("web", "agent", "migrate"))
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--name", default="")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        if options.what == "migrate":
            migrate(options.data_dir)
        elif options.what == "agent":
            run_supervised_agent(options.data_dir, options.name)
        else:
            serve_web(options.data_dir, port=options.port)
    except AppError as error:
        sys.stderr.write(f"{error.message} {error.hint}\n")
        return 1
    return 0


def migrate(data_dir: Path) -> None:
    from reposter.migrate import migrate_database  # Alembic, which the others never need

    end_with_parent()
    app = wire(data_dir)
    migrate_database(app.database)
    app.close()


def run_supervised_agent(data_dir: Path, name: str) -> None:
    from reposter.pipeline.agent import run_agent
    from reposter.pipeline.agents import queues_of

    end_with_parent()
    app = wire(data_dir)
    set_up_logging(app.layout.logs / f"{name}.log", process=name)
    grace = app.settings().agents.stop_grace_seconds
    run_agent(wire_agent(app, name), queues_of(name), grace_seconds=grace)


def serve_web(data_dir: Path, *, port: int) -> None:
    import uvicorn

    from reposter.api.app import create_app

    end_with_parent()
    app = wire(data_dir)
    set_up_logging(app.layout.logs / "web.log", process="web")
    config = uvicorn.Config(
        create_app(app),
        host=app.settings().web.host,
        port=port,
        log_config=None,
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,  # measured: half the memory and processor time per client without it
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
