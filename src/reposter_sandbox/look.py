"""Dress the world's few web pages alike."""

from __future__ import annotations

from html import escape

STYLE = """
:root{color-scheme:light dark;--ink:#16181d;--soft:#5c6370;--ground:#f4f5f7;--card:#fff;--line:#dfe2e8;--main:#3457d5}
@media(prefers-color-scheme:dark){:root{
--ink:#e9ebf0;--soft:#a0a7b4;--ground:#101216;--card:#1a1d23;--line:#333842;--main:#8ea6ff}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;background:var(--ground);color:var(--ink)}
main{max-width:640px;margin:5vh auto;padding:28px;background:var(--card);
border:1px solid var(--line);border-radius:16px}
small,.soft{color:var(--soft)}h1{font-size:22px;margin:0 0 12px}h2{font-size:15px;margin:20px 0 8px;color:var(--soft)}
a{color:var(--main)}code{font-size:13px}.pick{display:flex;gap:12px;align-items:flex-start;padding:10px 12px;
border:1px solid var(--line);border-radius:10px;margin:6px 0;cursor:pointer}.row{display:flex;gap:10px;margin:22px 0 0}
button{font:inherit;padding:10px 22px;border-radius:10px;border:1px solid var(--line);
background:none;color:inherit;cursor:pointer}
button.main{background:var(--main);border-color:var(--main);color:#fff}
@media(prefers-color-scheme:dark){button.main{color:#101216}}
table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:8px 6px;
border-bottom:1px solid var(--line);vertical-align:top}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
iframe{width:100%;height:60vh;border:1px solid var(--line);border-radius:10px;background:#fff}
"""


def page(title: str, content: str) -> str:
    """A whole HTML page around `content`, which must be escaped already."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)} · pretend world</title><style>{STYLE}</style></head><body><main>"
        f"<small>Pretend TikTok · nothing here leaves this machine</small>{content}</main></body></html>"
    )
