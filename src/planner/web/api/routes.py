"""How a route is declared, next to its handler: what it takes, what it answers, in one value."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from quart import Response

Schema = Mapping[str, Any]
Handler = Callable[..., Awaitable[Response]]

GOOD: Final = range(200, 300)

JSON: Final = "application/json"
TOML: Final = "application/toml"
CSV: Final = "text/csv"
EVENTS: Final = "text/event-stream"

API: Final = "/api/v1"

WHOLE_NUMBERS: Final = ("revision", "message_id")
"""Parts of paths that are numbers."""

TEXT: Final[Schema] = {"type": "string"}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
AMOUNT: Final[Schema] = {"type": "string", "format": "money", "examples": ["1250.50"]}
FREE: Final[Schema] = {"type": "object", "additionalProperties": True}


def maybe(schema: Schema) -> Schema:
    """Either of that shape or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def many(schema: Schema) -> Schema:
    """A list of that shape."""
    return {"type": "array", "items": schema}


def ref(name: str) -> Schema:
    """The component of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def shape(**fields: Schema) -> Schema:
    """An object with exactly these fields."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def page_of(schema: Schema) -> Schema:
    """One page of a list, and the address of the next page."""
    return shape(items=many(schema), next=maybe({"type": "string", "format": "uri-reference"}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A query parameter or a header that a route reads."""

    name: str
    where: Literal["query", "header"]
    description: str
    schema: Schema = field(default_factory=lambda: TEXT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One of the answers a route may give. `content` is by media type; headers are named with their words."""

    description: str
    content: Mapping[str, Schema] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A route and its handler, called with the world and the parts of the path.

    The path is written as OpenAPI writes it. `body` is by media type. `needs_json`: the answer is JSON.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    name: str
    summary: str
    tag: str
    handler: Handler
    answers: Mapping[int, Answer]
    parameters: tuple[Parameter, ...] = ()
    body: Mapping[str, Schema] = field(default_factory=dict)
    body_required: bool = True

    @property
    def produces(self) -> tuple[str, ...]:
        """The media types of its good answers, the preferred one first."""
        good = [answer for status, answer in self.answers.items() if status in GOOD]
        return tuple(dict.fromkeys(media for answer in good for media in answer.content))

    @property
    def query(self) -> frozenset[str]:
        """The query parameters that it knows."""
        return frozenset(each.name for each in self.parameters if each.where == "query")


def page(description: str, item: Schema) -> Mapping[int, Answer]:
    """The answers of a list."""
    return {200: Answer(description=description, content={JSON: page_of(item)})}


def shown(description: str, schema: Schema) -> Mapping[int, Answer]:
    """The answers of a route that only shows something."""
    return {200: Answer(description=description, content={JSON: schema})}


CURSOR = Parameter(
    name="cursor", where="query", description="Where the last page ended: its `next` carries it."
)
LIMIT = Parameter(
    name="limit",
    where="query",
    description="How many items a page has at most.",
    schema={"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
)
PREFER = Parameter(
    name="Prefer",
    where="header",
    description="`wait=N`: answer when the job has ended, after at most N (60) seconds. `respond-async`: "
    "answer at once. Said nothing, it is answered at once.",
)
IDEMPOTENCY_KEY = Parameter(
    name="Idempotency-Key",
    where="header",
    description="The same request with the same key is done once; the same key with another request is 422.",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
)
IF_MATCH = Parameter(
    name="If-Match",
    where="header",
    description="The revision the change was made against, as the ETag says it; another one is 412.",
)
