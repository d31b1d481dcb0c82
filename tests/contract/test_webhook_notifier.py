"""Messages as a program behind a webhook gets them, and what its answers mean."""

import base64
import datetime as dt
import hashlib
import hmac
import json
from email.utils import format_datetime

import pytest
from servers import WebServer, closed_port, trusting

from salesreg.adapters.webhook import WebhookNotifier, signature
from salesreg.errors import NotifierUrlError
from salesreg.ports import Delivered, Notifier, Permanent, Temporary, Unknown
from salesreg.testing import NotifierContract
from salesreg.testing._records import message

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def server():
    with WebServer() as server:
        yield server


@pytest.fixture
def notifier(server):
    return WebhookNotifier(f"http://127.0.0.1:{server.port}/hook?firm=1", secret=SECRET, timeout=5)


class TestWebhook(NotifierContract):
    @pytest.fixture
    def notifier(self, server) -> Notifier:
        self.server = server
        return WebhookNotifier(f"http://127.0.0.1:{server.port}", secret=SECRET, timeout=5)

    def arrived(self, notifier: Notifier) -> list[tuple[str, str, str]]:
        told = [json.loads(body) for _, _, body in self.server.requests]
        return [(one["address"] or one["to"], one["subject"], one["text"]) for one in told]


def test_a_message_is_posted_whole(server, notifier):
    assert notifier.send(message(name="Анна")) == Delivered()
    [(path, headers, body)] = server.requests
    assert (path, headers["Content-Type"]) == ("/hook?firm=1", "application/json")
    told = json.loads(body)
    assert (told["to"], told["name"], told["address"]) == ("anna", "Анна", "anna@firm.example")
    assert (told["subject"], told["payload"]["client"]) == ("Договор № 1", "ООО «Ромашка»")


def test_whoever_has_the_secret_can_tell_that_it_is_ours(server, notifier):
    """Worked out by hand, as a receiver in any language does."""
    notifier.send(message())
    [(_, headers, body)] = server.requests
    assert abs(int(headers["webhook-timestamp"]) - dt.datetime.now(dt.UTC).timestamp()) < 300
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = hmac.new(base64.b64decode(SECRET.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"
    other = signature("another", headers["webhook-id"], headers["webhook-timestamp"], body)
    assert other != headers["webhook-signature"]


def test_a_message_sent_again_has_the_same_key(server, notifier):
    for one in (message(), message(), message(2), message(id="дело:1:anna\r\nX: y")):
        assert notifier.send(one) == Delivered()
    keys = [headers["Idempotency-Key"] for _, headers, _ in server.requests]
    assert keys[:3] == ["c-1:1:anna", "c-1:1:anna", "c-1:2:anna"]
    assert keys[3] == "%D0%B4%D0%B5%D0%BB%D0%BE:1:anna%0D%0AX: y"
    assert [headers["webhook-id"] for _, headers, _ in server.requests] == keys


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (200, Delivered), (202, Delivered), (301, Permanent), (307, Permanent), (400, Permanent), (401, Temporary),
        (404, Permanent), (408, Temporary), (410, Permanent), (422, Permanent), (429, Temporary), (500, Temporary),
        (503, Temporary), ("drop", Unknown),
    ],
)  # fmt: skip
def test_what_it_answers_counts(server, notifier, answer, outcome):
    server.says = [(answer, {"Location": "/elsewhere"}) if isinstance(answer, int) else answer]
    told = notifier.send(message())
    assert type(told) is outcome
    assert outcome is Delivered or str(answer) in told.reason or answer == "drop"
    assert [path for path, _, _ in server.requests] == ["/hook?firm=1"]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("0", 0), ("99999999999999", 86400), ("-5", None), ("soon", None), ("", None), ("²", None)],
)
def test_it_says_when_to_try_again(server, notifier, said, seconds):
    server.says = [(429, {"Retry-After": said})]
    pause = notifier.send(message()).retry_after
    assert pause == (None if seconds is None else dt.timedelta(seconds=seconds))


def test_it_says_by_a_date_when_to_try_again(server, notifier):
    server.says = [
        (503, {"Retry-After": format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=9), usegmt=True)})
    ]
    assert dt.timedelta(minutes=8) < notifier.send(message()).retry_after <= dt.timedelta(minutes=9)


def test_one_that_does_not_answer_leaves_it_unknown(server):
    server.says = ["hang"]
    quick = WebhookNotifier(f"http://127.0.0.1:{server.port}", secret=SECRET, timeout=0.2)
    assert isinstance(quick.send(message()), Unknown)


def test_one_that_is_down_is_tried_again():
    with closed_port() as port:
        assert isinstance(WebhookNotifier(f"http://127.0.0.1:{port}", secret="s").send(message()), Temporary)


def test_a_certificate_that_nobody_vouches_for_is_not_taken():
    with WebServer(tls=True) as server:
        url = f"https://localhost:{server.port}/"
        assert isinstance(WebhookNotifier(url, secret="s", timeout=5).send(message()), Temporary)
        assert WebhookNotifier(url, secret="s", timeout=5, context=trusting()).send(message()) == Delivered()
        assert len(server.requests) == 1


def test_the_secret_stands_in_the_address(server):
    notifier = WebhookNotifier.from_url(f"http://:whsec_a%2Fb=@127.0.0.1:{server.port}/hook")
    assert notifier.send(message()) == Delivered()
    [(path, headers, body)] = server.requests
    assert path == "/hook"
    assert "Authorization" not in headers
    named = headers["webhook-id"], headers["webhook-timestamp"]
    assert headers["webhook-signature"] == signature("whsec_a/b=", *named, body)
    assert repr(notifier) == "WebhookNotifier('127.0.0.1')"


@pytest.mark.parametrize("url", [
    "https://host/path", "ftp://:s3cret@host/", "https://:s3cret@/path", "https://:whsec_s3cret@host/", "https://:s3/cret@host/",
    "https://:s3cret@[host/", "https://:s3cret@host/путь", "https://:s3cret@ho st/", "https://:s3cret@host/a b",
    f"https://:s3cret@{'x' * 70}.example/", "https://:s3cret@host:99999/",
])  # fmt: skip
def test_an_address_that_names_no_webhook_says_what_would(url):
    with pytest.raises(NotifierUrlError, match="reads https://:secret@host/path") as wrong:
        WebhookNotifier.from_url(url)
    assert "s3" not in str(wrong.value)


def test_some_time_is_needed():
    with pytest.raises(NotifierUrlError, match="silent for some seconds"):
        WebhookNotifier("https://host", secret="s", timeout=0)
