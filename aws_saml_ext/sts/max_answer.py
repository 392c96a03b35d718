"""The longest answer that is read: whoever answers as STS cannot fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

MAX_ANSWER_BYTES = 2 * 1024 * 1024
"""STS answers with a few thousand bytes; the names of 10,000 buckets are 1.5 MiB."""

_CHUNK_BYTES = 64 * 1024


def limit(client: Any) -> None:
    """Let a client of botocore read no more than `MAX_ANSWER_BYTES` of each answer.

    A longer one is cut, so botocore finds that it is no answer of AWS. botocore itself has no
    limit, and the client's HTTP session is no public part of it.
    """
    client._endpoint.http_session = limited(client._endpoint.http_session)


def limited(session: Any) -> _Session:
    """Return an HTTP session of botocore that reads no more of an answer."""
    return _Session(session)


class _Session:
    """A `botocore.httpsession.URLLib3Session` that reads answers up to the limit."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Send a request; raise what botocore's own session does."""
        from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
        from urllib3.exceptions import HTTPError
        from urllib3.exceptions import ReadTimeoutError as TooSlow

        request.stream_output = True  # leaves the body to us
        answer: AWSResponse = self._session.send(request)
        answer.raw = _Beginning(answer.raw)
        try:
            answer.content  # noqa: B018 - reads it, here and once
        except TooSlow as error:
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except (HTTPError, OSError) as error:
            raise ConnectionClosedError(
                endpoint_url=request.url, request=request, error=error
            ) from error
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


class _Beginning:
    """The beginning of a body that `urllib3` reads."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def stream(self) -> Iterator[bytes]:
        """Yield the chunks of the body, up to the limit; then close the connection."""
        left = MAX_ANSWER_BYTES
        for chunk in self._raw.stream(_CHUNK_BYTES):
            yield chunk[:left]
            left -= len(chunk)
            if left <= 0:
                self._raw.close()
                return
