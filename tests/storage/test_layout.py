"""The folders of the specification, and no way out of them."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest

from reposter.storage.layout import Layout

DAY = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path / "data")
    layout.create()
    return layout


def test_the_folders_of_the_specification_are_made(layout):
    made = {path.relative_to(layout.data_dir).as_posix() for path in layout.data_dir.rglob("*")}
    assert made == {
        "backups",
        "config",
        "logs",
        "run",
        "storage",
        "storage/exports",
        "storage/memory",
        "storage/temp",
        "storage/thumbnails",
        "storage/videos",
    }
    assert layout.database_file.relative_to(layout.data_dir).as_posix() == "storage/database.sqlite"


def test_making_them_again_harms_nothing(layout):
    (layout.config / "reposter.toml").write_text("")
    layout.create()
    assert (layout.config / "reposter.toml").exists()


def test_the_folder_of_secrets_is_its_owners_alone(layout):
    assert stat.S_IMODE(layout.config.stat().st_mode) == 0o700


def test_files_lie_under_the_day_their_video_was_met(layout):
    original, rendition = layout.original("77", DAY), layout.rendition("77", DAY)
    assert layout.relative(original) == "videos/2026/03/02/77.original.mp4"
    assert layout.relative(rendition) == "videos/2026/03/02/77.mp4"
    assert layout.relative(layout.cleaned("77", DAY)) == "videos/2026/03/02/77.cleaned.mp4"
    assert layout.relative(layout.thumbnails("77", DAY)) == "thumbnails/2026/03/02/77"


def test_what_a_row_keeps_leads_back_to_the_file_also_after_the_folder_moved(layout, tmp_path):
    kept = layout.relative(layout.rendition("77", DAY))
    assert layout.absolute(kept) == layout.rendition("77", DAY)
    assert Layout(tmp_path / "moved").absolute(kept) == Layout(tmp_path / "moved").rendition("77", DAY)


def test_a_workspace_is_a_folder_of_its_own_under_temp(layout):
    folder = layout.workspace("77")
    assert folder.is_dir()
    assert folder.parent == layout.temp
    assert layout.workspace("77") == folder


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../77", "a/b", "a\\b", "77.mp4", "a\0b", "a b", "ü", "x" * 65, "77\n"]
)
def test_an_id_that_is_no_plain_name_becomes_no_path(layout, name):
    for place in (
        lambda: layout.original(name, DAY),
        lambda: layout.rendition(name, DAY),
        lambda: layout.cleaned(name, DAY),
        lambda: layout.mark_memory(name),
        lambda: layout.workspace(name),
    ):
        with pytest.raises(ValueError, match="cannot be a file name"):
            place()
    with pytest.raises(ValueError, match="cannot be a file name"):
        layout.thumbnails(name, DAY)


@pytest.mark.parametrize("kept", ["../config/secret.key", "/etc/passwd", "videos/../../config/secret.key", ".."])
def test_a_path_that_points_out_of_the_storage_folder_is_refused(layout, kept):
    with pytest.raises(ValueError, match="points out"):
        layout.absolute(kept)


def test_a_link_that_leads_out_of_the_storage_folder_is_refused(layout):
    (layout.storage / "videos" / "way-out").symlink_to(layout.config)
    with pytest.raises(ValueError, match="points out"):
        layout.absolute("videos/way-out/secret.key")
