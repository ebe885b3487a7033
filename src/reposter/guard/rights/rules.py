"""What a ground allows. Pure: values in, an answer with its reason out."""

from __future__ import annotations

from dataclasses import dataclass

from reposter.vocabulary.rights import Act, Basis

NEEDS_GROUND = frozenset({Act.REMOVE_WATERMARK, Act.PUBLISH})


@dataclass(frozen=True)
class Permission:
    """`sentence` says why not, and is empty when it is allowed."""

    allowed: bool
    sentence: str = ""


def may(basis: Basis, act: Act) -> Permission:
    """Whether `act` is allowed on the ground `basis`.

    Unknown ground never stops discovery, private storage or drafts; it holds back just the removal of a mark and
    sending out, until a person answers.
    """
    if basis is Basis.UNKNOWN and act in NEEDS_GROUND:
        deed = "removing a watermark" if act is Act.REMOVE_WATERMARK else "publishing"
        return Permission(False, f"Nobody has said yet on what ground this source's videos may be used; {deed} waits.")
    return Permission(True)
