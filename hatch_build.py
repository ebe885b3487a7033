"""Hatchling's hook: the dashboard is built whenever the package is (pip install, uv sync, uv run, uv build).

Needs no Node on the machine: it comes from PyPI into the isolated build environment, and only when there is something
to build. An sdist carries the bundle, so a wheel made from it needs neither Node nor npm's registry.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DashboardBuildHook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build environment needs beyond hatchling; asked before that environment is filled."""
        webbuild = self._webbuild()
        return [webbuild.NODE_REQUIREMENT] if webbuild.is_needed() and not os.environ.get("REPOSTER_NODE") else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is "standard" or "editable"; both are served from the same folder."""
        webbuild = self._webbuild()
        if webbuild.is_needed():
            self.app.display_info(f"dashboard: built in {webbuild.build():.1f} s")
        else:
            self.app.display_info("dashboard: up to date, or not wanted")

    def _webbuild(self) -> Any:
        """The build's own module, loaded by path: the package's dependencies are not in the build environment."""
        path = Path(self.root) / "src" / "reposter" / "api" / "webbuild.py"
        spec = importlib.util.spec_from_file_location("_reposter_webbuild", path)
        if spec is None or spec.loader is None:
            raise ImportError(f"cannot load {path}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up by name
        spec.loader.exec_module(module)
        return module
