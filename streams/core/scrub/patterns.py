r"""What counts as a secret, as data: an ordered tuple; an earlier pattern wins where two overlap.

In: nothing, or user patterns from configuration. Out: `Pattern` values. A built-in regex is tried only where one
of its literal needles stands; its work is bounded or consumed, so hostile text costs linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import ascii_letters, digits
from typing import Final

import msgspec

from streams.core.scrub.validators import VALIDATORS, ValidatorName


class Regex:
    """A regular expression that is compiled when it is first tried; most runs never try most of them.

    Compiling all built-in patterns costs 25 ms, a quarter of what a run over one small file may take.
    """

    __slots__ = ("_compiled", "_flags", "_source")

    def __init__(self, source: str, flags: int = 0) -> None:
        """Nothing is compiled yet."""
        self._source = source
        self._flags = flags
        self._compiled: re.Pattern[str] | None = None

    def compiled(self) -> re.Pattern[str]:
        """The compiled expression. Raises re.error the first time if it is none."""
        if self._compiled is None:
            self._compiled = re.compile(self._source, self._flags)
        return self._compiled

    def match(self, text: str, start: int, end: int) -> re.Match[str] | None:
        """As re.Pattern.match."""
        return self.compiled().match(text, start, end)

    def search(self, text: str, start: int) -> re.Match[str] | None:
        """As re.Pattern.search."""
        return self.compiled().search(text, start)


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of secret: a marker takes the place of `group`, everything around it is kept.

    `group` None means the last group that took part, else the whole match. `needles` are literals in lower case
    with every digit written as 0, and `follow` is a regex for what must stand behind them; the pattern is matched
    where a needle stands, or where the run of `lead` characters before it begins. Without needles (user
    patterns) all text is searched. The validator sees the replaced part.
    """

    name: str
    regex: Regex
    group: str | int | None = None
    needles: tuple[str, ...] = ()
    follow: str = ""
    lead: str = ""
    multiline: bool = False
    validator: ValidatorName | None = None
    example: str = ""

    def secret(self, match: re.Match[str]) -> tuple[int, int] | None:
        """Where the secret of a match stands; None if the match is no secret after all."""
        group = (match.lastindex or 0) if self.group is None else self.group
        start, end = match.span(group)
        if start >= end:
            return None
        if self.validator and not VALIDATORS[self.validator](match.string[start:end]):
            return None
        return start, end


# A token begins here: not inside a longer word, or right after an escaped line break or tab (`\n`, `\r`, `\t`).
_EDGE: Final = r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrt]))"
_NO_MORE: Final = r"(?![A-Za-z0-9_])"

# A quoted value without its quotes: plain, escaped once as JSON in JSON does (`\"`), or more often. No closing
# quote is asked for: a text that was cut off is scrubbed too, and nothing is scanned twice.
_QUOTED: Final = (
    r"""(?:"((?:[^"\\\n]|\\[^\n])+)|'((?:[^'\\\n]|\\[^\n])+)|`([^`\n]+)"""
    r"""|\\["']((?:[^"\\\n]|\\\\(?:\\\\|\\["']|[^\\"\n]))+)|\\{2,}["']([^"'\\\n]+))"""
)
# An unquoted value ends at white space, quotes, `&` and `\`; at `,;)]}` unless more of a value follows that does
# not look like the next `key=`.
_ENDS: Final = r"""\s&"'`\\<>,;)\]}"""
_PLAIN: Final = rf"""(?:[^{_ENDS}]|[,;)\]}}](?=\w)(?!\w++\\*["']?[=:]))"""
# What stands where a value would but tells nothing: nil, verbs, placeholders, pointers, masks, schemes.
_NOTHING: Final = (
    r"(?!(?:nil|<nil>|null|none|true|false|undefined|empty|\?|%[+#]?[a-z]|\$\d|\$?\{[^\s}]*\}?|\*{3,}|\.{3}"
    rf"|0x[0-9a-f]+|bearer|basic)(?:[{_ENDS}]|\Z))(?![\[{{])"
)
_BARE: Final = rf"{_NOTHING}({_PLAIN}+)"
# After `name: ` prose is likelier than a value: `password: must not be empty`, `password: crypto/bcrypt: …`.
_NOT_PROSE: Final = (
    r"""(?![A-Za-z/'-]++(?::(?:[ \t]|$)|[ \t]+[A-Za-z]++(?![\w.-]*+\\*["']?[ \t]*[=:])))"""
)
# What a generated credential looks like and a word does not: six characters or more with a digit, or sixteen.
_OPAQUE: Final = rf"(?=[^{_ENDS}]{{6}})(?=[^{_ENDS}]{{0,63}}\d|[^{_ENDS}]{{16}})"


def _field(words: str, after_equals: str, after_colon: str) -> Regex:
    """A named field: `name=value`, `name: value`, `"name":"value"`, `name:[value]`, `Name:"value"`, escaped or not.

    The two extra conditions hold for unquoted values. Names exclude what follows a `/`: that is a folder.
    """
    return Regex(
        rf"""(?:{words})\\*["']?[ \t]*(?![:=>]{{1,2}}[ \t]?\[scrubbed:)(?:"""
        rf"(?:=>|:?=)[ \t]*+\[?+(?:{_QUOTED}|{after_equals}{_BARE})"
        rf"|:\[?+(?:{_QUOTED}|{after_colon}{_BARE})"
        rf"|:[ \t]++\[?+(?:{_QUOTED}|{_NOT_PROSE}{after_colon}{_BARE}))",
        re.IGNORECASE | re.ASCII,
    )


def _token(pattern: str) -> Regex:
    return Regex(f"{_EDGE}{pattern}{_NO_MORE}", re.ASCII)


_BREAK: Final = r"(?:\s|\\+[nrt])"
_PEM: Final = (
    r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----"
    rf"(?:{_BREAK}{{1,4}}(?:Proc-Type|DEK-Info|Version|Comment): ?[^\n\\]{{0,120}})*+"
    rf"(?:{_BREAK}{{1,40}}[A-Za-z0-9+/=]{{16,}}(?![^\s\\\"'`,)\]}}-])|{_BREAK}{{1,4}}[A-Za-z0-9+/]{{1,15}}=*\s*\Z)*+"
    rf"(?:{_BREAK}{{0,40}}(?:[A-Za-z0-9+/=]{{1,15}}{_BREAK}{{1,4}})?-----END (?:[A-Z0-9]+ ){{0,4}}"
    r"PRIVATE KEY(?: BLOCK)?-----)?"
)
# What follows the name of a field in the shape of a text (lower case, digits as 0).
_FIELD_FOLLOW: Final = r"""(?:_?hash|s)?0?[\\"' \t]{0,40}[:=]"""
_SCHEMES: Final = r"(?:bearer|basic|token|digest|negotiate|apikey|bot|aws4-hmac-sha256)"
# The longest run of `lead` characters that is looked at.
MAX_LEAD: Final = 128
_WORD: Final = ascii_letters + digits + "_.-"
_CARD: Final = (
    # A number that a name calls an id, or that hangs on a longer token, is no card.
    r"(?:(?<![\w.+/#-])|(?<=\\[nrt]))(?<!id=)(?<!id:)(?<!id: )(?<!id\":)(?<!id\": )(?<!id\":\")(?<!id\": \")"
    r"(?<!order )(?<!order #)(?<!goroutine )"
    r"(\d{15,16}|\d{4}(?:([ -])\d{4}(?:\2\d{4}){1,2}(?:\2\d{1,3})?|[ -]\d{6}[ -]\d{4,5}))"
    r"(?![\w-]|[.:/]\w)"
)

PATTERNS: Final[tuple[Pattern, ...]] = (
    Pattern(
        name="private_key",
        regex=Regex(_PEM, re.ASCII),
        needles=("-----begin ",),
        multiline=True,
        example="-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq\n-----END RSA PRIVATE KEY-----",
    ),
    Pattern(
        name="authorization",
        regex=Regex(
            r"""authorization\\*["']?[ \t]*(?:=>|:?=|:)[ \t]*+\[?+\\*+["']?+"""
            rf"(?:(?:digest|aws4-hmac-sha256)[ \t]++([^\n\]\\]+)"
            rf"|(?:{_SCHEMES}[ \t]++)?+(?!{_SCHEMES}[ \t]*(?:[{_ENDS}]|\Z))([^\s\"',;\]\\}}]{{6,}}))",
            re.IGNORECASE | re.ASCII,
        ),
        needles=("authorization",),
        follow=_FIELD_FOLLOW,
        example="Authorization: Bearer 2YotnFZFEjr1zCsicMWpAA",
    ),
    Pattern(
        name="bearer",
        regex=Regex(r"bearer(?:[ \t]|%20|\+)++([\w.~+/=-]{8,})", re.IGNORECASE | re.ASCII),
        needles=("bearer",),
        follow=r"[ \t%+]",
        validator="opaque",
        example="bearer 2YotnFZFEjr1zCsicMWpAA",
    ),
    Pattern(
        name="basic",
        regex=Regex(r"basic[ \t]++([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE | re.ASCII),
        needles=("basic ",),
        validator="basic",
        example="Basic YWxhZGRpbjpvcGVuc2VzYW1l",
    ),
    Pattern(
        name="cookie",
        regex=Regex(
            r"cookies?+\d?(?:"
            rf"""\\*["'][ \t]*[:=][ \t]*\[?+{_QUOTED}"""
            rf"|[ \t]*:[ \t]*\[?+([^\s=;,\"'\\\]]{{1,128}}=[^\s;\"'\\\]]*+(?:;[ \t]*+[^\s;\"'\\\]]++)*)"
            rf"|=([^\s;\"'\\\]]++(?:;[ \t]*+[^\s;\"'\\\]]++)*))",
            re.IGNORECASE | re.ASCII,
        ),
        needles=("cookie",),
        follow=_FIELD_FOLLOW,
        example="Set-Cookie: sid=8f3a1c; Path=/; HttpOnly",
    ),
    Pattern(
        name="jwt",
        regex=_token(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*+)?"),
        needles=("eyj",),
        example="eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
    ),
    Pattern(
        name="aws_key_id",
        regex=_token(r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
        needles=("akia", "asia"),
        example="AKIAIOSFODNN7EXAMPLE",
    ),
    Pattern(
        name="google_key",
        regex=_token(r"(?:AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})"),
        needles=("aiza", "ya00.", "gocspx-"),
        example="AIzaSyA1234567890abcdefghijklmnopqrstuv",
    ),
    Pattern(
        name="github_token",
        regex=_token(r"(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,})"),
        needles=("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        example="ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    ),
    Pattern(
        name="gitlab_token",
        regex=_token(r"gl(?:pat|dt|rt|cbt|ptt|ft|soat)-[\w.-]{16,}"),
        needles=("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-"),
        example="glpat-A1b2C3d4E5f6G7h8I9j0",
    ),
    Pattern(
        name="slack_token",
        regex=Regex(
            rf"{_EDGE}(?:xox[abceoprs]-[\w-]{{10,}}|xapp-[\w-]{{10,}})|(?<=hooks\.slack\.com/)services/([\w/-]{{10,}})",
            re.ASCII,
        ),
        needles=(
            "xoxa-",
            "xoxb-",
            "xoxc-",
            "xoxe-",
            "xoxo-",
            "xoxp-",
            "xoxr-",
            "xoxs-",
            "xapp-",
            "services/t",
        ),
        example="xoxb-" + "123456789012-abcdefGHIJKL",
    ),
    Pattern(
        name="stripe_key",
        regex=Regex(r"(?:(?<=[sr])k_(?:live|test)_|whsec_)([A-Za-z0-9+/=]{10,})", re.ASCII),
        needles=("k_live_", "k_test_", "whsec_"),
        example="sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    ),
    Pattern(
        name="npm_token",
        regex=_token(r"npm_[A-Za-z0-9]{36,}"),
        needles=("npm_",),
        example="npm_abcdefghijklmnopqrstuvwxyz0123456789",
    ),
    Pattern(
        name="pypi_token",
        regex=_token(r"pypi-[\w-]{30,}"),
        needles=("pypi-",),
        example="pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDA",
    ),
    Pattern(
        name="ai_key",
        regex=_token(r"sk-(?:ant-|proj-|svcacct-)?(?=[\w-]{0,40}\d)[\w-]{32,}"),
        needles=("sk-",),
        example="sk-ant-api03-abcdefghijklmnopqrstuvwxyz012345",
    ),
    Pattern(
        name="url_password",
        regex=Regex(r""":(?:\\?/){2}[^\s/@:"'`<>\\]{0,256}:([^\s/"'`<>\\]{1,256})@""", re.ASCII),
        needles=("://", ":\\/\\/"),
        follow=r"[^/@\s]{1,300}@",
        example="postgres://shop:hunter2@db:5432/shop",
    ),
    Pattern(
        name="url_user",
        regex=Regex(r""":(?:\\?/){2}([^\s/@:"'`<>\\]{16,256}):?@""", re.ASCII),
        needles=("://", ":\\/\\/"),
        follow=r"[^/@\s]{1,300}@",
        validator="opaque",
        example="https://0123456789abcdef0123456789abcdef@sentry.example.com/1",
    ),
    Pattern(
        name="dsn_password",
        regex=Regex(rf"[^:@]*+:([^@]{{1,{MAX_LEAD}}})@(?:tcp|unix)\(", re.ASCII),
        needles=("@tcp(", "@unix("),
        lead=_WORD + "!#$%&*+,;<=>?^|~(){}[]:",
        example="shop:hunter2@tcp(db:3306)/shop",
    ),
    Pattern(
        name="password",
        regex=_field(
            r"(?<!/)(?:pass(?:word|wd|phrase)(?:_?hash)?\d?|(?<![A-Za-z])(?:pass|pwd(?!=/)))",
            "",
            "",
        ),
        needles=("password", "passwd", "passphrase", "pass", "pwd"),
        follow=_FIELD_FOLLOW,
        example="password=hunter2",
    ),
    Pattern(
        name="secret",
        regex=_field(
            r"(?<!/)secret|credentials?|(?:(?<=secret)|(?<=private)|(?<=access)|(?<=secret[_-])|(?<=private[_-])"
            r"|(?<=secret_access_)|(?<=encryption_)|(?<=signing_))key",
            rf"(?=[^{_ENDS}]{{3}})",
            _OPAQUE,
        ),
        needles=("secret", "credential", "key"),
        follow=_FIELD_FOLLOW,
        example='aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
    ),
    Pattern(
        name="api_key",
        regex=_field(
            r"(?:(?<=api)|(?<=access)|(?<=account)|(?<=auth)|(?<=api[_-])|(?<=access[_-])|(?<=account[_-])"
            r"|(?<=auth[_-])|(?<=subscription-)|(?<=[?&]))key|x-amz-signature|[?&]sig",
            rf"(?=[^{_ENDS}]{{3}})",
            _OPAQUE,
        ),
        needles=("key", "x-amz-signature", "?sig", "&sig"),
        follow=_FIELD_FOLLOW,
        example="?api_key=a1b2c3d4",
    ),
    Pattern(
        name="token",
        regex=_field(
            r"(?<!/)token|sess(?:ion)?[_-]?id",
            rf"(?=[^{_ENDS}]{{3}})",
            _OPAQUE,
        ),
        needles=("token", "sessid", "sess_id", "session_id", "sessionid", "session-id"),
        follow=_FIELD_FOLLOW,
        example="https://shop.example/reset?token=a1b2c3",
    ),
    Pattern(
        name="email",
        regex=Regex(
            r"(?:(?<=\\)[nrt])?(?<![/@])([\w.+%-]{1,64}+@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})"
            r"(?![\w@-]|:[\w~.-]+/|\.\w|/[^\s:]{0,200}\.go:)",
            re.ASCII,
        ),
        needles=("@",),
        follow=r"[a-z0-]{1,63}(?<!v0)\.",
        lead=_WORD + "+%",
        validator="mailbox",
        example="ann.lee@example.com",
    ),
    Pattern(
        name="card",
        regex=Regex(_CARD, re.IGNORECASE | re.ASCII),
        group=1,
        needles=("000000000000000", "0000 0000", "0000-0000"),
        validator="card",
        example="4111 1111 1111 1111",
    ),
)

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_MAX_REGEX_CHARS: Final = 2_000


def _bad(position: int, name: str, problem: str) -> ValueError:
    return ValueError(f"scrub pattern {position} ({name or 'no name'}): {problem}")


def _group(text: str | None, regex: re.Pattern[str]) -> str | int:
    if not text:
        return 0
    if text.isascii() and text.isdigit() and int(text) <= regex.groups:
        return int(text)
    if text in regex.groupindex:
        return text
    raise KeyError(text)


def _load(position: int, item: Mapping[str, str]) -> Pattern:
    name, source = item.get("name", ""), item.get("regex", "")
    if not _NAME.fullmatch(name):
        raise _bad(position, name[:64], "want a name of lower-case letters, digits, '_' or '-'")
    if not 0 < len(source) <= _MAX_REGEX_CHARS:
        raise _bad(position, name, f"want a regex of 1 to {_MAX_REGEX_CHARS} characters")
    try:
        regex = Regex(source)
        group = _group(item.get("group"), regex.compiled())
    except (re.error, OverflowError, RecursionError) as error:
        raise _bad(position, name, f"not a regular expression: {error}") from None
    except KeyError as error:
        raise _bad(position, name, f"the regex has no group {error}") from None
    if regex.search("", 0) is not None:
        raise _bad(position, name, "it matches the empty text, so it would match everywhere")
    return Pattern(name=name, regex=regex, group=group)


def load_patterns(items: Iterable[Mapping[str, str]]) -> tuple[Pattern, ...]:
    """User patterns from configuration: `name`, `regex`, and optionally the `group` that is replaced.

    Without `group` the whole match is replaced. Raises ValueError that names the position (from 1) and name of
    the first bad pattern.
    """
    return tuple(_load(position, item) for position, item in enumerate(items, 1))
