"""Serve the little pictures that API answers point to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reposter_sandbox.ledger import Ledger
from reposter_sandbox.tiktok.accounts import Accounts, UnknownAccount
from reposter_sandbox.tiktok.publishes import Publishes
from reposter_sandbox.wire.messages import Request, Response
from reposter_sandbox.wire.routes import Routes

AVATAR_SIDE = 168


@dataclass(frozen=True)
class Pictures:
    accounts: Accounts
    publishes: Publishes
    ledger: Ledger
    covers: Path

    def add_to(self, routes: Routes) -> None:
        routes.add("picture", "GET", "/pictures/avatar/{name}.jpg", self.avatar)
        routes.add("picture", "GET", "/pictures/cover/{post_id}.jpg", self.cover)

    def avatar(self, request: Request) -> Response:
        """An initial on a colour of the account's own."""
        try:
            name = self.accounts.named(request.parts["name"]).username
        except UnknownAccount:
            return Response(404)
        hue = hashlib.sha256(name.encode()).digest()[0] * 180 // 256
        canvas = np.full((AVATAR_SIDE, AVATAR_SIDE, 3), (hue, 150, 190), np.uint8)
        canvas = cv2.cvtColor(canvas, cv2.COLOR_HSV2BGR).astype(np.uint8)
        cv2.putText(canvas, name[0].upper(), (52, 116), cv2.FONT_HERSHEY_DUPLEX, 3, (255, 255, 255), 5, cv2.LINE_AA)
        _, data = cv2.imencode(".jpg", canvas)
        return Response(body=data.tobytes(), content_type="image/jpeg")

    def cover(self, request: Request) -> Response:
        post = self.ledger.post(request.parts["post_id"])
        publish = self.publishes.find(post.publish_id) if post and post.publish_id else None
        path = self.covers / f"{publish.upload_key}.jpg" if publish else None
        if path is None or not path.exists():
            return Response(404)
        return Response(body=path.read_bytes(), content_type="image/jpeg")
