"""No address that a stranger gives, in whatever spelling, by whatever way, leads to a machine that is not public."""

import contextlib
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import httpx
import pytest

from reposter.kit.addresses import AddressRefused, AddressRules, is_public, look_up
from reposter.kit.errors import AppError, VendorUnavailable
from reposter.kit.http import make_guarded_client

PUBLIC = "93.184.216.34"
NAMES = {
    "public.example": [PUBLIC],
    "metadata.example": ["169.254.169.254"],
    "intranet.example": ["10.1.2.3"],
    "router.example": ["192.168.0.1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed-six.example": ["2606:4700:4700::1111", "::1"],
    "wrapped.example": ["::ffff:10.0.0.1"],
    "nat64.example": ["64:ff9b::a9fe:a9fe"],
    "sixtofour.example": ["2002:c0a8:1::"],
    "agent.example": ["168.63.129.16"],
}
LOOPBACK_SPELT = """
127.0.0.1 127.0.0.2 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.0.0.1 0x7f.1 0177.0.0.1 017700000001
0177.0.0.01 127.0.0.1. localhost LOCALHOST localhost. 0 0.0.0.0 00.00.00.00 0x0 ①②⑦.0.0.1 127。0。0。1 １２７.0.0.1
[::1] [::] [0:0:0:0:0:0:0:1] [0000::0001] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:0:127.0.0.1] [::127.0.0.1]
[64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:7f00:1::1]
"""
PRIVATE_SPELT = """
10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.254 169.254.169.254 169.254.0.1 2852039166
0xa9fea9fe 0251.0376.0251.0376 100.64.0.1 100.127.255.255 168.63.129.16 192.0.0.1 192.0.2.1 192.88.99.1 198.18.0.1
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 3232235521 0xc0a80001
[fc00::1] [fd00:ec2::254] [fd12:3456:789a::1] [fe80::1] [fe80::1%25lo] [fe80::1%251] [fec0::1] [ff02::1] [ff0e::1]
[2001:db8::1] [2001::1] [100::1] [5f00::1] [::ffff:10.0.0.1] [::ffff:a9fe:a9fe] [::ffff:192.168.1.1] [::10.0.0.1]
[64:ff9b::a00:1] [64:ff9b::a9fe:a9fe] [64:ff9b:1::a00:1] [2002:a00:1::] [2002:a9fe:a9fe::] [2002:c0a8:101::1]
[2001:0:4136:e378:8000:63bf:3fff:fdd2] [::ffff:0:10.0.0.1] [::ffff:0:169.254.169.254]
"""
LOOPBACK, PRIVATE = LOOPBACK_SPELT.split(), PRIVATE_SPELT.split()
SPELLINGS = [
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "ftp://127.0.0.1/",
    "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/",
    "unix:///run/docker.sock",
    "data:text/plain,hello",
    "javascript:alert(1)",
    "ws://127.0.0.1/",
    "//127.0.0.1/",
    "http://public.example@127.0.0.1/",
    "http://public.example:80@127.0.0.1/",
    "http://user:pass@127.0.0.1/",
    "http://127.0.0.1#@public.example/",
    "http://127.0.0.1?@public.example/",
    "http://127.0.0.1\\@public.example/",
    "http://public.example\\@127.0.0.1/",
    "http://127.0.0.1\t.public.example/",
    "http://127.0.0.1%00.public.example/",
    "http://127.0.0.1%2f.public.example/",
    "http:///127.0.0.1/",
    "http://[::1]:80@127.0.0.1/",
    "http://127.0.0.1:80:80/",
    "http://%31%32%37.0.0.1/",
]
PORTS = [f"http://public.example:{port}/" for port in (0, 1, 21, 22, 25, 111, 445, 2375, 3306, 5432, 6379, 8080, 11211)]
VECTORS = [
    *(f"http://{host}/" for host in (*LOOPBACK, *PRIVATE)),
    *(f"https://{host}/" for host in ("127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "localhost")),
    *(f"http://{name}/" for name in NAMES if name != "public.example"),
    *SPELLINGS,
    *PORTS,
]


class Wire:
    """The network: every address that somebody tries to reach, and one public site, which is a server of ours."""

    def __init__(self, port):
        self.port, self.tried = port, []

    def connect(self, backend, host, port, *rest, **named):
        self.tried.append((host, port))
        if host != PUBLIC:
            raise httpcore.ConnectError(f"{host} is not of this test")
        return self.real(backend, "127.0.0.1", self.port, *rest, **named)

    real = staticmethod(httpcore.SyncBackend.connect_tcp)


class Names:
    """A resolver: ours for the names above, the system's for everything else; counts what was asked."""

    def __init__(self, **more):
        self.answers = {name: [addresses] for name, addresses in NAMES.items()} | more
        self.asked = defaultdict(int)

    def __call__(self, host, port):
        self.asked[host] += 1
        if host not in self.answers:
            return look_up(host, port)
        answers = self.answers[host]
        return [(one, port) for one in answers[min(self.asked[host], len(answers)) - 1]]


class Site(BaseHTTPRequestHandler):
    """Answers `/to?<url>` by sending on to it, and everything else with a word."""

    def do_GET(self):
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            body = b""
        elif self.path.startswith("/round"):
            self.send_response(302)
            self.send_header("Location", "http://public.example/round")
            body = b""
        else:
            self.send_response(200)
            body = f"{self.headers['Host']}{self.path}".encode()
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def port():
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def wire(port, monkeypatch):
    wire = Wire(port)
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda *given, **named: wire.connect(*given, **named))
    return wire


@contextlib.contextmanager
def client_with(names=None, **rules):
    with make_guarded_client(AddressRules(lookup=names or Names(), **rules)) as client:
        yield client


def test_there_are_enough_vectors():
    assert len(set(VECTORS)) >= 120


@pytest.mark.parametrize("way", ["straight", "sent on"])
def test_no_vector_reaches_a_machine_that_is_not_public(way, wire):
    let_through = []
    with client_with() as client:
        for vector in VECTORS:
            wire.tried.clear()
            try:
                answer = client.get(
                    vector
                    if way == "straight"
                    else httpx.URL("http://public.example/to?x").copy_with(
                        raw_path=b"/to?"
                        + vector.encode("utf-8", "surrogatepass").replace(b"\t", b"%09").replace(b" ", b"%20")
                    )
                )
                ended = answer.text
            except (AppError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                ended = type(error).__name__
            bad = [host for host, at in wire.tried if not is_public(host) or at not in (80, 443)]
            if bad:
                let_through.append((vector, bad, ended))
    assert let_through == []


@pytest.mark.parametrize("host", [*LOOPBACK, *PRIVATE], ids=str)
def test_each_spelling_is_refused_by_name(host):
    with pytest.raises((AddressRefused, VendorUnavailable)):
        AddressRules().checked(host, 80)


def test_a_public_site_answers_under_its_own_name_and_may_send_on(wire):
    with client_with() as client:
        assert client.get("http://public.example/a").text == "public.example/a"
        assert client.get("http://public.example/to?http://public.example/b").text == "public.example/b"
    assert {host for host, _ in wire.tried} == {PUBLIC}


def test_a_name_that_changes_its_mind_is_asked_once_and_the_checked_address_called(wire):
    names = Names(**{"turning.example": [[PUBLIC], ["127.0.0.1"]]})
    with client_with(names) as client:
        assert client.get("http://turning.example/").status_code == 200
        assert names.asked["turning.example"] == 1
        with pytest.raises(AddressRefused):
            client.get("http://turning.example/")
    assert {host for host, _ in wire.tried} == {PUBLIC}


def test_one_private_address_among_public_ones_is_enough_to_refuse(wire):
    with client_with() as client, pytest.raises(AddressRefused):
        client.get("http://mixed.example/")
    assert wire.tried == []


def test_a_ring_of_redirects_ends(wire):
    with client_with() as client, pytest.raises(httpx.TooManyRedirects):
        client.get("http://public.example/round")
    assert len(wire.tried) <= 6


def test_a_host_of_the_owners_own_may_be_private_on_any_port(port):
    rules = AddressRules(private_hosts=frozenset({"127.0.0.1"}))
    with make_guarded_client(rules) as client:
        assert client.get(f"http://127.0.0.1:{port}/mine").text.endswith("/mine")
        with pytest.raises(AddressRefused):
            client.get(f"http://127.0.0.2:{port}/")


def test_an_unknown_name_is_no_refusal_but_a_hope():
    def nobody(host, port):
        raise OSError("no such name")

    with pytest.raises(VendorUnavailable) as failed:
        AddressRules(lookup=nobody).checked("gone.example", 443)
    assert failed.value.context["reason"] == "no such name"


@pytest.mark.parametrize("host", ["", "a b", "a\r\nHost: b", "x" * 254, "\x00"], ids=repr)
def test_what_is_no_name_is_refused(host):
    with pytest.raises(AddressRefused):
        AddressRules(lookup=lambda *_: [(PUBLIC, 80)]).checked(host, 80)


def test_no_proxy_of_the_environment_is_used(wire, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with client_with() as client:
        assert client.get("http://public.example/a").status_code == 200
