"""`scrub.scrub`: secrets go, crash texts stay, the second time changes nothing, hostile text costs linear time."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.core.scrub import PATTERNS, Scrubbed, scrub

FRAMES = """\
example.com/acme/auth.(*Token).Verify(0xc000012345, {0x1f3a, 0x20})
\t/src/auth/token=4567/store.go:41 +0x1d
panic({0x45e1a0?, 0xc000014070?})
\t/usr/local/go/src/runtime/panic.go:884 +0x212
example.com/acme/pay.charge(4111111111111111, 0x4111111111111111, ...)
\t/home/ann lee/password=hunter2/api_key=abcdef/pay.go:7 +0x8a fp=0xc000 sp=0xc000 pc=0x47a2f1
github.com/user/x.Do[...](...)
\t/go/pkg/mod/github.com/user@v1.2.3/x.go:12
gopkg.in/mail%2ev2.Send({0xc0, 0x1})
\texample.com/vendor/ann@example.com/mail.go:3 +0x2b
created by example.com/acme/auth.(*Token).Refresh in goroutine 7
\tC:/users/bob@corp.example/secret=abcd/run.go:9 +0x2
"""
CRASH = f"""\
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x4111111111111111 pc=0x47a2f1]

goroutine 4111111111111111 gp=0xc000002380 m=0 mp=0x5a [running]:
{FRAMES}
goroutine 2 [chan receive, 12 minutes, locked to thread]:
{FRAMES}exit status 2
"""


def test_a_crash_without_secrets_stays_as_it_is() -> None:
    assert scrub(CRASH) == Scrubbed(CRASH, {})


def test_a_crash_inside_json_stays_as_it_is() -> None:
    escaped = CRASH.replace("\n", "\\n").replace("\t", "\\t")
    line = f'{{"level":"error","stack":"{escaped}","msg":"x"}}'
    assert scrub(line) == Scrubbed(line, {})


@pytest.mark.parametrize("prefix", ["2026-11-23T08:00:00Z stderr F ", "shop-1  | ", "<11>1 "])
def test_frames_behind_a_shippers_prefix_stay_as_they_are(prefix: str) -> None:
    text = "".join(
        f"{prefix}{line}\n" for line in CRASH.splitlines() if "4111111111111111, " not in line
    )
    assert scrub(text) == Scrubbed(text, {})


@pytest.mark.parametrize(
    "text",
    [
        "WARNING: DATA RACE\n  main.(*Token).set()\n      /src/token=4567/x.go:10 +0x44\n",
        "main.handle\n\t/src/password=hunter2/x.go:10\nmain.main\n\t/src/x.go:4",
        "#\t0x47a2f1\tmain.work+0x1d\t/src/token=4567/x.go:41",
        "1 @ 0x43a0 0x44b1 0x45c2 0x4111111111111111",
        "goroutine 7 [select, 3 minutes, synctest bubble 1]:",
    ],
)
def test_other_reports_of_the_runtime_stay_as_they_are(text: str) -> None:
    assert scrub(text) == Scrubbed(text, {})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("password=hunter2 user=bob", "password=[scrubbed:password] user=bob"),
        ("DB_PASSWORD=hunter2", "DB_PASSWORD=[scrubbed:password]"),
        ("password: hunter2", "password: [scrubbed:password]"),
        ("password = 'hunter 2' x", "password = '[scrubbed:password]' x"),
        ('"password":"x"', '"password":"[scrubbed:password]"'),
        (r"{\"password\":\"x\",\"a\":1}", r"{\"password\":\"[scrubbed:password]\",\"a\":1}"),
        (r'"password":"a\"b\\","x":1', r'"password":"[scrubbed:password]","x":1'),
        ("{User:bob Password:hunter2 Age:3}", "{User:bob Password:[scrubbed:password] Age:3}"),
        ('&{Password:"a b", X:1}', '&{Password:"[scrubbed:password]", X:1}'),
        ("map[password:hunter2 user:bob]", "map[password:[scrubbed:password] user:bob]"),
        ("map[user:bob password:hunter2]", "map[user:bob password:[scrubbed:password]]"),
        ("host=db,password=a;b,user=x", "host=db,password=[scrubbed:password],user=x"),
        ("password: secretword\n", "password: [scrubbed:password]\n"),
        ("GET /x?token=abc&user=bob", "GET /x?token=[scrubbed:token]&user=bob"),
        (r"?token=abc\u0026user=bob", r"?token=[scrubbed:token]\u0026user=bob"),
        ("Authorization: Bearer a.b.c123", "Authorization: Bearer [scrubbed:authorization]"),
        ("Authorization: Basic dTpw", "Authorization: Basic dTpw"),
        (
            "Authorization:[Bearer abcdef] X:[y]",
            "Authorization:[Bearer [scrubbed:authorization]] X:[y]",
        ),
        (
            '"authorization":["Bearer abcdef"]',
            '"authorization":["Bearer [scrubbed:authorization]"]',
        ),
        ("X-Api-Key: 0123456789ab", "X-Api-Key: [scrubbed:api_key]"),
        ("Cookie: a=b; sid=c", "Cookie: [scrubbed:cookie]"),
        ("map[Cookie:[a=b; c=d] X:[y]]", "map[Cookie:[[scrubbed:cookie]] X:[y]]"),
        ("Set-Cookie: sid=abc; Path=/", "Set-Cookie: [scrubbed:cookie]"),
        (
            "dial postgres://shop:p@ss@db:5432/x",
            "dial postgres://shop:[scrubbed:url_password]@db:5432/x",
        ),
        ("redis://:hunter2@cache:6379", "redis://:[scrubbed:url_password]@cache:6379"),
        (
            'goroutine 7 [running, {"token":"x"}]:',
            'goroutine 7 [running, {"token":"[scrubbed:token]"}]:',
        ),
        (
            "goroutine 7 [select]{password: hunter2}:",
            "goroutine 7 [select]{password: [scrubbed:password]}:",
        ),
        ('# labels: {"email":"ann@example.com"}', '# labels: {"email":"[scrubbed:email]"}'),
        ("mail to Ann <ann@example.com>.", "mail to Ann <[scrubbed:email]>."),
        (r"x\nann@example.com\ty", r"x\n[scrubbed:email]\ty"),
        ("card 4111-1111-1111-1111!", "card [scrubbed:card]!"),
        ("card=4111111111111111", "card=[scrubbed:card]"),
        ("amex 3782 822463 10005", "amex [scrubbed:card]"),
        ("AWS_SECRET_ACCESS_KEY=abc/def+ghi", "AWS_SECRET_ACCESS_KEY=[scrubbed:secret]"),
    ],
)
def test_a_secret_goes_and_its_surroundings_stay(text: str, wanted: str) -> None:
    assert scrub(text).text == wanted


@pytest.mark.parametrize(
    "text",
    [
        "invalid token: signature is invalid",
        "unexpected token: EOF",
        "wrong password: must not be empty",
        "password: crypto/bcrypt: hashedPassword is not the hash of the given password",
        "password=nil token=<nil> secret=%s api_key=${KEY} token=0xc000012345",
        'token_type="Bearer" max_tokens=100 tokens=12 token_count=3',
        "bearer authentication required",
        "basic authentication failed",
        "http: named cookie not present; invalid cookie: missing value",
        "PWD=/home/app bypass=1 compass=2 keyboard=3",
        "epoch 1764590400 1764590400123 1764590400123456 1764590400123456789",
        "order 4111111111111111 order_id=4111111111111111 id: 4111111111111111",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "00-41111111111111114111111111111111-4111111111111111-01",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8 12345678-1234-1234-1234-123456789012",
        "0x4111111111111111 4111111111111112 41111111111111110000 x4111111111111111 1.4111111111111111",
        "2026-11-23T08:00:00.123456789Z 2026-11-23 08:00:00",
        "git@github.com:acme/shop.git github.com/user@v1.2.3/x.go user@v1.2.3-rc.beta icon@2x.png",
        "http://db:5432/path@x https://example.com/a?b=c",
        "getty@tty1.service k8s_shop@sha256:abc",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert scrub(text) == Scrubbed(text, {})


KEY_LINES = "\n".join(["MIIEowIBAAKCAQEA7bqMIIEowIBAAKCAQEA7bqMIIEowIBAAKCAQEA7bq12345678"] * 3)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINES}\nQUJD\n-----END RSA PRIVATE KEY-----\nx",
            "K\nx",
        ),
        (
            f"a: -----BEGIN PRIVATE KEY-----\n{KEY_LINES}\n\ngoroutine 1 [running]:\nmain.main()",
            "a: K\n\ngoroutine 1 [running]:\nmain.main()",
        ),
        (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY_LINES}\nMIIEow", "K"),
        (
            f"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n{KEY_LINES}\n",
            "K\n",
        ),
        (
            r"-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq\nQUJD\n-----END PRIVATE KEY-----\n",
            r"K\n",
        ),
        ("-----BEGIN PRIVATE KEY----- MIIEowIBAAKCAQEA7bq -----END PRIVATE KEY----- x", "K x"),
        (
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nMIIEowIBAAKCAQEA7bq\n-----END PGP PRIVATE KEY BLOCK-----",
            "K",
        ),
    ],
)
def test_a_private_key_goes_whole_even_when_its_end_is_missing(text: str, wanted: str) -> None:
    assert scrub(text).text == wanted.replace("K", "[scrubbed:private_key]")


def test_a_key_that_is_cut_off_by_frames_leaves_them() -> None:
    text = f"panic: -----BEGIN PRIVATE KEY-----\n{KEY_LINES}\n" + FRAMES
    assert scrub(text).text == "panic: [scrubbed:private_key]\n" + FRAMES


def test_counts_are_by_name_and_add_up() -> None:
    done = scrub("password=a password=b ann@example.com")
    assert done.counts == {"password": 2, "email": 1}


PIECES = st.one_of(
    st.sampled_from([pattern.example for pattern in PATTERNS]),
    st.sampled_from([needle for pattern in PATTERNS for needle in pattern.needles]),
    st.sampled_from(
        [
            *FRAMES.splitlines(keepends=True),
            "[scrubbed:token]",
            "[scrubbed:",
            "]",
            "\\n",
            '\\"',
            "\\",
        ]
    ),
    st.sampled_from(list(" \n\t:=\"'&;,@/.[](){}-_0aZ")),
    st.text(max_size=5),
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@settings(max_examples=1000)
@given(TEXTS)
def test_scrubbing_twice_changes_and_counts_nothing_more(text: str) -> None:
    once = scrub(text)
    assert scrub(once.text) == Scrubbed(once.text, {})


@given(st.text(st.characters()))
def test_any_text_can_be_scrubbed(text: str) -> None:
    once = scrub(text)
    assert scrub(once.text) == Scrubbed(once.text, {})
    assert (once.text == text) == (not once.counts)


@given(TEXTS)
def test_frames_stay_whatever_stands_around_them(text: str) -> None:
    assert ("\n" + FRAMES) in scrub(f"{text}\n{FRAMES}\n{text}").text


def _file_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if re.match(r"\t.*\.(go|s):\d+( \+0x\w+)?$", line)]


CORPUS = Path(__file__).resolve().parents[4] / "tests" / "golden"


@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("*/input*.txt")), ids=lambda path: path.parent.name
)
def test_recorded_crashes_keep_their_frames(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    assert _file_lines(scrub(text).text) == _file_lines(text)


HOSTILE = [
    *(pattern.example + " " for pattern in PATTERNS),
    *(needle for pattern in PATTERNS for needle in pattern.needles),
    *"a0@=:\"'\\\n\t ([{-_.",
    "password=", 'password="', "password: ", "password: a ", "password\\", "token: a ", "token:a ", "token" + " " * 60,
    "token=,", "token=,a", "=,aaaa", "a@", "a@b.", "a.b@", "@tcp(", "a:b@tcp(", "a:" * 60 + "@tcp(", "x://", "://a:",
    "://a:b@", "4111", "4111 ", "4111-", "-----BEGIN PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n\n\n",
    "-----BEGIN PRIVATE KEY-----QUJD", "cookie: a=", "cookie=a; ", "authorization: bearer ",
    "authorization: ", "eyJaaaaa.", "[scrubbed:", "[scrubbed:x]", '\\"',
    "token\\n", "\\n\\t/a.go:1", "\n\t/a.go:1", "\t/a.go:1", "f(0x1)\n", "f(",
    "goroutine 1 [", "created by ", "sk-a", "glpat-a", '"password":"\\"', '\\"password\\":\\"\\\\', "password=b\n",
    "İtoken=", "İtoken=b ", "#\t0x1\tİtoken=",
]  # fmt: skip
MEGABYTE = 1_000_000
# A thousand times slower than ordinary text and still no catastrophe; quadratic behaviour takes minutes.
SLOWEST_SECONDS_PER_MEGABYTE = 20


@pytest.mark.parametrize("unit", dict.fromkeys(HOSTILE), ids=repr)
@pytest.mark.parametrize(
    "before",
    ["", "password: ", "#\t0x1\t"],
    ids=["alone", "after a name", "in a long protected line"],
)
def test_hostile_text_costs_linear_time(unit: str, before: str) -> None:
    small, large = (
        before + (unit * (size // len(unit) + 1))[:size]
        for size in (MEGABYTE // 256, MEGABYTE // 32)
    )
    started = time.process_time()
    scrub(small)
    middle = time.process_time()
    scrub(large)
    ended = time.process_time()
    # Eight times as much text: linear is 8, quadratic 64; small runs are lost in noise.
    assert ended - middle < max(0.5, 30 * (middle - started))
    assert ended - middle < SLOWEST_SECONDS_PER_MEGABYTE / 32


def test_a_megabyte_of_everything_hostile_costs_linear_time() -> None:
    runs = "".join((unit * (MEGABYTE // len(HOSTILE) // len(unit) + 1)) for unit in HOSTILE)
    mixed = "".join(HOSTILE) * (MEGABYTE // len("".join(HOSTILE)))
    for text in (runs, mixed):
        assert len(text) > 0.9 * MEGABYTE
        assert _seconds(text) < SLOWEST_SECONDS_PER_MEGABYTE


@settings(max_examples=30, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=6).map("".join).filter(bool))
def test_any_repeated_text_costs_linear_time(unit: str) -> None:
    text = (unit * (MEGABYTE // 8 // len(unit) + 1))[: MEGABYTE // 8]
    started = time.process_time()
    scrub(text)
    assert time.process_time() - started < SLOWEST_SECONDS_PER_MEGABYTE / 8


def _seconds(text: str) -> float:
    started = time.process_time()
    scrub(text)
    return time.process_time() - started
