"""The made-up state behind the fake API: still until a test moves it, or moving by itself for the eye."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

GIB = 1024**3
STAGES = ("found", "downloading", "processing", "review", "scheduled", "publishing", "published", "failed")
STEPS = ("download", "watermark_removal", "quality_enhancement", "format_conversion", "thumbnail_generation")
TITLES = (
    ("The kettle trick nobody told me", "@slowkitchen"),
    ("Repairing a 1974 radio in one take", "@benchtop"),
    ("Five knots for one rope", "@northharbour"),
    ("Rain on the tin roof, an hour before dawn", "@northharbour"),
    ("Sharpening a chisel on river stone", "@benchtop"),
    ("What the desert does at 5 am", "@longroads"),
    ("Sourdough, day nine", "@slowkitchen"),
    ("A tiny desk that folds into a wall", "@techguru123"),
    ("How the bridge opens", "@northharbour"),
    ("Pixel by pixel: the old arcade board", "@techguru123"),
    ("Lemons, salt, six weeks", "@slowkitchen"),
    ("Night bus, window seat", "@longroads"),
)
MOVING = {
    "vid_0": (STEPS[0], 0.22),
    "vid_1": (STEPS[0], 0.71),
    "vid_2": (STEPS[1], 0.40),
    "vid_3": (STEPS[2], 0.55),
    "vid_7": (STEPS[3], 0.90),
}
ACCOUNT = "@slowkitchen.daily"


class World:
    """Data by hand. `World()` is a line with nothing in it, `World.busy()` a good day."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.start = datetime.now(UTC).replace(microsecond=0)
        self.seq = 0
        self.log: list[dict[str, Any]] = []
        self.resumed_after: list[int | None] = []
        self.socket_drops = 0
        self.is_refusing_sockets = False
        self.demo = False
        self.counts = dict.fromkeys(STAGES, 0)
        self.agents = [self._agent(*each) for each in (("scraper-1", "scraper"), ("processing-1", "processing"))]
        self.posts: list[dict[str, Any]] = []
        self.videos: list[dict[str, Any]] = []
        self.needs_you: list[dict[str, Any]] = []
        self.review: list[dict[str, Any]] = []
        self.answers: list[tuple[int, str, Any]] = []
        self.moving: dict[str, tuple[str, float]] = {}
        self.budget: list[dict[str, Any]] = []
        self.today = {"posts_published": 0, "posts_planned": 0}
        self.throughput = [{"at": self.ago(hours=h), "processed": 0, "published": 0} for h in range(23, -1, -1)]

    @classmethod
    def busy(cls) -> World:
        world = cls()
        world.demo = True
        figures = (9, 2, 3, 2, 12, 1, 214, 1)
        world.counts = dict(zip(STAGES, figures, strict=True))
        world.agents = [
            world._agent("scraper-1", "scraper", "active", "Scraping @techguru123", 0.65),
            world._agent("scraper-2", "scraper", "idle"),
            world._agent(
                "processing-1", "processing", "active", "Removing the mark from “Five knots for one rope”", 0.41
            ),
            world._agent("publisher-1", "publisher", "active", "Sending “Sourdough, day nine”", 0.83),
            world._agent("web-1", "web", "active"),
        ]
        world.videos = [world._video(n) for n in range(len(TITLES))]
        world.posts = [world._post(n) for n in range(10)]
        world.needs_you = [
            {
                "id": "needs-1",
                "kind": "review",
                "title": "Two videos wait for your yes",
                "detail": "@longroads has no stated rights, so nothing of it is sent out by itself.",
                "hint": "Say on what ground you use it: `reposter source rights @longroads --basis permission`",
                "at": world.ago(minutes=38),
                "href": None,
            },
            {
                "id": "needs-2",
                "kind": "account",
                "title": "TikTok asks @northharbour.clips to sign in again",
                "detail": "Its permission ends in 2 days; 4 posts are planned after that.",
                "hint": "Run `reposter account connect @northharbour.clips`",
                "at": world.ago(hours=3),
                "href": None,
            },
        ]
        world.budget = [
            {
                "account": ACCOUNT,
                "posts_last_hour": 2,
                "posts_per_hour": 5,
                "posts_last_day": 8,
                "posts_per_day": 15,
                "next_possible_at": None,
            },
            {
                "account": "@northharbour.clips",
                "posts_last_hour": 1,
                "posts_per_hour": 1,
                "posts_last_day": 4,
                "posts_per_day": 6,
                "next_possible_at": world.ago(minutes=-24),
            },
        ]
        world.today = {"posts_published": 5, "posts_planned": 8}
        for hour, point in enumerate(world.throughput):
            swing = 1 if 6 <= hour <= 21 else 0
            point["processed"] = world.chance.randint(0, 3) + swing * world.chance.randint(1, 6)
            point["published"] = swing * world.chance.randint(0, 3)
        world.moving = dict(MOVING)
        world._tell_the_past()
        return world

    def ago(self, **span: float) -> str:
        return (datetime.now(UTC) - timedelta(**span)).isoformat()

    def ask_about(self, post: dict[str, Any], *, is_doubt: bool) -> None:
        """A post that waits for a person: in doubt with two candidates, or failed."""
        link = f"https://www.tiktok.com/{post['account']}/video/73999999999999"
        candidates = [
            {
                "video_id": f"73999999999999{n}",
                "share_url": f"{link}{n}",
                "description": f"Kettle trick {n}",
                "created_at": self.ago(hours=7),
            }
            for n in (1, 2)
        ]
        evidence = {
            "publish_id": "v_pub_file~1",
            "sent_at": self.ago(hours=7),
            "said": "PROCESSING_UPLOAD",
            "candidates": candidates,
            "profile_url": f"https://www.tiktok.com/{post['account']}",
        }
        self.review.append(
            {
                "post": {**post, "status": "review" if is_doubt else "failed"},
                "what": "TikTok took the video and has not said for hours whether it is live."
                if is_doubt
                else "TikTok's moderation refused the caption.",
                "code": "live_unknown" if is_doubt else "tiktok_content_refused",
                "remedy": "Look at the account, then answer." if is_doubt else "Write another caption.",
                "since": self.ago(minutes=40),
                "evidence": evidence if is_doubt else None,
                "actions": ["answer_live", "answer_not_live"] if is_doubt else ["retry", "cancel"],
                "watermark": None,
            }
        )

    def overview(self) -> dict[str, Any]:
        oldest = {
            "found": 14,
            "downloading": 1,
            "processing": 4,
            "review": 38,
            "scheduled": 310,
            "publishing": 0.5,
            "failed": 190,
        }
        return {
            "version": "0.1.0",
            "now": self.ago(),
            "demo": self.demo,
            "stages": [
                {
                    "key": key,
                    "label": key.capitalize(),
                    "count": count,
                    "oldest_at": self.ago(minutes=oldest[key]) if count and key in oldest else None,
                }
                for key, count in self.counts.items()
            ],
            "tally": {
                "videos_found": 263,
                "videos_downloaded": 241,
                "videos_processed": 228,
                "posts_scheduled": self.counts["scheduled"],
                "posts_published": self.counts["published"],
                "failures": self.counts["failed"],
            },
            "today": self.today,
            "budget": self.budget,
            "disk": {"used_bytes": 414 * GIB, "free_bytes": 86 * GIB, "total_bytes": 500 * GIB},
            "needs_you": self.needs_you,
            "throughput": self.throughput,
        }

    def push(self, event_type: str, payload: dict[str, Any], level: str = "info") -> int:
        """Write an event; every open socket sends it. Returns its number."""
        self.seq += 1
        line = {"seq": self.seq, "type": event_type, "at": self.ago(), "level": level, "payload": payload}
        self.log.append({**line, "videoId": payload.get("videoId")})
        return self.seq

    def push_progress(self, video_id: str, step: str, progress: float, eta_seconds: float) -> int:
        payload = {"videoId": video_id, "step": step, "status": "running", "progress": progress, "sentence": ""}
        return self.push("video.processing.progress", {**payload, "eta_seconds": eta_seconds}, "debug")

    def push_queue(self, post: dict[str, Any], status: str, reason: str = "") -> int:
        post.update(status=status, reason=reason or None)
        where = {"scheduledPostId": post["id"], "videoId": post["video_id"], "account": post["account"]}
        when = {"scheduledTime": post["scheduled_time"], "status": status, "reason": reason}
        return self.push("queue.updated", where | when)

    def push_published(self, post: dict[str, Any]) -> int:
        post.update(status="posted", published_at=self.ago(), post_url="https://www.tiktok.com/@demo/video/7")
        where = {"scheduledPostId": post["id"], "videoId": post["video_id"], "account": post["account"]}
        return self.push("post.published", where | {"caption": post["caption"], "postUrl": post["post_url"]})

    def push_agent(self, agent_id: str, status: str, task: str | None, progress: float | None) -> int:
        for agent in self.agents:
            if agent["agentId"] == agent_id:
                agent.update(status=status, currentTask=task, progress=progress, beat_at=self.ago())
        change = {"agentId": agent_id, "status": status, "currentTask": task, "progress": progress}
        return self.push("agent.status.changed", change)

    def messages_after(self, seq: int) -> list[dict[str, Any]]:
        """Events with what the dashboard's state is made of derived from them, as the product does."""
        sent: list[dict[str, Any]] = []
        for line in self.log:
            if line["seq"] > seq:
                sent.append({key: line[key] for key in ("seq", "type", "at", "payload")})
                if line["type"] == "agent.status.changed":
                    sent.append({"type": "AGENT_STATUS_UPDATE", "payload": line["payload"]})
        return sent

    def tick(self) -> None:
        """One moment of a working line."""
        for agent in self.agents:
            if agent["progress"] is not None and agent["status"] == "active":
                forward = agent["progress"] + self.chance.uniform(0.01, 0.06)
                self.push_agent(agent["agentId"], "active", agent["currentTask"], round(forward % 1, 3))
        for video_id, (before, progress) in self.moving.items():
            forward = round(progress + self.chance.uniform(0.02, 0.08), 3)
            step = before if forward < 1 else STEPS[(STEPS.index(before) + 1) % len(STEPS)]
            self.moving[video_id] = (step, forward % 1)
            self.push_progress(video_id, step, forward % 1, int((1 - forward % 1) * 70))
        queued = [post for post in self.posts if post["status"] == "queued"]
        if queued and self.chance.random() < 0.06:
            self.counts["published"] += 1
            self.counts["scheduled"] -= 1
            self.today["posts_published"] += 1
            self.push_published(queued[-1])

    def _tell_the_past(self) -> None:
        posts = {post["id"]: post for post in self.posts}
        self.push("storage.cleanup", {"deletedFiles": 6, "freedBytes": 859_000_000, "dryRun": False})
        self.push_published(posts[6])
        error = {"code": "tiktok_silent", "verdict": "retry_later", "where": "publish", "videoId": "vid_11"}
        message = "TikTok did not answer while “Night bus, window seat” was being sent."
        hint = "It is asked again in 5 minutes; nothing is sent twice."
        self.push("error.occurred", {**error, "message": message, "hint": hint}, "warning")
        self.push_queue(posts[2], "queued")
        self.push_published(posts[4])
        done = {"videoId": "vid_5", "step": "process", "status": "done", "progress": None, "eta_seconds": None}
        self.push("video.processing.progress", {**done, "sentence": "Mark removed, 1080p, 8.2 MB."})
        self.push_agent("scraper-1", "active", "Scraping @techguru123", 0.65)
        for minutes, line in zip((190, 150, 96, 61, 52, 12, 3), self.log, strict=True):
            line["at"] = self.ago(minutes=minutes)
        for number, ago in ((6, 150), (4, 52)):
            posts[number]["published_at"] = self.ago(minutes=ago)

    def _agent(
        self, agent_id: str, role: str, status: str = "idle", task: str | None = None, progress: float | None = None
    ) -> dict[str, Any]:
        return {
            "agentId": agent_id,
            "role": role,
            "status": status,
            "currentTask": task,
            "progress": progress,
            "beat_at": self.ago(seconds=2),
            "started_at": self.ago(hours=9),
            "restarts": 1 if agent_id == "scraper-2" else 0,
            "pid": 4200,
            "host": "studio",
        }

    def _video(self, number: int) -> dict[str, Any]:
        title, author = TITLES[number]
        states = {0: "downloading", 1: "downloading", 2: "processing", 3: "processing", 7: "processing"}
        states |= {5: "ready", 11: "review", 9: "skipped"}
        skip = {"rule": "minViews", "sentence": "3,120 views, the source asks for 10,000."}
        return {
            "videoId": f"vid_{number}",
            "title": title,
            "author": author,
            "processing_status": states.get(number, "found"),
            "thumbnail_url": f"/api/videos/vid_{number}/thumbnail",
            "duration": 14 + number * 7,
            "quality": "1080p",
            "created_at": self.ago(minutes=number * 9 + 2),
            "skip": skip if number == 9 else None,
        }

    def _post(self, number: int) -> dict[str, Any]:
        title, author = TITLES[(number + 4) % len(TITLES)]
        status = (
            "processing",
            "queued",
            "queued",
            "posted",
            "posted",
            "failed",
            "posted",
            "review",
            "posted",
            "posted",
        )[number]
        is_out = status == "posted"
        reasons = {
            "failed": "TikTok said that the caption is too long for this account.",
            "review": f"{author} has no stated rights.",
        }
        when = self.ago(minutes=-35 * number) if number < 3 else self.ago(minutes=52 * (number - 2))
        views = 1500 + number * number * 4310
        metrics = {
            "views": views,
            "likes": views // 16,
            "comments": views // 120,
            "shares": views // 210,
            "at": self.ago(minutes=5),
        }
        return {
            "id": number,
            "video_id": f"vid_{(number + 4) % len(TITLES)}",
            "title": title,
            "caption": f"{title}. Filmed by {author} #slow #handmade",
            "account": ACCOUNT if number % 3 else "@northharbour.clips",
            "status": status,
            "scheduled_time": when,
            "published_at": when if is_out else None,
            "post_id": f"73{number}" if is_out else None,
            "post_url": f"https://www.tiktok.com/@demo/video/73{number}" if is_out else None,
            "thumbnail_url": f"/api/videos/vid_{(number + 4) % len(TITLES)}/thumbnail",
            "reason": reasons.get(status),
            "metrics": metrics if is_out else None,
        }
