"""The real yt-dlp has one way out, and it leads to public addresses only."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from pretend_site import TECHGURU, Site

from reposter.acquire.discovery.ytdlp import YtdlpReader
from reposter.kit.addresses import AddressRefused, AddressRules, look_up
from reposter.vendors.ytdlp.options import YtdlpSettings
from reposter_sandbox.site.links import CDN_HOST


class Counting(socketserver.ThreadingTCPServer):
    """A machine that nobody should call."""

    daemon_threads = True
    calls = 0

    def process_request(self, request, client_address):
        self.calls += 1
        self.shutdown_request(request)


class Hosts:
    """Looks names up as if the pretend site stood on the internet: a port of this machine for each of its hosts."""

    def __init__(self, site_proxy: str) -> None:
        self._site, self._doors, self.asked = urlsplit(site_proxy), {}, []

    def __call__(self, host: str, port: int) -> list[tuple[str, int]]:
        self.asked.append(host)
        if (host, port) not in self._doors:
            self._doors[host, port] = self._door(host, port)
        return [("127.0.0.1", self._doors[host, port].server_address[1])]

    def _door(self, host: str, port: int) -> socketserver.ThreadingTCPServer:
        site = self._site

        class Door(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection((site.hostname, site.port), 10) as other:
                    other.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                    answer = b""
                    while b"\r\n\r\n" not in answer:
                        answer += other.recv(1)
                    back = threading.Thread(target=_carry, args=(other, self.request))
                    back.start()
                    _carry(self.request, other)
                    back.join()

        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Door)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return server

    def close(self) -> None:
        for server in self._doors.values():
            server.shutdown()
            server.server_close()


def _carry(source: socket.socket, onto: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            onto.sendall(data)
        onto.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("address", ["127.0.0.1", "::ffff:127.0.0.1"])
def test_a_name_that_leads_to_this_machine_is_not_called(address):
    with Counting(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        at = server.server_address[1]
        settings = YtdlpSettings(
            addresses=AddressRules(lookup=lambda host, port: [(address, at)]), socket_timeout_seconds=5, retries=1
        )
        with pytest.raises(AddressRefused, match="not on the public internet"):
            YtdlpReader(settings).list_videos(TECHGURU, limit=5)
        server.shutdown()
        assert server.calls == 0


def test_without_a_proxy_of_the_owners_everything_is_listed_and_fetched_all_the_same(site: Site, tmp_path):
    assert site.settings.proxy
    hosts = Hosts(site.settings.proxy)
    public = frozenset({"www.tiktok.com", CDN_HOST})
    settings = replace(site.settings, proxy=None, addresses=AddressRules(private_hosts=public, lookup=hosts))
    with contextlib.closing(hosts):
        through = replace(site, settings=settings)
        assert [one.video_id for one in through.reader.list_videos(TECHGURU, limit=12)] == [
            one.video_id for one in site.videos[:12]
        ]
        assert through.fetch(tmp_path).sha256 == site.fetch(tmp_path / "again").sha256
    assert "www.tiktok.com" in hosts.asked


def test_the_systems_own_resolver_is_the_default():
    assert AddressRules().lookup is look_up
