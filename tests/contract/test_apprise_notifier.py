"""Messages through Apprise, to a service of its own kind on a real web server."""

import json
from urllib.parse import unquote

import pytest
from servers import WebServer

from salesreg.adapters.apprise import AppriseNotifier
from salesreg.errors import NotifierUrlError
from salesreg.ports import Delivered, Notifier, Permanent, Temporary
from salesreg.testing import NotifierContract
from salesreg.testing._records import message


@pytest.fixture
def server():
    with WebServer() as server:
        yield server


class TestApprise(NotifierContract):
    @pytest.fixture
    def notifier(self, server) -> Notifier:
        self.server = server
        return AppriseNotifier(f"json://127.0.0.1:{server.port}/{{address}}")

    def arrived(self, notifier: Notifier) -> list[tuple[str, str, str]]:
        told = [(unquote(path).strip("/"), json.loads(body)) for path, _, body in self.server.requests]
        return [(to, one["title"], one["message"]) for to, one in told]


def test_a_message_goes_to_the_recipients_address(server):
    notifier = AppriseNotifier.from_url(f"apprise:json://127.0.0.1:{server.port}/{{address}}")
    assert notifier.send(message(address="room7")) == Delivered()
    [(path, _, body)] = server.requests
    assert path == "/room7"
    told = json.loads(body)
    assert (told["title"], told["message"]) == ("Договор № 1", "Подпишите, пожалуйста.\nСпасибо!")
    for none in (None, "", "room7 room8", "room7,room8"):
        assert isinstance(notifier.send(message(address=none)), Permanent)
    assert len(server.requests) == 1


def test_a_room_needs_no_address(server):
    notifier = AppriseNotifier(f"json://127.0.0.1:{server.port}/room")
    assert notifier.send(message(address=None)) == Delivered()
    assert [path for path, _, _ in server.requests] == ["/room"]


def test_what_does_not_go_through_is_tried_again_with_the_reason(server):
    server.says = [(500, {})]
    told = AppriseNotifier(f"json://127.0.0.1:{server.port}").send(message())
    assert isinstance(told, Temporary)
    assert "500" in told.reason


def test_a_service_that_apprise_does_not_know_is_named():
    with pytest.raises(NotifierUrlError, match="no service such as pigeon://"):
        AppriseNotifier("pigeon://s3cret")
