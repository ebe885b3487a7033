"""Say where a running world answers, as printed on start and written to world.json."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Addresses:
    pid: int
    api_url: str
    auth_url: str
    site_proxy: str
    ca_file: str
    smtp_host: str
    smtp_port: int
    mailbox_url: str
    control_url: str
    client_key: str
    client_secret: str

    def as_dict(self) -> dict[str, object]:
        return asdict(self)

    def write(self, path: Path) -> None:
        """Readers see the old file or the whole new one."""
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(self.as_dict()) + "\n", "utf-8")
        draft.replace(path)


def addresses_of(
    *, api_port: int, site_port: int, smtp_port: int, ca_file: Path, client_key: str, client_secret: str
) -> Addresses:
    api_url = f"http://{HOST}:{api_port}"
    return Addresses(
        pid=os.getpid(),
        api_url=api_url,
        auth_url=f"{api_url}/v2/auth/authorize/",
        site_proxy=f"http://{HOST}:{site_port}",
        ca_file=str(ca_file.resolve()),
        smtp_host=HOST,
        smtp_port=smtp_port,
        mailbox_url=f"{api_url}/mailbox",
        control_url=f"{api_url}/control",
        client_key=client_key,
        client_secret=client_secret,
    )
