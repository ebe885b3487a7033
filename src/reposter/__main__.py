"""`python -m reposter`: the command line."""

from __future__ import annotations

from reposter.cli.main import app


def main() -> None:
    app(prog_name="reposter")


if __name__ == "__main__":
    main()
