"""Say a video in the JSON that the site's own pages carry (shapes as read by yt-dlp 2026.10.26)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from reposter_sandbox.catalogue.catalogue import Catalogue, SourceUser, SourceVideo
from reposter_sandbox.footage.encode import FULL_SIZE, SMALL_SIZE
from reposter_sandbox.footage.library import MUSIC, FootageLibrary
from reposter_sandbox.site.links import Links

Json = dict[str, object]


@dataclass(frozen=True)
class Shapes:
    catalogue: Catalogue
    footage: FootageLibrary
    links: Links

    def item(self, user: SourceUser, video: SourceVideo, now_world: float) -> Json:
        stats = video.stats(now_world)
        item: Json = {
            "id": video.video_id,
            "desc": video.caption,
            "createTime": video.create_time,
            "scheduleTime": 0,
            "author": author(user),
            "video": self._video(video),
            "music": self._music(user, video),
            "stats": stats,
            "statsV2": {name: str(count) for name, count in stats.items()},
            "challenges": [{"id": str(9_000_000 + len(tag)), "title": tag, "desc": ""} for tag in video.tags],
            "textExtra": [{"hashtagName": tag, "hashtagId": "", "type": 1, "subType": 0} for tag in video.tags],
            "isAd": False,
            "duetEnabled": True,
            "stitchEnabled": True,
            "privateItem": False,
        }
        if video.photos:
            item["imagePost"] = {"title": video.caption, "images": self._images(video)}
        return item

    def _video(self, video: SourceVideo) -> Json:
        clip = self.catalogue.clip(video)
        is_small = video.quality == "540p"
        width, height = SMALL_SIZE if is_small else FULL_SIZE
        shape: Json = {
            "id": video.video_id,
            "height": height,
            "width": width,
            "duration": 0 if video.photos else round(clip.seconds),
            "ratio": video.quality,
            "cover": self.links.image(video.video_id, "cover"),
            "originCover": self.links.image(video.video_id, "origin"),
            "dynamicCover": self.links.image(video.video_id, "dynamic"),
            "playAddr": "",
            "downloadAddr": "",
            "format": "mp4",
            "codecType": "h264",
            "definition": video.quality,
            "encodedType": "normal",
            "subtitleInfos": [],
            "bitrateInfo": [],
        }
        if not video.photos:
            shape["playAddr"] = self.links.media(video.video_id, "small" if is_small else "clean")
            shape["downloadAddr"] = self.links.media(video.video_id, "marked")
            gears = ("small",) if is_small else ("hevc", "clean", "small")
            shape["bitrateInfo"] = [self._gear(video, rendition) for rendition in gears]
        return shape

    def _gear(self, video: SourceVideo, rendition: str) -> Json:
        codec, ratio, rate, (width, height) = {
            "hevc": ("bytevc1", "720p", 1_400_000, FULL_SIZE),
            "clean": ("h264", "720p", 1_200_000, FULL_SIZE),
            "small": ("h264", "540p", 700_000, SMALL_SIZE),
        }[rendition]
        address: Json = {
            "Uri": f"v-{rendition}",
            "Width": width,
            "Height": height,
            "FileHash": rendition,
            "UrlKey": f"v12044gd0000_{codec}_{ratio}_{rate}",
            "UrlList": [self.links.media(video.video_id, rendition)],
        }
        size = self.footage.size_if_drawn(self.catalogue.clip(video), rendition)
        # The size is only known once drawn, and a listing must not wait for the drawing of fifteen clips.
        if size is not None:
            address["DataSize"] = str(size)
        return {
            "GearName": f"normal_{ratio}_0",
            "Bitrate": rate,
            "QualityType": 10,
            "CodecType": "h265_hvc1" if rendition == "hevc" else "h264",
            "PlayAddr": address,
        }

    def _music(self, user: SourceUser, video: SourceVideo) -> Json:
        return {
            "id": f"7{video.number:018d}",
            "title": "original sound",
            "authorName": user.nickname,
            "duration": round(self.catalogue.clip(video).seconds),
            "playUrl": self.links.media(video.video_id, MUSIC),
            "original": True,
        }

    def _images(self, video: SourceVideo) -> list[Json]:
        return [
            {
                "imageURL": {"urlList": [self.links.image(video.video_id, f"photo-{index}")]},
                "imageWidth": FULL_SIZE[0],
                "imageHeight": FULL_SIZE[1],
            }
            for index in range(video.photos)
        ]


def author(user: SourceUser) -> Json:
    return {
        "id": user.user_id,
        "uniqueId": user.username,
        "nickname": user.nickname,
        "secUid": user.sec_uid,
        "signature": "",
        "verified": False,
        "privateAccount": user.is_private,
    }


def page(scope: Json) -> str:
    """The page that carries its data in the script element clients look for."""
    data = json.dumps({"__DEFAULT_SCOPE__": scope}, ensure_ascii=False).replace("</", "<\\u002F")
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>TikTok (pretend)</title></head><body>'
        f'<script id="__UNIVERSAL_DATA_FOR_REHYDRATION__" type="application/json">{data}</script>'
        "</body></html>"
    )
