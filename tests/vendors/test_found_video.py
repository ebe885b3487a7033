"""A post as the site describes it becomes our record, whatever is missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reposter.vendors.ytdlp.mapping import facts_of_item, found_video
from reposter.vocabulary.found import FoundVideo, VideoStats

NOW = datetime(2026, 6, 1, tzinfo=UTC)
INFO = {
    "id": "7500000000000000001",
    "title": "Amazing tech demo",
    "description": "Amazing tech demo #tech",
    "uploader": "creator.one",
    "uploader_id": "789",
    "channel_id": "MS4w",
    "view_count": 2_100_000,
    "like_count": 156_000,
    "comment_count": 8_900,
    "repost_count": 45_000,
    "save_count": 7,
    "tags": ["tech", "ai"],
    "duration": 45,
    "width": 1080,
    "height": 1920,
    "timestamp": 1_705_314_600,
    "thumbnails": [{"id": "dynamicCover", "url": "https://p/d"}, {"id": "cover", "url": "https://p/c"}],
}


def test_the_whole_record_of_the_specification_is_filled():
    assert found_video(INFO, found_at=NOW) == FoundVideo(
        video_id="7500000000000000001",
        url="https://www.tiktok.com/@creator.one/video/7500000000000000001",
        title="Amazing tech demo",
        description="Amazing tech demo #tech",
        author="@creator.one",
        author_id="789",
        author_sec_uid="MS4w",
        stats=VideoStats(2_100_000, 156_000, 8_900, 45_000, 7),
        hashtags=("#tech", "#ai"),
        duration_seconds=45,
        quality="1080p",
        uploaded_at=datetime(2024, 1, 15, 10, 30, tzinfo=UTC),
        found_at=NOW,
        thumbnail_url="https://p/c",
    )


def test_a_record_survives_the_way_through_json():
    video = found_video(INFO, found_at=NOW)
    assert FoundVideo.from_dict(video.to_dict()) == video


def test_a_post_that_says_nothing_is_dated_by_its_id_and_says_nothing_else():
    video = found_video({"id": "7500000000000000001"}, found_at=NOW)
    assert video.uploaded_at == datetime.fromtimestamp(7500000000000000001 >> 32, UTC)
    assert (video.quality, video.stats, video.duration_seconds) == (None, VideoStats(), None)
    assert video.author == "@unknown"


def gear(codec: str, width: int, height: int) -> dict[str, object]:
    return {"CodecType": codec, "PlayAddr": {"Width": width, "Height": height}}


@pytest.mark.parametrize(
    ("video", "size"),
    [
        ({"width": 576, "height": 1024}, (576, 1024)),
        ({"bitrateInfo": [gear("h265_hvc1", 1080, 1920), gear("h264", 720, 1280)]}, (720, 1280)),  # as we download
        ({"bitrateInfo": [gear("h265_hvc1", 1080, 1920)]}, (1080, 1920)),
        ({"width": 720, "height": 1280, "bitrateInfo": [gear("h266", 1080, 1920)]}, (720, 1280)),  # no player knows it
        ({"bitrateInfo": [{"CodecType": None, "PlayAddr": None}]}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_the_quality_is_that_of_the_file_we_would_fetch(video, size):
    facts = facts_of_item({"video": video})
    assert (facts["width"], facts["height"]) == size


def test_hashtags_are_the_sites_own_list_without_doubles():
    assert facts_of_item({"challenges": [{"title": "a"}, {"title": "b"}, {"title": "a"}]})["tags"] == ["a", "b"]
    assert facts_of_item({"textExtra": [{"hashtagName": "c"}, {"hashtagName": ""}]})["tags"] == ["c"]


def test_a_photo_post_is_told_by_its_pictures():
    assert facts_of_item({"imagePost": {"images": [{}]}})["is_photo_post"]
    assert not facts_of_item({"imagePost": None})["is_photo_post"]
