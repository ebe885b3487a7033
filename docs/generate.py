"""Write the pages that are made from the code: `python -m docs.generate`, or with `--check` say which are out of date.

settings.md comes from the settings models, errors.md from the error classes, commands.md from the command line and
http.md from the OpenAPI document. tests/house/test_docs_are_true.py holds them to it.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import json
import pkgutil
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import annotated_types
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from typer.main import get_command

import reposter
from docs.words import COMMAND_EXAMPLES, ERROR_WORDS, ERRORS_WITHOUT_A_CLASS, ROUTE_WORDS, SETTING_WORDS
from reposter.api.openapi import document
from reposter.api.problems import status_of
from reposter.cli.main import app
from reposter.kit.errors import AppError, all_errors
from reposter.settings import SET_AT_START, Settings

DOCS = Path(__file__).parent
NOTE = "<!-- Made by `python -m docs.generate`; edit the code or docs/words.py instead. -->\n"
METHODS = ("get", "post", "put", "patch", "delete")


class NotDocumented(Exception):
    """Something in the code has no words yet; the message says what, and docs/words.py is where they go."""


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    return {
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "commands.md": commands_page(),
        "http.md": http_page(document()),
    }


def main(arguments: Sequence[str]) -> int:
    stale = []
    for name, text in pages().items():
        path = DOCS / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{'out of date' if '--check' in arguments else 'written'}: {', '.join(stale) or 'nothing'}\n")
    return int(bool(stale) and "--check" in arguments)


# Settings


@dataclass(frozen=True)
class Setting:
    """One option: `path` is its dotted name, as in the configuration file."""

    path: str
    kind: str
    default: str

    @property
    def variable(self) -> str:
        return "REPOSTER_" + self.path.upper().replace(".", "__")


def settings() -> list[Setting]:
    """Every option there is, in the order of the models."""
    return list(_settings_of(Settings, Settings(), ""))


def settings_page() -> str:
    by_section: dict[str, list[Setting]] = {}
    for setting in settings():
        section, dot, _ = setting.path.partition(".")
        by_section.setdefault(section if dot else "", []).append(setting)
    parts = [NOTE, SETTINGS_HEAD]
    for section, found in sorted(by_section.items(), key=lambda item: item[0] != ""):
        fixed = " (read at the start; a change needs a restart)" if section in SET_AT_START else ""
        parts.append(f"## {f'`{section}`' if section else 'On the top level'}{fixed}\n")
        rows = [
            (f"`{one.path}`", one.kind, one.default, _words(SETTING_WORDS, one.path), f"`{one.variable}`")
            for one in found
        ]
        parts.append(table(("setting", "type", "default", "what it does", "environment"), rows))
    return "\n".join(parts)


SETTINGS_HEAD = """# Settings

Each setting can be given in four places. The strongest wins:

1. an environment variable, `REPOSTER_SECTION__NAME` (two underscores between section and name);
2. what was set through `PUT /api/settings`, kept in the database;
3. `config/reposter.toml` in the data folder;
4. the default below.

A name that nobody knows, or a value that cannot be used, stops the start with a sentence that says which one: a
misspelt option that is silently ignored is worse than none.

**In the environment** numbers, `true` and plain words are written as they are, and the setting's type reads them. Lists
and tables are JSON: `REPOSTER_SCHEDULING__ACTIVE_HOURS='{"start": "08:00", "end": "22:00"}'`. A secret may lie in a
file instead: `REPOSTER_TIKTOK__CLIENT_SECRET_FILE=/run/secrets/tiktok` takes its content.

**In the file** sections are tables:

```toml
[tiktok]
client_key = "…"
client_secret = "…"

[scheduling]
frequency = "3_hours"
timezone = "Europe/Berlin"
active_hours = { start = "08:00", end = "22:00" }
```

Agents follow changes made through the API within seconds. Sections that say so below are read once, at the start.

The data folder itself is no setting, because the settings lie in it: `--data-dir` or `REPOSTER_DATA_DIR` names it,
and `~/reposter` is the default.
"""


def _settings_of(kind: type[Any], values: Any, prefix: str) -> Iterator[Setting]:
    for name, field in _fields(kind).items():
        value, path = getattr(values, name), f"{prefix}{name}"
        if isinstance(value, BaseModel) or (dataclasses.is_dataclass(value) and not isinstance(value, type)):
            yield from _settings_of(type(value), value, f"{path}.")
        else:
            yield Setting(path, _kind_of(field), _default_of(value))


def _fields(kind: type[Any]) -> dict[str, tuple[Any, tuple[Any, ...]]]:
    """Annotation and constraints of each field, of a pydantic model or a dataclass."""
    if issubclass(kind, BaseModel):
        return {name: (field.annotation, _constraints(field)) for name, field in kind.model_fields.items()}
    hints = typing.get_type_hints(kind, include_extras=True)
    return {field.name: (hints[field.name], ()) for field in dataclasses.fields(kind)}


def _constraints(field: FieldInfo) -> tuple[Any, ...]:
    found = list(field.metadata)
    for part in typing.get_args(field.annotation):
        found += [detail for meta in getattr(part, "__metadata__", ()) for detail in getattr(meta, "metadata", (meta,))]
    return tuple(found)


def _kind_of(field: tuple[Any, tuple[Any, ...]]) -> str:
    annotation, constraints = field
    low = next((one.ge for one in constraints if isinstance(one, annotated_types.Ge)), None)
    high = next((one.le for one in constraints if isinstance(one, annotated_types.Le)), None)
    above = next((one.gt for one in constraints if isinstance(one, annotated_types.Gt)), None)
    span = f", above {above}" if above is not None else ""
    span += f", at most {high}" if above is not None and high is not None else ""
    if low is not None:
        span = f", {low} to {high}" if high is not None else f", at least {low}"
    return _name_of(annotation) + span


def _name_of(annotation: Any) -> str:
    names = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "yes or no",
        SecretStr: "secret text",
        Path: "path",
    }
    if annotation in names:
        return names[annotation]
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _name_of(parts[0])
    if isinstance(annotation, type) and issubclass(annotation, enum.StrEnum):
        return "one of " + ", ".join(f"`{part}`" for part in annotation)
    if origin is typing.Literal:
        return "one of " + ", ".join(f"`{part}`" for part in parts)
    if origin in (typing.Union, types.UnionType):
        return " or ".join("nothing" if part is type(None) else _name_of(part) for part in parts)
    if origin in (tuple, list):
        return f"list of {_name_of(parts[0])}"
    if origin is dict:
        return f"{_name_of(parts[0])} → {_name_of(parts[1])}"
    raise NotDocumented(f"docs/generate.py has no name for the type {annotation!r}")


def _default_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, SecretStr):
        return "empty"
    if value == "":
        return "empty"
    plain = json.dumps(value, ensure_ascii=False, default=str)
    return f"`{plain}`"


# Errors


def error_classes() -> list[type[AppError]]:
    """Every error class of the product. Modules that only a child process loads are left out; they define none."""
    for module in pkgutil.walk_packages(reposter.__path__, "reposter."):
        if not module.name.endswith((".child", "__main__")):
            importlib.import_module(module.name)
    return [kind for kind in all_errors() if kind.__module__.startswith("reposter.") and kind is not AppError]


def errors_page() -> str:
    rows = []
    for kind in error_classes():
        status = str(status_of(kind.__new__(kind)))
        rows.append((f"`{kind.code}`", kind.verdict.value.replace("_", " "), status, _meaning(kind), _home(kind)))
    for code, (verdict, status, words, home) in ERRORS_WITHOUT_A_CLASS.items():
        rows.append((f"`{code}`", verdict, status, words, f"`{home}`"))
    heads = ("code", "verdict", "HTTP", "what it means", "where it is defined")
    return "\n".join([NOTE, ERRORS_HEAD, table(heads, sorted(rows))])


ERRORS_HEAD = """# Errors

Every error that Reposter can name has a code that never changes, a sentence for people, a hint about what to do, and a
verdict. Retry logic looks at the verdict and at nothing else:

| verdict | what happens |
|---|---|
| retry later | it is tried again by itself, after a wait |
| permanent | trying again changes nothing; the thing at hand ends here, with the sentence |
| needs person | it waits, unharmed, until somebody has done what the hint says |
| outcome unknown | it may have worked; Reposter finds out before it does anything else |

Over HTTP an error is `application/problem+json`:

```json
{"type": "about:blank", "title": "@techguru123 is watched already", "status": 409,
 "detail": "@techguru123 is watched already.", "code": "source_exists",
 "hint": "See it with `reposter source list`; its id is src_….", "verdict": "permanent"}
```

The command line prints the sentence and the hint on standard error and ends with 2 for a mistake in what was typed,
with 1 for everything else. The column *HTTP* is the status where the error reaches the API; many only ever appear in
the log, on a video or on a post.
"""


def _meaning(kind: type[AppError]) -> str:
    if kind.code in ERROR_WORDS:
        return ERROR_WORDS[kind.code]
    sentence = kind.__dict__.get("sentence")
    if isinstance(sentence, str):
        return f"{sentence} {kind.__dict__.get('remedy', '')}".strip()
    words = kind.__dict__.get("__doc__")
    if not words:
        raise NotDocumented(
            f"the error {kind.code} ({kind.__module__}) has neither a docstring nor a row in ERROR_WORDS"
        )
    return " ".join(words.split("\n\n")[0].split())


def _home(kind: type[AppError]) -> str:
    return f"`{kind.__module__.removeprefix('reposter.').replace('.', '/')}.py`"


# Commands


@dataclass(frozen=True)
class Command:
    """One thing to type, `name` with all its words after `reposter`."""

    name: str
    parts: Any  # Typer's copy of click's Command, which it does not export


def commands() -> list[Command]:
    """Every command that is not hidden, groups that do something by themselves included."""
    return [one for one in _commands_of(get_command(app), "") if one.name]


def commands_page() -> str:
    parts = [NOTE, COMMANDS_HEAD]
    found = commands()
    parts.append(table(("command", "what it does"), [(_linked(one), _first_line(one)) for one in found]))
    for one in found:
        parts.append(f"## `reposter {one.name}`\n")
        parts.append(f"{_first_line(one)}\n")
        if one.name in COMMAND_EXAMPLES:
            parts.append(f"```sh\n{COMMAND_EXAMPLES[one.name]}\n```\n")
        rows = [_parameter_row(parameter) for parameter in one.parts.params if _is_shown(parameter)]
        if rows:
            parts.append(table(("argument or option", "default", "what it means"), rows))
    return "\n".join(parts)


COMMANDS_HEAD = """# Commands

After `make setup` the command lies in `.venv/bin/reposter`. Every command has `--help`. What people read, tables and
sentences, goes to standard error. `--json` prints the result, and nothing else, on standard output, for scripts. The
exit code is 0 for success, 2 for a mistake in what was typed and 1 for anything else that failed.

`--data-dir` (or `REPOSTER_DATA_DIR`) says which installation is meant; `~/reposter` is the default.
"""


def _commands_of(command: Any, name: str) -> Iterator[Command]:
    children = getattr(command, "commands", {})
    if not command.hidden and (not children or getattr(command, "invoke_without_command", False)):
        yield Command(name, command)
    for word, child in children.items():
        if not child.hidden:
            yield from _commands_of(child, f"{name} {word}".strip())


def _first_line(command: Command) -> str:
    return " ".join((command.parts.help or "").split("\n\n")[0].split())


def _linked(command: Command) -> str:
    anchor = f"reposter {command.name}".replace(" ", "-")
    return f"[`reposter {command.name}`](#{anchor})"


def _is_shown(parameter: Any) -> bool:
    return bool(parameter.name != "help") and not getattr(parameter, "hidden", False)


def _parameter_row(parameter: Any) -> tuple[str, str, str]:
    is_option = parameter.param_type_name == "option"
    shown = ", ".join(f"`{name}`" for name in parameter.opts) if is_option else f"`{_argument_name(parameter)}`"
    default = "required" if parameter.required else _shown_default(parameter)
    return shown, default, _help_of(parameter)


def _argument_name(parameter: Any) -> str:
    return str(parameter.metavar or (parameter.name or "").upper()).strip("{}[].")


def _shown_default(parameter: Any) -> str:
    told = getattr(parameter, "show_default", None)
    if isinstance(told, str):
        return f"`{told}`"
    default = parameter.default
    if default is None or default is False or callable(default) or "Sentinel" in type(default).__name__:
        return ""
    return f"`{default}`"


def _help_of(parameter: Any) -> str:
    return str(getattr(parameter, "help", None) or "")


# HTTP


def http_page(api: Mapping[str, Any]) -> str:
    parts = [NOTE, HTTP_HEAD]
    tags: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, operations in api["paths"].items():
        for method in METHODS:
            if method in operations:
                tag = operations[method].get("tags", ["other"])[0]
                tags.setdefault(tag, []).append((method.upper(), path, operations[method]))
    for tag, routes in tags.items():
        parts.append(f"## {tag.capitalize()}\n")
        for method, path, operation in routes:
            parts.append(_route(api, method, path, operation))
    parts.append(EVENTS_HEAD)
    parts.append(table(("type", "payload"), list(_messages(api))))
    return "\n".join(parts)


HTTP_HEAD = """# The API

It listens on `http://127.0.0.1:8484` unless a setting says otherwise, and there is no login yet: see
[SECURITY.md](../SECURITY.md). The machine-readable form is at `/api/openapi.json`.

- Errors are `application/problem+json` with a `code`, a `hint` and a `verdict`: see [errors.md](errors.md).
- Lists page by key. Give the `next` of one page as `after` (for logs: `before`) of the following one; `null` ends.
- A POST may carry an `Idempotency-Key`: sent again with the same key and body, it is answered from memory and not
  carried out twice. The header `Idempotency-Replayed: true` says so.
- Times are ISO 8601 in UTC.
- A request that names a host this server does not know, or a change that another site's page sends, is answered 403
  with the code `refused`.
"""

EVENTS_HEAD = """## Live events

Connect a WebSocket to `/api/events`. The first message is `hello` with the number that what follows comes after. With
`?after=SEQ` the events after that number are told first, 5,000 at most, so a client that lost its connection goes on
where it was; older ones are in `GET /api/logs`. Every event is a row in the database before it is told. A client that
cannot keep up is closed with 1013 and connects again with its last `seq`.

Each message is `{"seq": …, "type": …, "at": …, "payload": {…}}`. Beside each `agent.status.changed` the state update
`AGENT_STATUS_UPDATE` of the specification is sent, without a number of its own.
"""


def _route(api: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> str:
    words = operation.get("description") or _words(ROUTE_WORDS, f"{method} {path}")
    lines = [f"### {method} {path}\n", " ".join(words.split("\n\n")[0].split()), ""]
    query = [
        (f"`{one['name']}`", one["in"], _schema_words(one.get("schema", {})), one.get("description", ""))
        for one in operation.get("parameters", [])
    ]
    if query:
        lines.append(table(("parameter", "in", "type", ""), query))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        rows = _body_rows(api, body)
        lines.append(table(("field of the body", "type", ""), rows) if rows else "The body is a JSON object.\n")
    for status, answer in operation.get("responses", {}).items():
        if status.startswith("2"):
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            fields = _field_names(api, schema)
            told = f": {', '.join(f'`{name}`' for name in fields)}" if fields else ""
            lines.append(f"Answers {status}{told}.\n")
    return "\n".join(lines)


def _messages(api: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for schema in api["components"]["schemas"].values():
        kind = schema.get("properties", {}).get("type", {}).get("const")
        if kind and ("payload" in schema["properties"] or kind == "hello"):
            payload = schema["properties"].get("payload", {})
            fields = _field_names(api, payload)
            yield f"`{kind}`", ", ".join(f"`{name}`" for name in fields) or "none; `seq` stands beside `type`"


def _resolved(api: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in schema:
        return typing.cast("Mapping[str, Any]", api["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for one in schema.get("anyOf", []):
        if "$ref" in one:
            return _resolved(api, one)
    return schema


def _field_names(api: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    return list(_resolved(api, schema).get("properties", {}))


def _body_rows(api: Mapping[str, Any], schema: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    resolved = _resolved(api, schema)
    required = set(resolved.get("required", []))
    return [
        (f"`{name}`", _schema_words(_resolved(api, one)), "required" if name in required else "")
        for name, one in resolved.get("properties", {}).items()
    ]


def _schema_words(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_schema_words(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if schema.get("type") == "array":
        return f"list of {_schema_words(schema.get('items', {}))}"
    names = {
        "string": "text",
        "integer": "whole number",
        "boolean": "yes or no",
        "object": "object",
        "number": "number",
    }
    words = names.get(str(schema.get("type")), "any")
    if "minimum" in schema and "maximum" in schema:
        words += f", {schema['minimum']} to {schema['maximum']}"
    return words


def routes(api: Mapping[str, Any]) -> set[str]:
    """Every route as `METHOD /path`."""
    return {f"{method.upper()} {path}" for path, found in api["paths"].items() for method in METHODS if method in found}


# Writing


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    cells = [[re.sub(r"\s+", " ", cell).replace("|", "\\|").strip() for cell in line] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells) + "\n"


def _words(words: Mapping[str, str], name: str) -> str:
    if name not in words:
        raise NotDocumented(f"{name} has no words in docs/words.py")
    return words[name]


def unused_words() -> list[str]:
    """Words for things that the code no longer has."""
    api = document()
    known = {one.path for one in settings()} | {kind.code for kind in error_classes()} | routes(api)
    known |= {one.name for one in commands()}
    told = [*SETTING_WORDS, *ERROR_WORDS, *ROUTE_WORDS, *COMMAND_EXAMPLES]
    return sorted(name for name in told if name not in known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
