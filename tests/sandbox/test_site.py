"""The real, unpatched yt-dlp against the pretend site, with certificate checking on."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

SELECTOR = "b[format_id!^=download][vcodec^=h264]/b[format_id!^=download]"


def ytdlp(world, *arguments):
    """A separate process, so that the environment decides about trust as it does for operators."""
    clean = {name: value for name, value in os.environ.items() if not name.endswith(("_CA_BUNDLE", "_CERT_FILE"))}
    ca = str(world.ca_file)
    clean |= {"SSL_CERT_FILE": ca, "CURL_CA_BUNDLE": ca, "REQUESTS_CA_BUNDLE": ca}
    command = [sys.executable, "-m", "yt_dlp", "--ignore-config", "--no-cache-dir", "--proxy", world.site_proxy]
    command += ["--compat-options", "no-certifi", "--socket-timeout", "20", *arguments]
    return subprocess.run(command, env=clean, capture_output=True, text=True, timeout=100)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Footage is the same in every world of one seed: these tests draw it once."""
    return tmp_path_factory.mktemp("drawn")


@pytest.fixture
def web(make_world, drawn, tmp_path):
    """A client that goes through the proxy as yt-dlp does, and its world."""
    (tmp_path / "world").mkdir()
    (tmp_path / "world" / "footage").symlink_to(drawn)
    world = make_world()
    trust = ssl.create_default_context(cafile=str(world.ca_file))
    with httpx.Client(proxy=world.site_proxy, verify=trust, timeout=30) as client:
        yield world, client


def newest(world, client, name="techguru123"):
    """The listing's items of one creator, newest first."""
    page = client.get(f"https://www.tiktok.com/@{name}")
    sec_uid = hydration(page)["webapp.user-detail"]["userInfo"]["user"]["secUid"]
    query = {"secUid": sec_uid, "cursor": int(time.time() * 1000) + 5_000, "count": 15}
    return client.get(f"https://www.tiktok.com/api/creator/item_list/?{urlencode(query)}").json()["itemList"]


def hydration(page):
    text = page.text.split('type="application/json">')[1].split("</script>")[0]
    return json.loads(text)["__DEFAULT_SCOPE__"]


def item(client, video_id):
    page = client.get(f"https://www.tiktok.com/@_/video/{video_id}")
    return hydration(page)["webapp.video-detail"]["itemInfo"]["itemStruct"]


def test_ytdlp_lists_a_creator(make_world):
    world = make_world()
    run = ytdlp(world, "-J", "--flat-playlist", "https://www.tiktok.com/@techguru123")
    assert run.returncode == 0, run.stderr
    entries = json.loads(run.stdout)["entries"]
    assert len(entries) >= 15
    now = time.time()
    wanted = [e for e in entries if e["view_count"] >= 10_000 and now - e["timestamp"] < 7 * 86_400]
    assert len(wanted) >= 6
    assert sum(e["view_count"] < 10_000 for e in entries) >= 2
    assert sum(now - e["timestamp"] > 7 * 86_400 for e in entries) >= 2
    assert "🔋" in " ".join(e["description"] for e in entries)


def test_ytdlp_downloads_the_clean_clip_byte_for_byte(make_world, tmp_path):
    world = make_world()
    url = httpx.post(f"{world.control_url}/uploads", json={"username": "craftcorner"}).json()["url"]
    run = ytdlp(world, "-f", SELECTOR, "-o", str(tmp_path / "clip.mp4"), "--print-json", url)
    assert run.returncode == 0, run.stderr
    info = json.loads(run.stdout)
    (drawn,) = (world.data_dir / "footage").glob("*-clean.mp4")
    assert (tmp_path / "clip.mp4").read_bytes() == drawn.read_bytes()
    assert (info["width"], info["height"], info["uploader"]) == (720, 1280, "craftcorner")
    assert info["filesize"] == drawn.stat().st_size


def test_a_client_that_does_not_trust_the_authority_gets_nothing(make_world):
    stranger = ssl.create_default_context()
    with (
        httpx.Client(proxy=make_world().site_proxy, verify=stranger) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get("https://www.tiktok.com/@techguru123")


def test_ytdlp_solves_the_challenge_page(make_world):
    world = make_world(needs_challenge=True)
    with httpx.Client(proxy=world.site_proxy, verify=ssl.create_default_context(cafile=str(world.ca_file))) as client:
        assert 'id="cs"' in client.get("https://www.tiktok.com/@techguru123").text
    answer = httpx.post(f"{world.control_url}/uploads", json={"username": "techguru123", "caption": "fresh"})
    run = ytdlp(world, "-J", answer.json()["url"])
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["description"] == "fresh"


def test_private_and_unknown_users_answer_their_codes(web):
    _, client = web
    private = hydration(client.get("https://www.tiktok.com/@quiet.garden"))["webapp.user-detail"]
    unknown = hydration(client.get("https://www.tiktok.com/@nobody.here"))["webapp.user-detail"]
    assert (private["statusCode"], private["userInfo"]["stats"]["videoCount"]) == (10222, 0)
    assert unknown["statusCode"] == 10221


def test_the_cdn_wants_cookie_signature_and_time(web):
    world, client = web
    video = item(client, newest(world, client)[0]["id"])
    url = video["video"]["playAddr"]
    assert client.get(url).status_code == 200
    client.cookies.clear()
    refused = client.get(url)
    assert (refused.status_code, refused.text) == (403, "missing tt_chain_token")
    item(client, video["id"])  # a page visit brings a new cookie
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    late = parts._replace(query=urlencode({**query, "expire": 1})).geturl()
    assert client.get(late).status_code == 403


def test_ranges_resume_and_end(web):
    world, client = web
    url = item(client, newest(world, client)[0]["id"])["video"]["playAddr"]
    whole = client.get(url)
    size = len(whole.content)
    part = client.get(url, headers={"Range": "bytes=1000-"})
    assert (part.status_code, part.content) == (206, whole.content[1000:])
    assert part.headers["Content-Range"] == f"bytes 1000-{size - 1}/{size}"
    assert part.headers["ETag"] == whole.headers["ETag"]
    assert client.get(url, headers={"Range": f"bytes={size}-"}).status_code == 416
    assert client.get(url, headers={"Range": "bytes=0-99"}).content == whole.content[:100]


def test_a_photo_post_has_pictures_and_no_video(web):
    world, client = web
    (photo,) = [i for i in newest(world, client) if "imagePost" in i]
    assert photo["video"]["playAddr"] == ""
    for image in photo["imagePost"]["images"]:
        assert client.get(image["imageURL"]["urlList"][0]).content[:2] == b"\xff\xd8"


def test_ytdlp_gets_only_the_music_of_a_photo_post(web):
    world, client = web
    (photo,) = [i for i in newest(world, client) if "imagePost" in i]
    run = ytdlp(world, "-J", f"https://www.tiktok.com/@techguru123/video/{photo['id']}")
    assert run.returncode == 0, run.stderr
    assert [f["format_id"] for f in json.loads(run.stdout)["formats"]] == ["audio"]
    item(client, photo["id"])
    assert client.get(photo["music"]["playUrl"]).headers["Content-Type"] == "audio/mp4"


def test_a_540p_clip_says_so(web):
    world, client = web
    small = [i for i in newest(world, client) if i["video"]["ratio"] == "540p"]
    assert len(small) >= 1
    assert (small[0]["video"]["width"], small[0]["video"]["height"]) == (576, 1024)


def test_short_links_lead_to_the_video(web):
    world, client = web
    video_id = newest(world, client)[0]["id"]
    answer = client.head(f"https://vm.tiktok.com/Z{video_id}/")
    assert answer.headers["location"] == f"https://www.tiktok.com/@techguru123/video/{video_id}"


def test_a_video_can_vanish(web):
    world, client = web
    video_id = newest(world, client)[0]["id"]
    httpx.post(f"{world.control_url}/videos", json={"video_id": video_id, "status_code": 10204})
    page = client.get(f"https://www.tiktok.com/@techguru123/video/{video_id}")
    assert hydration(page)["webapp.video-detail"]["statusCode"] == 10204
    assert video_id not in [i["id"] for i in newest(world, client)]


def test_new_uploads_appear_by_the_hurried_clock_up_to_a_bound(web):
    world, client = web
    before = len(newest(world, client, "craftcorner"))
    httpx.post(f"{world.control_url}/clock", json={"jump_seconds": 70 * 60})
    fresh = newest(world, client, "craftcorner")
    assert len(fresh) >= before + 1
    assert abs(fresh[0]["createTime"] - time.time()) < 60
    httpx.post(f"{world.control_url}/clock", json={"jump_seconds": 7 * 86_400})
    counts = httpx.get(f"{world.control_url}/state").json()["counts"]["source_videos"]
    assert (counts["techguru123"], counts["craftcorner"]) == (40, 40)


def test_site_faults_show_html_cuts_and_drops(web):
    world, client = web
    url = item(client, newest(world, client)[0]["id"])["video"]["playAddr"]
    faults = [
        {"endpoint": "cdn", "kind": "html"},
        {"endpoint": "cdn", "kind": "cut", "bytes": 5_000},
        {"endpoint": "cdn", "kind": "lost-request"},
        {"endpoint": "cdn", "kind": "status-before", "status": 403},
    ]
    httpx.post(f"{world.control_url}/faults", json=faults)
    page = client.get(url)
    assert (page.headers["Content-Type"], page.content[:9]) == ("video/mp4", b"<!DOCTYPE")
    for _ in range(2):
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(url)
    assert client.get(url).status_code == 403
    assert client.get(url).status_code == 200
