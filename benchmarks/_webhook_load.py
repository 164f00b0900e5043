"""Deliveries of GitHub for the benchmark of the webhook endpoint, and a client that posts them on several connections.

In: a number, a port. Out: signed requests, each of another push; which of them were answered with 200.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_hex
from typing import Final

SECRET: Final = token_hex()
VARIABLE: Final = "PANICTRAIL_WEBHOOK_GITHUB_SECRET"
"""Where a server finds the secret."""
CONNECTIONS: Final = 32
_OWNER: Final = {
    "login": "acme",
    "id": 1,
    "node_id": "MDEyOk9yZ2FuaXphdGlvbjE=",
    "type": "Organization",
    "site_admin": False,
}
# GitHub repeats some forty addresses in every delivery: most of a delivery is this.
_PARTS: Final = (
    "forks keys collaborators teams hooks issue_events events assignees branches tags blobs git_tags git_refs trees "
    "statuses languages stargazers contributors subscribers subscription commits git_commits comments issue_comment "
    "contents compare merges archive downloads issues pulls milestones notifications labels releases deployments"
)


def _sha(word: str) -> str:
    return hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest()


def push(number: int) -> bytes:
    """A push of three commits: about 7 KB, as GitHub's are."""
    repo = {
        "id": 42,
        "name": "shop",
        "full_name": "acme/shop",
        "private": True,
        "owner": _OWNER,
        "default_branch": "main",
        "pushed_at": 1_790_000_000 + number,
        **{
            f"{part}_url": f"https://api.github.com/repos/acme/shop/{part}{{/id}}"
            for part in _PARTS.split()
        },
    }
    person = {"name": "Ada", "email": "ada@example.com", "username": "ada"}
    commits = [
        {
            "id": _sha(f"{number}.{i}"),
            "tree_id": _sha(f"tree {number}.{i}"),
            "distinct": True,
            "message": f"cart: change {number}.{i}\n\nA second line says why.",
            "timestamp": "2026-11-23T08:00:00Z",
            "url": f"https://github.com/acme/shop/commit/{_sha(f'{number}.{i}')}",
            "author": person,
            "committer": person,
            "added": [],
            "removed": [],
            "modified": [f"cart/store_{i}.go", "go.mod"],
        }
        for i in range(3)
    ]
    body = {
        "ref": "refs/heads/main",
        "before": _sha(f"{number - 1}.2"),
        "after": commits[-1]["id"],
        "repository": repo,
        "pusher": person,
        "sender": _OWNER,
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"https://github.com/acme/shop/compare/{number}",
        "commits": commits,
        "head_commit": commits[-1],
    }
    return json.dumps(body).encode()


def request(number: int) -> bytes:
    """The whole request of a delivery; `number` is its id."""
    body = push(number)
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/github HTTP/1.1\r\nHost: hooks.example.com\r\nUser-Agent: GitHub-Hookshot/044aadd\r\n"
        f"Accept: */*\r\nContent-Type: application/json\r\nX-GitHub-Delivery: {number}\r\n"
        "X-GitHub-Event: push\r\nX-GitHub-Hook-ID: 292430182\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def post(
    port: int, first: int, requests: Sequence[bytes], connections: int = CONNECTIONS
) -> set[int]:
    """Post them, several at a time; the numbers of those that were answered with 200 before the server went away."""
    answered: set[int] = set()
    waiting = iter(enumerate(requests, first))

    async def connection() -> None:
        with suppress(OSError, EOFError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for number, each in waiting:
                writer.write(each)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                await reader.readexactly(length)
                if head.startswith(b"HTTP/1.1 200 "):
                    answered.add(number)
            writer.close()

    await asyncio.gather(*(connection() for _ in range(connections)))
    return answered
