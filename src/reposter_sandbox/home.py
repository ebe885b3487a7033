"""Say on the first page what this is and where everything lives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from reposter_sandbox.catalogue.catalogue import Catalogue
from reposter_sandbox.ledger import Ledger
from reposter_sandbox.look import page
from reposter_sandbox.scenario import Scenario
from reposter_sandbox.wire.messages import Request, Response, html_response
from reposter_sandbox.wire.routes import Routes

LINKS = (
    ("/mailbox", "Mailbox", "every mail the product has sent"),
    ("/control/ledger", "Ledger", "what was really published, and how often twice"),
    ("/control/state", "State", "clock, counts, rules, standing faults"),
    ("/control/requests?last=100", "Requests", "the last hundred calls"),
)


@dataclass(frozen=True)
class HomePage:
    scenario: Scenario
    catalogue: Catalogue
    ledger: Ledger
    addresses: Callable[[], dict[str, object]]

    def add_to(self, routes: Routes) -> None:
        routes.add("home", "GET", "/", self.show)
        routes.add("home", "GET", "/favicon.ico", lambda _: Response(204))

    def show(self, request: Request) -> Response:
        links = "".join(f'<p><a href="{href}">{name}</a> · {about}</p>' for href, name, about in LINKS)
        creators = "".join(
            f"<tr><td>@{escape(user.username)}{' (private)' if user.is_private else ''}</td>"
            f"<td>{self.catalogue.count(user.username)} videos</td></tr>"
            for user in self.catalogue.users()
        )
        hidden = ("client_secret",)
        addresses = "".join(
            f"<tr><td>{escape(name)}</td><td><code>{escape(str(value))}</code></td></tr>"
            for name, value in self.addresses().items()
            if name not in hidden
        )
        return html_response(
            page(
                "Home",
                "<h1>This is a pretend world</h1>"
                "<p>It plays TikTok's site, its official API and a mailbox, so that the whole line can run "
                "without the network and without anybody's account.</p>"
                f"<p>Scenario <b>{escape(self.scenario.name)}</b>: {escape(self.scenario.about)} "
                f"{len(self.ledger.posts())} posts published so far.</p>{links}"
                f"<h2>Creators</h2><table>{creators}</table><h2>Addresses</h2><table>{addresses}</table>",
            )
        )
