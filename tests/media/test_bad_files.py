"""Files that are no videos, broken, or hostile: each is refused with the sentence that helps."""

import os
import socket
import threading

import pytest
from clips import cut_short, draw, draw_sound_only

from reposter.media.errors import UnreadableMedia, UnsupportedMedia
from reposter.media.inspection import verify_in_child
from reposter.media.probe import probe
from reposter.media.remux import remux
from reposter.media.source import open_source
from reposter.media.verify import verify_playable

SECRET = "the-words-of-a-private-file"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
TEXTS = {
    "html": (b"<!DOCTYPE html><html><body>Log in</body></html>", "an HTML page"),
    "json": (b'{"error": {"code": 10204}}', "a JSON answer"),
    "text": (b"hello, this is a note\n" * 20, "plain text"),
    "xml": (b'<?xml version="1.0"?><MPD></MPD>', "an XML document"),
    "empty": (b"", "an empty file"),
    "zeros": (b"\0" * 4096, "nothing but zeros"),
    "png": (PNG, "a PNG image"),
    "jpeg": (b"\xff\xd8\xff\xe0" + b"\0" * 64, "a JPEG image"),
    "gif": (b"GIF89a" + b"\0" * 64, "a GIF image"),
    "zip": (b"PK\x03\x04" + b"\0" * 64, "a ZIP archive"),
    "noise": (bytes(range(1, 256)) * 16, "no video format that we know"),
}


@pytest.mark.parametrize("kind", list(TEXTS))
@pytest.mark.parametrize("look", [probe, verify_playable])
def test_what_is_no_video_is_named_for_what_it_looks_like(tmp_path, kind, look):
    content, said = TEXTS[kind]
    path = tmp_path / f"{kind}.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadableMedia) as caught:
        look(path)
    assert said in caught.value.message
    assert path.name in caught.value.message
    assert caught.value.hint


HOSTILE = {
    "concat": "ffconcat version 1.0\nfile '{file}'\n",
    "hls": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{file}\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n",
    "dash": '<?xml version="1.0"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>',
}


@pytest.mark.parametrize("kind", list(HOSTILE))
@pytest.mark.parametrize("suffix", ["mp4", "m3u8"])
def test_a_list_that_names_other_files_opens_none_of_them(tmp_path, kind, suffix):
    victim = draw(tmp_path / "victim.mp4", seconds=0.2)
    with _Listener() as listener:
        text = HOSTILE[kind].format(file=victim, url=f"http://127.0.0.1:{listener.port}/x.ts", port=listener.port)
        path = tmp_path / f"list.{suffix}"
        path.write_text(text)
        with pytest.raises(UnreadableMedia, match=r"names other files|XML document"):
            verify_playable(path)
        assert listener.connections == 0


def test_the_listener_of_that_test_does_count(tmp_path):
    with _Listener() as listener:
        socket.create_connection(("127.0.0.1", listener.port)).close()
        listener.wait_for_one()
        assert listener.connections == 1


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9])
def test_a_file_that_was_cut_short_is_refused(tmp_path, share):
    """The index lies behind the data here: nothing can be read."""
    whole = draw(tmp_path / "whole.mp4", seconds=2)
    with pytest.raises(UnreadableMedia, match="cut short"):
        verify_playable(cut_short(tmp_path / "cut.mp4", whole, share))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_behind_its_index_is_refused(tmp_path, share):
    """The index lies in front and promises frames that are not there."""
    whole = draw_with_index_in_front(tmp_path)
    assert verify_playable(whole)
    with pytest.raises(UnreadableMedia, match="cut short"):
        verify_playable(cut_short(tmp_path / "cut.mp4", whole, share))


def test_sound_without_a_picture_is_refused(tmp_path):
    with pytest.raises(UnreadableMedia, match="sound but no picture"):
        probe(draw_sound_only(tmp_path / "song.mp4"))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(UnreadableMedia, match="does not exist"):
        probe(tmp_path / "nothing.mp4")


def test_a_folder_a_pipe_and_a_device_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    for path in (tmp_path, tmp_path / "pipe.mp4", tmp_path / "full.mp4"):
        if path.name == "full.mp4":
            path.symlink_to("/dev/full")
        with pytest.raises(UnreadableMedia, match="is not a file"):
            probe(path)


def test_a_name_that_looks_like_a_protocol_is_only_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = draw(tmp_path / "concat:a|b.mp4", seconds=0.2)
    assert probe(path.relative_to(tmp_path)).video.frames == 6


def test_a_picture_too_large_to_hold_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setattr("reposter.media.source.PIXELS_MAX", 368 * 480 - 1)
    with pytest.raises(UnsupportedMedia, match="368×480"):
        probe(draw(tmp_path / "large.mp4", seconds=0.1))


def test_a_childs_refusal_comes_back_as_the_same_error(tmp_path):
    path = tmp_path / "page.mp4"
    path.write_text("<html><body>Log in</body></html>")
    with pytest.raises(UnreadableMedia, match="HTML page"):
        verify_in_child(path)


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_end_in_an_answer_or_in_our_error(tmp_path, seed):
    data = bytearray(draw(tmp_path / "whole.mp4", seconds=0.5).read_bytes())
    for index in range(40):
        data[(seed * 7919 + index * 104_729) % len(data)] ^= 1 << (index % 8)
    path = tmp_path / "flipped.mp4"
    path.write_bytes(data)
    try:
        assert verify_in_child(path).video.frames >= 1
    except (UnreadableMedia, UnsupportedMedia) as error:
        assert error.hint


def draw_with_index_in_front(tmp_path):
    whole = tmp_path / "front.mp4"
    with open_source(draw(tmp_path / "plain.mp4", seconds=2)) as source:
        remux(source, whole)
    return whole


class _Listener:
    """Counts who connects to a local port."""

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.connections = 0
        self._came = threading.Event()
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def wait_for_one(self):
        assert self._came.wait(5)

    def _count(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            connection.close()
            self.connections += 1
            self._came.set()
