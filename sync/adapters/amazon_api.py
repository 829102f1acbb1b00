"""python-amazon-sp-api held to our rules. Needs requirements/amazon.txt: only `amazon` imports it, where it is used.

The package by itself takes a 502 with a web page for an empty answer, which would read as "no restrictions", has no
limit of size and keeps tokens in a cache of the process. So its transport, its reading of replies and its token cache
are replaced here; paths, parameters, regions and headers stay its own.
"""

import logging
import ssl
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
from sp_api.api import ListingsRestrictions  # type: ignore[import-untyped, import-not-found, unused-ignore]
from sp_api.auth import (  # type: ignore[import-untyped, import-not-found, unused-ignore]
    AccessTokenClient,
    AccessTokenResponse,
)
from sp_api.base import ApiResponse, Marketplaces  # type: ignore[import-untyped, import-not-found, unused-ignore]

from sync.adapters.amazon_answers import CONDITION, Unavailable, read_login, read_rate, read_restrictions

TOKEN_URL = "https://api.amazon.com/auth/o2/token"  # noqa: S105
MOST_BYTES = 1_000_000
# Seconds before its end at which a token is renewed.
TOKEN_MARGIN = 60.0

# At DEBUG the package logs the headers of its requests, the access token among them.
logging.getLogger("sp_api.base.client").addFilter(lambda record: record.levelno >= logging.INFO)


class Wire:
    """Sends requests for all sellers: no redirects, `timeout` seconds for a whole reply, at most MOST_BYTES of it."""

    def __init__(self, *, timeout: float, is_loopback: bool) -> None:
        self.verify: ssl.SSLContext | bool = not is_loopback and httpx.create_ssl_context()
        self._timeout = timeout
        self._client = httpx.Client(
            verify=self.verify, timeout=timeout, follow_redirects=False, trust_env=not is_loopback
        )

    def request(
        self, method: str, url: str, *, params: Any = None, data: Any = None, content: Any = None, headers: Any = None
    ) -> httpx.Response:
        """As `sp_api`'s transport. Raises Unavailable."""
        # Packed replies are not asked for: a small one could unpack to any size.
        sent = {**headers, "accept-encoding": "identity"}
        try:
            with self._client.stream(method, url, params=params, data=data, content=content, headers=sent) as reply:
                body = self._body(reply)
        except httpx.HTTPError as error:
            raise Unavailable(f"{urlsplit(url).hostname} did not answer ({type(error).__name__})") from error
        return httpx.Response(reply.status_code, headers=_plain(reply.headers), content=body)

    def close(self) -> None:
        self._client.close()

    def _body(self, reply: httpx.Response) -> bytes:
        until = time.monotonic() + self._timeout
        body = bytearray()
        for chunk in reply.iter_raw():
            body += chunk
            if len(body) > MOST_BYTES:
                raise Unavailable("it answered with far too much")
            if time.monotonic() > until:
                raise Unavailable("its answer took too long")
        return bytes(body)


class Login(AccessTokenClient):  # type: ignore[misc, unused-ignore]
    """One seller's access token, renewed before it ends."""

    def __init__(self, *, wire: Wire, url: str, clock: Callable[[], float], **options: Any) -> None:
        super().__init__(**options)
        self._transport.close()  # type: ignore[has-type, unused-ignore]
        self._transport = wire
        self._url = url
        self._clock = clock
        self._token = ""
        self._until = 0.0

    def get_auth(self) -> AccessTokenResponse:
        """Raises a Refusal."""
        if not self._token or self._clock() >= self._until:
            reply = self._transport.request("POST", self._url, data=self.data, headers=self.headers)
            self._token, lives = read_login(reply.status_code, reply.headers, reply.content)
            self._until = self._clock() + lives - TOKEN_MARGIN
        return AccessTokenResponse(access_token=self._token)

    def secrets(self) -> list[str]:
        """What must not be shown."""
        return [text for text in (self._token, self.cred.refresh_token, self.cred.client_secret) if text]


class Restrictions(ListingsRestrictions):  # type: ignore[misc, unused-ignore]
    """getListingsRestrictions for one seller and marketplace (a country code). Raises KeyError for an unknown one."""

    def __init__(
        self,
        *,
        credentials: Mapping[str, str],
        seller_id: str,
        marketplace: str,
        endpoint: str,
        token_url: str,
        wire: Wire,
        clock: Callable[[], float],
    ) -> None:
        place = Marketplaces[marketplace]
        super().__init__(
            place,
            refresh_token=credentials["refresh_token"],
            credentials=dict(credentials),
            verify=wire.verify,
            auth_token_client_class=partial(Login, wire=wire, url=token_url or TOKEN_URL, clock=clock),
        )
        self._transport.close()  # type: ignore[has-type, unused-ignore]
        self._transport = wire
        self._seller_id = seller_id
        # The package lets AWS_ENV and SP_API_DEFAULT_MARKETPLACE of the environment decide; Amazon's sandbox would
        # answer every question alike.
        self.endpoint = endpoint or place.endpoint.replace("//sandbox.", "//")
        self.marketplace_id = place.marketplace_id

    @property
    def headers(self) -> dict[str, str]:
        """The package's own, with the right host whatever the scheme. Raises a Refusal: it may have to sign in."""
        return {**super().headers, "host": urlsplit(self.endpoint).netloc}

    def ask(self, asin: str) -> tuple[list[Any], float | None]:
        """The restrictions on listing `asin` new, and the rate per second that Amazon allows. Raises a Refusal."""
        answer = self.get_listings_restrictions(
            asin=asin,
            sellerId=self._seller_id,
            marketplaceIds=self.marketplace_id,
            conditionType=CONDITION,
            reasonLocale="en_US",
        )
        return answer.payload["restrictions"], read_rate(answer.headers)

    def _check_response(self, res: httpx.Response, *_: object) -> ApiResponse:
        payload = read_restrictions(res.status_code, res.headers, res.content, secrets=self._auth.secrets())
        return ApiResponse(payload=payload, headers=res.headers)


def _plain(headers: httpx.Headers) -> list[tuple[str, str]]:
    """Without those that speak of the body's form on the way."""
    return [pair for pair in headers.items() if pair[0] not in ("content-encoding", "transfer-encoding")]
