"""A Chromium to test with: the one named, the system's, or npm's package of one, fetched once and without root.

npm's `@sparticuz/chromium` carries a headless browser with its own nss and expat inside the package. Linux on x86-64
only; it wants glibc 2.34 or newer (Debian 12, Ubuntu 22.04).
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from reposter.api.webbuild import find_node

PACKAGE = "@sparticuz/chromium@153.0.0"
CACHE = Path(__file__).parents[2] / ".cache" / "chromium"
FETCH_SECONDS_MAX = 300
FLAGS = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

UNPACK = r"""
const zlib = require('zlib'), fs = require('fs'), path = require('path'), child = require('child_process');
const [from, to] = process.argv.slice(1);
const read = (name) => zlib.brotliDecompressSync(fs.readFileSync(path.join(from, name)));
for (const part of ['al2023', 'fonts', 'swiftshader']) {
  child.execFileSync('tar', ['x', '-C', to], {input: read(part + '.tar.br')});
}
fs.writeFileSync(path.join(to, 'fonts.conf'), `<?xml version="1.0"?>
<fontconfig><dir>${to}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${to}/font-cache</cachedir></fontconfig>`);
fs.writeFileSync(path.join(to, 'chromium.part'), read('chromium.br'), {mode: 0o755});
fs.renameSync(path.join(to, 'chromium.part'), path.join(to, 'chromium'));
"""


@dataclass(frozen=True)
class Chromium:
    executable: Path
    environment: dict[str, str] = field(default_factory=dict)


def find_chromium(cache: Path = CACHE) -> Chromium | None:
    """None where none is to be had. REPOSTER_CHROMIUM names one of your own."""
    # Under LANG=C the browser calls its language "en-US@posix", which Intl refuses: pages die at their start.
    language = {"LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8"}
    given = os.environ.get("REPOSTER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if given:
        return Chromium(Path(given), language)
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return None
    if not (cache / "chromium").is_file():
        _fetch(cache)
    libraries = {"LD_LIBRARY_PATH": str(cache / "lib"), "FONTCONFIG_FILE": str(cache / "fonts.conf")}
    return Chromium(cache / "chromium", language | libraries)


def _fetch(cache: Path) -> None:
    node = find_node()
    cache.mkdir(parents=True, exist_ok=True)
    prefix = ("--prefix", str(cache), "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")
    subprocess.run(
        [node.executable, node.npm, "install", *prefix, PACKAGE],
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=FETCH_SECONDS_MAX,
    )
    packed = cache / "node_modules" / "@sparticuz" / "chromium" / "bin"
    subprocess.run([node.executable, "-e", UNPACK, str(packed), str(cache)], check=True, timeout=FETCH_SECONDS_MAX)
    shutil.rmtree(cache / "node_modules")
