"""Where alerts go: addresses on the command line or in the environment, whose secrets are never repeated."""

from pathlib import Path

import pytest
from commands import Planner, run_planner

from planner.cli.alerting import alerting_from
from planner.domain.errors import Refused
from planner.settings import Alerting, Settings, zone_named

NOTHING = {"smtp_url": None, "to": None, "webhook_url": None, "webhook_secret": None}


def said(**what: str) -> Alerting:
    return alerting_from(**{**NOTHING, **what})


def test_nobody_is_alerted_unless_somebody_says_so() -> None:
    """R17: planner sends nothing by itself."""
    assert said() == Alerting() == Settings(database=Path("x")).alerting


@pytest.mark.parametrize(
    "url,host,port,implicit,sender",
    [
        (
            "smtps://ada%40example.org:p%2Fw@mail.example.org",
            "mail.example.org",
            465,
            True,
            "ada@example.org",
        ),
        ("smtp://user:p%2Fw@mail.example.org:2525/", "mail.example.org", 2525, False, "to@example.org"),
        ("smtp://user:p%2Fw@[::1]?from=me@example.org", "::1", 587, False, "me@example.org"),
    ],
)
def test_a_mail_server_is_an_address(url: str, host: str, port: int, sender: str, *, implicit: bool) -> None:
    """R17: smtps is TLS from the first byte, smtp turns to it."""
    alerting = said(smtp_url=url, to="to@example.org, two@example.org")
    assert alerting.to == ("to@example.org", "two@example.org")
    mail = alerting.mail
    assert mail is not None
    assert (mail.host, mail.port, mail.implicit_tls, mail.sender) == (host, port, implicit, sender)
    assert mail.password == "p/w"  # noqa: S105 -- the one of the test


@pytest.mark.parametrize(
    "what",
    [
        {"smtp_url": "smtps://u:hunter2@host"},
        {"to": "ada@example.org"},
        {"smtp_url": "http://u:hunter2@host", "to": "ada@example.org"},
        {"smtp_url": "smtps://u:hunter2@", "to": "ada@example.org"},
        {"smtp_url": "smtps://u:hunter2@host:x", "to": "ada@example.org"},
        {"smtp_url": "smtps://u:hunter2%C3%A9@host", "to": "ada@example.org"},
        {"smtp_url": "smtps://u:hunter2@host", "to": "ada@example.org\r\nBcc: all@example.org"},
        {"webhook_url": "ftp://host/hunter2"},
        {"webhook_url": "file:///hunter2"},
        {"webhook_url": "https://u:hunter2@host/"},
        {"webhook_url": "https://host/hunter2\r\nX: y"},
        {"webhook_secret": "hunter2"},
    ],
)
def test_what_does_not_fit_together_is_refused_without_repeating_a_secret(what: dict[str, str]) -> None:
    """R17: secrets are neither logged nor shown."""
    with pytest.raises(Refused) as refused:
        said(**what)
    assert "hunter2" not in str(refused.value)


def test_settings_do_not_show_their_secrets() -> None:
    """R17: whoever prints them."""
    alerting = said(
        smtp_url="smtps://user:hunter2@host",
        to="ada@example.org",
        webhook_url="https://host/hunter2",
        webhook_secret="hunter2",  # noqa: S106 -- the one of the test
    )
    assert "hunter2" not in repr(Settings(database=Path("x"), alerting=alerting))


def test_a_zone_that_nobody_knows_is_refused() -> None:
    """R17: local time is that of a named zone."""
    assert str(zone_named("Europe/Berlin")) == "Europe/Berlin"
    for name in ("Mars/Olympus", "../../etc/passwd", "x" * 300):
        with pytest.raises(Refused, match="no time zone"):
            zone_named(name)


def test_serve_refuses_before_it_opens_anything(planner: Planner, tmp_path: Path) -> None:
    """R17: what is wrong in the environment is said at the start."""
    database = tmp_path / "planner.db"
    for more in ({"PLANNER_TIME_ZONE": "Mars/Olympus"}, {"PLANNER_SMTP_URL": "smtps://u:hunter2@host"}):
        done = run_planner("serve", "--data", database, "--port", "0", more=more)
        assert (done.status, done.out) == (2, "")
        assert "hunter2" not in done.err
        assert not database.exists()
    assert "PLANNER_WEBHOOK_URL" in planner("serve", "--help").out
