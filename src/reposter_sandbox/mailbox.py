"""Receive the product's mail over SMTP and show it on a page."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import socket
import threading
import time
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape

from aiosmtpd.smtp import SMTP, Envelope, Session

from reposter_sandbox.look import page
from reposter_sandbox.store import Loose, Store
from reposter_sandbox.wire.messages import Request, Response, html_response, json_response
from reposter_sandbox.wire.routes import Routes

MAIL_BYTES_MAX = 10_000_000
LISTED_MAX = 200
START_SECONDS_MAX = 10


class MailServer:
    """SMTP on a loopback port, in a thread with its own event loop."""

    def __init__(self, store: Store, listening: socket.socket) -> None:
        self._store, self._socket = store, listening
        self._loop: asyncio.AbstractEventLoop | None = None
        self._halt: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="smtp", daemon=True)

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(START_SECONDS_MAX):
            raise TimeoutError("the mail server did not start")

    def stop(self) -> None:
        if self._loop is None or self._halt is None:
            self._socket.close()
            return
        self._loop.call_soon_threadsafe(self._halt.set)
        self._thread.join()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        raw = envelope.content if isinstance(envelope.content, bytes) else b""
        self._store.insert(
            "mails",
            sender=envelope.mail_from or "",
            recipients=", ".join(envelope.rcpt_tos),
            raw=raw,
            received_real=time.time(),
        )
        return "250 Message accepted for delivery"

    async def _serve(self) -> None:
        self._loop, self._halt = asyncio.get_running_loop(), asyncio.Event()
        protocols: list[SMTP] = []

        def protocol() -> SMTP:
            smtp = SMTP(self, hostname="sandbox", enable_SMTPUTF8=True, data_size_limit=MAIL_BYTES_MAX, loop=self._loop)
            protocols.append(smtp)
            return smtp

        server = await self._loop.create_server(protocol, sock=self._socket)
        self._ready.set()
        await self._halt.wait()
        server.close()
        for smtp in protocols:
            if smtp.transport is not None:
                smtp.transport.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1)


@dataclass(frozen=True)
class MailboxPages:
    store: Store

    def add_to(self, routes: Routes) -> None:
        routes.add("mailbox", "GET", "/mailbox", self.list_page)
        routes.add("mailbox", "GET", "/mailbox/", self.list_page)
        routes.add("mailbox", "GET", "/mailbox/messages", self.messages)
        routes.add("mailbox", "DELETE", "/mailbox/messages", self.empty)
        routes.add("mailbox", "GET", "/mailbox/messages/{mail_id}", self.message_page)

    def list_page(self, request: Request) -> Response:
        rows = "".join(
            f'<tr><td><a href="/mailbox/messages/{mail["id"]}">{escape(str(mail["subject"]) or "(no subject)")}</a>'
            f"<br><small>{escape(str(mail['from']))} → {escape(str(mail['to']))}</small></td>"
            f"<td><small>{_clock(float(str(mail['received_at'])))}</small></td></tr>"
            for mail in self._mails()
        )
        table = f"<table>{rows}</table>" if rows else "<p>No mail yet.</p>"
        return html_response(page("Mailbox", f'<h1>Mailbox</h1>{table}<p><a href="/">The pretend world</a></p>'))

    def messages(self, request: Request) -> Response:
        """Newest first: {"messages": [{id, from, to, subject, text, html, received_at}]}."""
        return json_response({"messages": self._mails()})

    def empty(self, request: Request) -> Response:
        return json_response({"deleted": self.store.run("DELETE FROM mails")})

    def message_page(self, request: Request) -> Response:
        row = self.store.row("SELECT * FROM mails WHERE id = ?", request.parts["mail_id"])
        if row is None:
            return html_response(page("Mailbox", "<h1>No such mail</h1>"), status=404)
        mail = _mail(row)
        head = "".join(f"<small>{name}: {escape(str(mail[name]))}</small><br>" for name in ("from", "to"))
        body = (
            f'<iframe sandbox srcdoc="{escape(str(mail["html"]))}" title="The mail as a page"></iframe>'
            if mail["html"]
            else f"<pre>{escape(str(mail['text']))}</pre>"
        )
        content = f'<h1>{escape(str(mail["subject"]))}</h1>{head}{body}<p><a href="/mailbox">All mail</a></p>'
        return html_response(page("Mail", content))

    def _mails(self) -> list[dict[str, object]]:
        return [_mail(row) for row in self.store.rows("SELECT * FROM mails ORDER BY id DESC LIMIT ?", LISTED_MAX)]


def _mail(row: Loose) -> dict[str, object]:
    message = email.message_from_bytes(row["raw"], policy=email.policy.default)
    return {
        "id": row["id"],
        "from": row["sender"],
        "to": row["recipients"],
        "subject": str(message.get("Subject", "")),
        "text": _part(message, "plain"),
        "html": _part(message, "html"),
        "received_at": row["received_real"],
    }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:  # a character set nobody knows
        return ""


def _clock(seconds: float) -> str:
    return time.strftime("%d %b %H:%M:%S", time.localtime(seconds))
