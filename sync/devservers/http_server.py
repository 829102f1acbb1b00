"""The sockets: one server of threads on a loopback address, one request a connection."""

import ipaddress
import socketserver
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event
from urllib.parse import parse_qs, unquote

from sync.devservers.calls import Call, CallRefused, Reply
from sync.devservers.faults import Fault, travelling

LARGEST_BODY = 10 * 1024 * 1024
# The reply to a call with the fault that it travels under, if any.
Answer = Callable[[Call], tuple[Reply, Fault | None]]


class LoopbackServer(socketserver.ThreadingMixIn, HTTPServer):
    """A server of `answer`; requests that still wait when it stops end at once."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, answer: Answer, stopping: Event) -> None:
        self.answer = answer
        self.stopping = stopping
        super().__init__((host, port), Handler)

    def server_bind(self) -> None:
        """Without the look-up of the host's name that HTTPServer makes."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class Handler(BaseHTTPRequestHandler):
    """Reads a request, sends what `answer` gives, and closes."""

    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    server_version = "devservers"
    sys_version = ""
    timeout = 30  # seconds without a byte

    def do_GET(self) -> None:
        self.close_connection = True
        try:
            self._serve()
        except ConnectionError:
            self.log_error("The caller of %s left before the end.", self.path)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing here: requests are told by the log of the servers, without secrets."""

    def _serve(self) -> None:
        try:
            call = self._call()
        except CallRefused as refused:
            self.send_error(refused.status, refused.message)
            return
        reply, fault = self.server.answer(call)
        self._send(reply, fault)

    def _call(self) -> Call:
        headers = {name.lower(): value for name, value in self.headers.items()}
        # A name of the internet that leads to this machine is how foreign pages reach local servers.
        if not _is_local(headers.get("host", "")):
            raise CallRefused(HTTPStatus.MISDIRECTED_REQUEST, "These servers answer on loopback addresses only.")
        path, _, query = self.path.partition("?")
        return Call(
            method=self.command,
            path=path,
            segments=tuple(unquote(part) for part in path.split("/")[1:]),
            query=parse_qs(query, keep_blank_values=True),
            headers=headers,
            body=self._body(headers),
        )

    def _body(self, headers: Mapping[str, str]) -> bytes:
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
            raise CallRefused(HTTPStatus.LENGTH_REQUIRED, "Send the body with its Content-Length.")
        if int(length) > LARGEST_BODY:
            raise CallRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 10 MB.")
        return self.rfile.read(int(length))

    def _send(self, reply: Reply, fault: Fault | None) -> None:
        kind = fault.kind if fault else ""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if kind == "huge":
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        if fault is None or kind not in ("drip", "truncated", "huge"):
            # Headers and body in one piece, or the second would wait for the first to be acknowledged.
            self._headers_buffer.append(b"\r\n" + reply.body)  # type: ignore[attr-defined]
            self.flush_headers()
            return
        self.end_headers()
        for piece in travelling(reply.body, fault, self.server.stopping.wait):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if kind == "huge" else piece)
        if kind == "huge":
            self.wfile.write(b"0\r\n\r\n")


def _is_local(host: str) -> bool:
    """Whether a Host header, perhaps with a port, names a loopback address."""
    name = host.partition(":")[0]
    try:
        return name == "localhost" or ipaddress.IPv4Address(name).is_loopback
    except ValueError:
        return False
