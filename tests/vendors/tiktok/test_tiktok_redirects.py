"""TikTok's rules for redirect addresses, told before TikTok's own page says only that something went wrong."""

from __future__ import annotations

import pytest

from reposter.vendors.tiktok.redirects import RedirectKind, RedirectRefused, redirect_kind


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:8484/api/accounts/callback",
        "http://localhost:1/cb",
        "https://localhost:8443/cb",
        "http://LOCALHOST:80/",
    ],
)
def test_this_machine_is_registered_as_desktop(uri):
    assert redirect_kind(uri) is RedirectKind.DESKTOP


@pytest.mark.parametrize("uri", ["https://reposter.example/api/accounts/callback", "https://r.example:8443/cb"])
def test_a_name_with_https_is_registered_as_web(uri):
    assert redirect_kind(uri) is RedirectKind.WEB


@pytest.mark.parametrize(
    ("uri", "rule", "remedy"),
    [
        ("http://localhost/cb", "port", "Desktop"),
        ("http://127.0.0.1:8484/cb?x=1", "query", "Desktop"),
        ("http://127.0.0.1:8484/cb#", "fragment", "Desktop"),
        ("ftp://127.0.0.1:8484/cb", "http or https", "Desktop"),
        ("http://192.168.1.5:8484/cb", "https", "Web"),
        ("http://[::1]:8484/cb", "https", "Web"),
        ("http://localhost.example:8484/cb", "https", "Web"),
        ("https://r.example/cb?", "query", "Web"),
        ("https://r.example/cb#x", "fragment", "Web"),
        ("https://me:secret@r.example/cb", "login", "Web"),
        ("https:///cb", "host", "Web"),
        ("https://r.example/a b", "blanks", "Web"),
        ("https://r.example:99999/cb", "no address", "Web"),
        ("https://r.example/" + "a" * 494, "512", "Web"),
        ("", "host", "Web"),
    ],
)
def test_a_refusal_names_the_rule_and_where_to_register(uri, rule, remedy):
    with pytest.raises(RedirectRefused, match=rule) as caught:
        redirect_kind(uri)
    assert remedy in caught.value.hint


def test_511_characters_are_taken():
    assert redirect_kind("https://r.example/" + "a" * 493) is RedirectKind.WEB
