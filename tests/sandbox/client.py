"""The smallest client that can post to the pretend world, and a way to make other files of its clips."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from fractions import Fraction
from urllib.parse import parse_qs, urlsplit

import av
import httpx

from reposter_sandbox.world import World

REDIRECT = "http://127.0.0.1:8000/callback"
SCOPES = "user.info.basic,user.info.profile,user.info.stats,video.list,video.upload,video.publish"
VERIFIER = "v" * 64
WAIT_SECONDS_MAX = 20


@dataclass
class Client:
    world: World
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))
    token: dict = field(default_factory=dict)

    def consent(self, **changes):
        form = {
            "client_key": self.world.client_key,
            "response_type": "code",
            "scope": SCOPES,
            "redirect_uri": REDIRECT,
            "state": "s1",
            "code_challenge": hashlib.sha256(VERIFIER.encode()).hexdigest(),
            "code_challenge_method": "S256",
            "account": "myaltaccount",
            "decision": "allow",
        }
        return self.http.post(self.world.auth_url, data={**form, **changes})

    def grant(self, **form):
        body = {"client_key": self.world.client_key, "client_secret": self.world.client_secret, **form}
        return self.http.post(f"{self.world.api_url}/v2/oauth/token/", data=body)

    def exchange(self, code, **changes):
        form = {"code": code, "grant_type": "authorization_code", "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
        return self.grant(**{**form, **changes})

    def connect(self, account="myaltaccount", **changes):
        answer = self.consent(account=account, **changes)
        self.token = self.exchange(callback(answer)["code"]).json()
        return self

    def refresh(self, refresh_token=None):
        return self.grant(grant_type="refresh_token", refresh_token=refresh_token or self.token["refresh_token"]).json()

    def api(self, path, body=None, method="POST"):
        headers = {"Authorization": f"Bearer {self.token['access_token']}"}
        return self.http.request(method, self.world.api_url + path, json=body, headers=headers)

    def init(self, size, *, chunk=None, count=1, privacy="PUBLIC_TO_EVERYONE", title="Hi", path="video/init"):
        source = {
            "source": "FILE_UPLOAD",
            "video_size": size,
            "chunk_size": chunk or size,
            "total_chunk_count": count,
        }
        info = {"title": title, "privacy_level": privacy}
        return self.api(f"/v2/post/publish/{path}/", {"post_info": info, "source_info": source})

    def put(self, url, data, first=0, total=None):
        total = len(data) if total is None else total
        headers = {
            "Content-Type": "video/mp4",
            "Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}",
        }
        return self.http.put(url, content=data, headers=headers)

    def post(self, data, **options):
        """Init and upload; returns the publish id."""
        opened = self.init(len(data), **options).json()["data"]
        assert self.put(opened["upload_url"], data).status_code == 201
        return opened["publish_id"]

    def status(self, publish_id):
        return self.api("/v2/post/publish/status/fetch/", {"publish_id": publish_id}).json()["data"]

    def wait(self, publish_id, *, for_id=False):
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline:
            status = self.status(publish_id)
            done = status["status"] != "PROCESSING_UPLOAD"
            if done and (not for_id or status["publicaly_available_post_id"]):
                return status
            time.sleep(0.05)
        raise AssertionError(f"never settled: {status}")

    def control(self, path, body=None, method="POST"):
        answer = self.http.request(method, f"{self.world.control_url}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ledger(self):
        return self.control("ledger", method="GET")


def callback(answer):
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def reencode(source, target, *, width, height, crf=30, fps=30, seconds=2.0):
    with av.open(str(source)) as old, av.open(str(target), "w", format="mp4") as new:
        stream = new.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "ultrafast", "crf": str(crf)}
        for index, frame in enumerate(old.decode(video=0)):
            if index >= fps * seconds:
                break
            picture = frame.reformat(width, height, "yuv420p")
            picture.pts, picture.time_base = index, Fraction(1, fps)
            new.mux(stream.encode(picture))
        new.mux(stream.encode(None))
    return target.read_bytes()
