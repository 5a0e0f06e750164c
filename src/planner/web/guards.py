"""What every request must pass, and what every answer carries: planner has one owner, on this machine."""

from typing import Final
from urllib.parse import urlsplit

from hypercorn.typing import HTTPScope
from quart import Request, Response
from werkzeug.http import parse_options_header

from planner.domain.errors import Refused
from planner.domain.files import FILE_BYTES_MAX
from planner.web.bodies import REFUSAL
from planner.web.problems import CrossSite, Malformed, Misdirected

BODY_BYTES_MAX: Final = 256 * 1024
FORM_BYTES_MAX: Final = FILE_BYTES_MAX + 64 * 1024
"""A file within a form: the form's own lines come on top."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
OWN_SITES: Final = frozenset({"same-origin", "none"})
"""What browsers say of requests made by our own pages, and by the user."""

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def body_limit(scope: HTTPScope) -> int:
    """Return how many bytes the body of this request may have: more where households or cases come in."""
    kind, _ = parse_options_header(_header(scope, b"content-type"))
    if kind == "multipart/form-data":
        return FORM_BYTES_MAX
    path = scope["path"]
    whole = (
        path == "/api/v1/households"
        or (path.startswith("/api/v1/households/") and path.endswith("/changes"))
        or path.startswith("/api/v1/calculators/")
    )
    return FILE_BYTES_MAX if whole else BODY_BYTES_MAX


def _header(scope: HTTPScope, name: bytes) -> str:
    return next((value.decode("latin-1") for each, value in scope["headers"] if each.lower() == name), "")


def guard(request: Request) -> None:
    """Refuse what is not for this server or not from its owner's own pages and programs.

    A foreign Host is how a page of another site reaches a server on this machine under a name of its own
    (DNS rebinding); a foreign Origin is how it would send a form.
    """
    scope = request.scope
    assert scope is not None
    _guard_host(request.headers.get("Host", ""), scope["server"])
    if request.method not in SAFE_METHODS:
        _guard_origin(request)
    refusal = scope.get(REFUSAL)
    if isinstance(refusal, Refused):
        raise refusal


def _guard_host(host: str, server: tuple[str, int | None] | None) -> None:
    name, port = _split(f"//{host}")
    own_port = None if server is None else server[1]
    if name not in OWN_NAMES or (own_port is not None and (port or 80) != own_port):
        raise Misdirected(
            "This server answers on this machine only, under its own address: "
            f"http://localhost:{own_port or ''}/ or http://127.0.0.1:{own_port or ''}/."
        )


def _guard_origin(request: Request) -> None:
    site = request.headers.get("Sec-Fetch-Site", "none")
    origin = request.headers.get("Origin")
    ours = f"http://{request.headers.get('Host', '')}"
    if site not in OWN_SITES or (origin is not None and origin.lower() != ours.lower()):
        raise CrossSite("A page of another site may not change anything here.")


def _split(address: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(address)
        found = parts.hostname, parts.port
    except ValueError:
        raise Malformed("The Host or Origin of the request is not an address.") from None
    return found


def harden(response: Response) -> Response:
    """Add the headers that keep other sites and old answers out."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    return response
