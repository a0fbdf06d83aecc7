"""What both Python suites need: the emulator that the driver started, others with settings of their own, and a place
for webhooks to arrive at."""

import json
import os
import queue
import re
import subprocess
import threading
import urllib.error
import urllib.request
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MORE_INFO = "https://getstream.io/chat/docs/api_errors_response"


@dataclass(frozen=True)
class Emulator:
    """Where an emulator listens, and what it takes for a key and a secret."""

    base_url: str
    api_key: str
    api_secret: str


#: The one that all tests share. Tests use ids of their own, and change nothing that others see.
SHARED = Emulator(
    os.environ["STREAM_BASE_URL"],
    os.environ["STREAM_API_KEY"],
    os.environ["STREAM_API_SECRET"],
)


@contextmanager
def emulator(*arguments):
    """Another emulator, with more arguments on its command line, for as long as the block lasts."""
    command = [
        os.environ["STREAM_USERS_EMULATOR"],
        "--listen=127.0.0.1:0",
        f"--api-key={SHARED.api_key}",
        f"--api-secret={SHARED.api_secret}",
        *arguments,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline().strip()
            assert first.startswith("listening on "), first
            base_url = first.removeprefix("listening on ")
            yield Emulator(base_url, SHARED.api_key, SHARED.api_secret)
        finally:
            process.kill()


def unique(what="user"):
    """An id that no other test has."""
    return f"{what}-{uuid.uuid4().hex}"


def uniques(count, what="user"):
    """Several such ids, in the order of the alphabet."""
    stem = unique(what)
    return [f"{stem}-{number:03}" for number in range(count)]


def check_envelope(body, status):
    """All six fields of an error are there, and of their types."""
    assert body["StatusCode"] == status
    assert isinstance(body["code"], int)
    assert isinstance(body["message"], str)
    assert re.fullmatch(r"0|\d+\.\d+ms", body["duration"]), body["duration"]
    assert body["more_info"] == MORE_INFO
    assert body["details"] == []


def check_message(message, operation, text):
    """`text` is what stands between the quotes: a string for all of it, a pattern for a part of it, or nothing where
    nobody has published the words."""
    head, tail = f'{operation} failed with error: "', '"'
    assert message.startswith(head) and message.endswith(tail), message
    inner = message[len(head) : -len(tail)]
    if isinstance(text, re.Pattern):
        assert text.search(inner), inner
    elif text is not None:
        assert inner == text


@dataclass(frozen=True)
class Delivery:
    """A webhook as it arrived."""

    headers: dict
    body: bytes


class Receiver:
    """A server that webhooks are sent to."""

    def __init__(self, statuses):
        deliveries = self._deliveries = queue.Queue()
        statuses = iter(statuses)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                deliveries.put(Delivery(headers, body))
                self.send_response(next(statuses, 200))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def next(self):
        """The next delivery; fails where none comes."""
        return self._deliveries.get(timeout=20)

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiver(statuses=()):
    """A receiver that answers with these statuses, and with 200 afterwards."""
    server = Receiver(statuses)
    try:
        yield server
    finally:
        server.close()


def plant(data, target=SHARED):
    """Puts channels, messages, reactions and locations into an emulator, which no operation on users makes."""
    _control("seed", data, target)


def advance(by, target):
    """Moves an emulator's clock ahead."""
    _control("clock", {"advance": by}, target)


def _control(what, data, target):
    request = urllib.request.Request(
        f"{target.base_url}/_emulator/{what}",
        data=json.dumps(data).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def download(url):
    """The status and the text of what is at an address."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
