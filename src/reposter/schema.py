"""Imports every table, so that the metadata is whole for migrations and tests."""

from __future__ import annotations

from reposter.acquire.sources import tables as sources
from reposter.deliver.accounts import tables as accounts
from reposter.deliver.publishing import tables as publishing
from reposter.deliver.scheduling import tables as scheduling
from reposter.evaluate.metrics import tables as metrics
from reposter.guard.rights import tables as rights
from reposter.kit import eventlog, idempotency, keyvalue
from reposter.kit.database import Table
from reposter.library import tables as library
from reposter.pipeline import agents

TABLES = (sources, accounts, publishing, scheduling, metrics, rights, eventlog, idempotency, keyvalue, library, agents)
METADATA = Table.metadata
