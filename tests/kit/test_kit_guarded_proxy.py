"""A program that does its own networking gets out to public addresses only, and nobody else through its proxy."""

import base64
import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from reposter.kit.addresses import AddressRules
from reposter.kit.guarded_proxy import guarded_proxy

OWN = frozenset({"mine.test"})


class Echo(BaseHTTPRequestHandler):
    """Says how it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"{self.path} {self.headers['Host']} {self.headers.get('Proxy-Authorization')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))[::-1]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site():
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(site):
    with guarded_proxy(AddressRules(private_hosts=OWN, lookup=lambda host, port: [("127.0.0.1", site)])) as proxy:
        yield proxy


def ask(proxy, request, password=None):
    """What the proxy answers to raw bytes; `{auth}` stands for the password's header."""
    secret = base64.b64encode(f"reposter:{proxy.password if password is None else password}".encode()).decode()
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as line:
        line.sendall(request.replace(b"{auth}", f"Proxy-Authorization: Basic {secret}\r\n".encode()))
        answer = b""
        while more := line.recv(65536):
            answer += more
            if b"\r\n\r\n" in answer and b"Connection established" in answer:
                break
    return answer


def test_a_plain_request_goes_through_under_the_name_that_was_checked(proxy):
    answer = ask(proxy, b"GET http://mine.test/a?b=1 HTTP/1.1\r\nHost: other.test\r\n{auth}\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"/a?b=1 mine.test None")


def test_a_tunnel_carries_bytes_both_ways(proxy):
    secret = base64.b64encode(f"reposter:{proxy.password}".encode())
    with socket.create_connection(("127.0.0.1", proxy.port), 5) as line:
        line.sendall(b"CONNECT mine.test:443 HTTP/1.1\r\nProxy-Authorization: Basic " + secret + b"\r\n\r\n")
        assert line.recv(200).startswith(b"HTTP/1.1 200")
        body = bytes(range(256)) * 2000
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        answer = b""
        while len(answer) < len(body):
            answer += line.recv(1 << 20)
    assert answer.endswith(body[::-1])


@pytest.mark.parametrize(
    "request_line",
    [b"CONNECT 127.0.0.1:443 HTTP/1.1", b"CONNECT [::1]:443 HTTP/1.1", b"CONNECT mine.test.:22 HTTP/1.1"],
)
def test_what_is_not_public_is_refused_and_kept_on_record(site, request_line):
    with guarded_proxy(AddressRules(lookup=lambda host, port: [("127.0.0.1", site)])) as proxy:
        assert ask(proxy, request_line + b"\r\n{auth}\r\n").startswith(b"HTTP/1.1 403")
        assert [error.code for error in proxy.refused] == ["address_refused"]


@pytest.mark.parametrize("password", ["", "wrong", "reposter"])
def test_without_the_password_nobody_gets_out(proxy, password):
    request = b"GET http://mine.test/ HTTP/1.1\r\nHost: mine.test\r\n{auth}\r\n"
    assert ask(proxy, request, password).startswith(b"HTTP/1.1 407")
    assert ask(proxy, request.replace(b"{auth}", b"")).startswith(b"HTTP/1.1 407")


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/1.1",
        b"GET file:///etc/passwd HTTP/1.1",
        b"GET https://mine.test/ HTTP/1.1",
        b"CONNECT mine.test HTTP/1.1",
        b"CONNECT mine.test:99999 HTTP/1.1",
        b"CONNECT http://[::1 HTTP/1.1",
        b"\xff\xfe",
        b"",
    ],
)
def test_half_a_request_is_answered_and_nothing_is_called(proxy, request_line):
    assert ask(proxy, request_line + b"\r\n{auth}\r\n").startswith((b"HTTP/1.1 400", b"HTTP/1.1 407"))


def test_a_site_that_does_not_answer_is_a_bad_gateway():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        rules = AddressRules(private_hosts=OWN, lookup=lambda *_: [closed.getsockname()])
        with guarded_proxy(rules) as proxy:
            answer = ask(proxy, b"CONNECT mine.test:443 HTTP/1.1\r\n{auth}\r\n")
    assert answer.startswith(b"HTTP/1.1 502")


def test_a_call_that_is_under_way_ends_with_the_proxy(site):
    before = threading.active_count()
    rules = AddressRules(private_hosts=OWN, lookup=lambda *_: [("127.0.0.1", site)])
    with contextlib.ExitStack() as lines:
        with guarded_proxy(rules) as proxy:
            line = lines.enter_context(socket.create_connection(("127.0.0.1", proxy.port), 5))
            line.sendall(b"GET http://mine.test/ HT")
        with contextlib.suppress(ConnectionResetError):
            assert line.recv(10) == b""
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", proxy.port), 1)
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
