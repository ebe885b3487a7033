"""The world as a whole: memory, clock, mail, webhooks, process."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
from email.message import EmailMessage

import httpx
import pytest

from reposter_sandbox.clock import WorldClock
from reposter_sandbox.scenario import UnknownScenario, load_scenario, scenario_names
from reposter_sandbox.store import Store
from reposter_sandbox.world import World, WorldBusy


def test_a_restart_in_the_same_folder_forgets_nothing(make_world, make_client, clip):
    rules = {"chunk_bytes_min": 1_000}
    world = make_world(rules=rules)
    client = make_client(world).connect()
    client.wait(client.post(clip), for_id=True)
    half = len(clip) // 2
    opened = client.init(len(clip), chunk=half, count=2).json()["data"]
    assert client.put(opened["upload_url"], clip[:half], 0, len(clip)).status_code == 206
    before, ledger = world.describe(), client.ledger()
    world.stop()

    world = make_world(rules=rules)
    assert {**world.describe(), "pid": 0} == {**before, "pid": 0}
    again = make_client(world)
    again.token = client.token
    assert again.ledger() == ledger
    assert again.status(opened["publish_id"])["uploaded_bytes"] == half
    assert again.put(opened["upload_url"], clip[half:], half, len(clip)).status_code == 201
    assert again.wait(opened["publish_id"])["status"] == "PUBLISH_COMPLETE"
    assert again.ledger()["duplicates"] == 1
    assert "access_token" in again.refresh()


def test_a_killed_process_forgets_nothing_and_its_successor_takes_its_ports(tmp_path):
    first = start_process(tmp_path)
    world = json.loads(first.stdout.readline())
    send_mail(world["smtp_port"], "before the kill")
    first.kill()
    first.wait()
    first.stdout.close()
    second = start_process(tmp_path)
    again = json.loads(second.stdout.readline())
    assert {**again, "pid": 0} == {**world, "pid": 0}
    assert json.loads((tmp_path / "w" / "world.json").read_text()) == again
    messages = httpx.get(f"{again['mailbox_url']}/messages").json()["messages"]
    assert [m["subject"] for m in messages] == ["before the kill"]
    second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=10) == 0
    second.stdout.close()


def test_a_process_ends_with_its_parent(tmp_path):
    parent = subprocess.Popen(["sleep", "60"])
    child = start_process(tmp_path, "--parent-pid", str(parent.pid))
    child.stdout.readline()
    parent.kill()
    parent.wait()
    assert child.wait(timeout=15) == 0
    child.stdout.close()


def test_a_second_world_in_the_same_folder_is_refused_in_words(make_world, tmp_path):
    world = make_world()
    with pytest.raises(WorldBusy):
        World(world.data_dir).start()
    run = subprocess.run(
        [sys.executable, "-m", "reposter_sandbox", "--data-dir", str(world.data_dir)],
        capture_output=True,
        text=True,
        env=environment(),
    )
    assert run.returncode == 1
    assert "Another pretend world is running" in run.stderr


def test_an_unknown_scenario_names_the_known_ones():
    with pytest.raises(UnknownScenario, match="happy-day"):
        load_scenario("rainy-day")
    assert len([load_scenario(name) for name in scenario_names()]) >= 7


def test_the_clock_can_be_hurried_and_never_runs_backwards(tmp_path):
    store = Store(tmp_path / "clock.sqlite")
    clock = WorldClock(store, speed=0)
    start = clock.now()
    clock.jump(500)
    assert clock.now() == start + 500
    clock.set_speed(100_000)
    time.sleep(0.02)
    later = clock.now()
    assert later > start + 1_000
    with pytest.raises(ValueError, match="backwards"):
        clock.jump(-1)
    assert WorldClock(store, speed=1).now() >= later
    store.close()


def test_the_clock_can_be_moved_while_others_ask_it_inside_transactions(tmp_path):
    store = Store(tmp_path / "clock.sqlite")
    clock = WorldClock(store, speed=60)

    def ask():
        for _ in range(300):
            with store.transaction():
                clock.now()

    askers = [threading.Thread(target=ask, daemon=True) for _ in range(3)]
    for asker in askers:
        asker.start()
    for _ in range(300):
        clock.jump(1)
    for asker in askers:
        asker.join(timeout=20)
    assert not any(asker.is_alive() for asker in askers)
    store.close()


def test_control_moves_the_clock(make_world):
    world = make_world(speed=0)
    before = httpx.get(f"{world.control_url}/state").json()["clock"]
    after = httpx.post(f"{world.control_url}/clock", json={"jump_seconds": 90, "speed": 0}).json()
    assert after["now"] == pytest.approx(before["now"] + 90)
    wrong = httpx.post(f"{world.control_url}/clock", json={"jump_seconds": -90})
    assert wrong.status_code == 400


def test_the_mailbox_receives_and_shows_mail(make_world):
    world = make_world()
    send_mail(world.smtp_port, "Grüße & <b>tags</b>", "<p>Hello <i>there</i></p>")
    (mail,) = httpx.get(f"{world.mailbox_url}/messages").json()["messages"]
    assert mail["subject"] == "Grüße & <b>tags</b>"
    assert (mail["to"], mail["text"].strip()) == ("owner@example.org", "Plain words ✓")
    assert "Grüße &amp; &lt;b&gt;tags" in httpx.get(world.mailbox_url).text
    assert "iframe sandbox" in httpx.get(f"{world.mailbox_url}/messages/{mail['id']}").text


def test_webhooks_are_signed_and_repeated_until_taken(client, clip):
    taken, answers = [], [500, 200, 200, 200]

    class Callback(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((self.headers["TikTok-Signature"], body))
            self.send_response(answers[min(len(taken), len(answers)) - 1])
            self.end_headers()

        def log_message(self, *args):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    client.control("webhook", {"url": f"http://127.0.0.1:{server.server_address[1]}/hook"})
    publish_id = client.post(clip)
    deadline = time.monotonic() + 15
    while len(taken) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    server.shutdown()
    server.server_close()
    events = [json.loads(body)["event"] for _, body in taken]
    assert events.count("post.publish.complete") + events.count("post.publish.publicly_available") == 3
    header, body = taken[0]
    moment, sent = (part.split("=")[1] for part in header.split(","))
    key = client.world.client_secret.encode()
    assert sent == hmac.new(key, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert json.loads(json.loads(body)["content"])["publish_id"] == publish_id


def test_webhooks_never_leave_the_machine(make_world):
    world = make_world()
    answer = httpx.post(f"{world.control_url}/webhook", json={"url": "https://example.org/hook"})
    assert answer.status_code == 400


def test_the_home_page_says_what_this_is(make_world):
    page = httpx.get(make_world().api_url)
    assert "pretend world" in page.text
    assert "/mailbox" in page.text


def test_requests_are_logged_for_tests(client):
    client.init(1_000)
    last = client.control("requests?last=1", method="GET")["requests"][-1]
    assert (last["endpoint"], last["status"]) == ("video_init", 200)


def test_the_catalogue_translates_numbers_into_video_ids(make_world):
    world = make_world()
    added = httpx.post(f"{world.control_url}/uploads", json={"username": "craftcorner", "views": 12}).json()
    videos = httpx.get(f"{world.control_url}/catalogue").json()["videos"]
    (found,) = [video for video in videos if video["number"] == added["number"]]
    assert (found["video_id"], found["username"]) == (added["video_id"], "craftcorner")
    assert len({video["number"] for video in videos}) == len(videos)


def test_wrong_orders_are_refused_in_words(make_world):
    world = make_world()
    for path, body in (
        ("uploads", {"username": "nobody"}),
        ("token", {"account": "nobody", "action": "expire"}),
        ("token", {"account": "myaltaccount", "action": "explode"}),
        ("faults", {"endpoint": "x", "kind": "earthquake"}),
        ("inbox", {"publish_id": "v_1"}),
        ("rules", {"rules": {"gravity": 9.81}}),
        ("clock", ["not an object"]),
    ):
        answer = httpx.post(f"{world.control_url}/{path}", json=body)
        assert (answer.status_code, bool(answer.json()["message"])) == (400, True), path


def test_rules_can_be_changed_and_stay_changed(make_world, make_client):
    client = make_client(make_world())
    client.control("rules", {"rules": {"access_token_seconds": 5}})
    assert client.connect().token["expires_in"] == 5
    client.world.stop()
    again = make_client(make_world()).connect()
    assert again.token["expires_in"] == 5


def start_process(tmp_path, *arguments):
    command = [sys.executable, "-m", "reposter_sandbox", "--data-dir", str(tmp_path / "w"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment())


def environment():
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def send_mail(port, subject, html=""):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "line@example.org", "owner@example.org", subject
    message.set_content("Plain words ✓")
    if html:
        message.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        smtp.send_message(message)
