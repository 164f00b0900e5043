r"""Errors that a program logged at level error or above: what it said, the `%w` chain, the stack, where known.

In: a JSON object as slog, zap, zerolog or logrus write it, an OpenTelemetry or Sentry event, a line of logfmt or klog.
Out: Traceback of kind `error` (`panic` where the stack says that one was recovered), None for any other line.
Sources: zap v1.28 zapcore (`stacktrace`, `errorVerbose`, `errorCauses`), zerolog v1.35 (`stack` of pkgerrors), logrus
v1.9 (`func`, `file`), log/slog of Go 1.21-1.26 (`source`), klog v2 (`E1123 …] "message" err="…"`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import orjson

from streams.core.parse.frame import PANIC_FRAMES, UNNAMED, Place, package_of, place_of
from streams.core.parse.header import unquote
from streams.core.parse.shape import BARE_FUNCTION, zap_line
from streams.model.crash import ChainedError, Frame, Goroutine, Panic, Traceback

Object = dict[str, object]

LEVEL_KEYS: Final = (
    "level",
    "lvl",
    "severity",
    "levelname",
    "log.level",
    "severityText",
    "severity_text",
)
# As the loggers write them. What quiet.py looks for finds every one: a line that it passes over has none.
# At `panic` (zap, logrus, zerolog) and `dpanic` the logger panics next: that traceback says it all.
LEVELS: Final = frozenset(("error", "ERROR", "err", "fatal", "FATAL", "critical", "CRITICAL"))
_MESSAGE_KEYS: Final = ("msg", "message", "@message", "M")
_ERROR_KEYS: Final = ("error", "err", "exception", "cause", "error.message", "exception.message")
_STACK_KEYS: Final = (
    "stacktrace", "stack", "stack_trace", "error.stack", "error.stack_trace", "exception.stacktrace", "trace",
)  # fmt: skip
# runtime.Callers as it is: slog and zap write numbers, Go's own verbs `[4710129 4501445]` or `[0x47a2f1 0x44afc5]`.
_PC_KEYS: Final = (*_STACK_KEYS, "pcs", "pc", "callers", "callstack", "program_counters")
_PCS: Final = re.compile(
    r"\[?(?:0x[0-9a-fA-F]{4,16}|\d{6,20})(?:[ ,]+(?:0x[0-9a-fA-F]{4,16}|\d{6,20}))*\]?"
)
_VERBOSE_KEYS: Final = ("errorVerbose", "errVerbose")
_PANIC_KEYS: Final = ("panic", "recover", "recovered")
# The key of a pair, and a quoted value; one without quotes reaches to the next key: not every program quotes blanks.
_KEY: Final = re.compile(r"(?:(?<=\s)|^)([A-Za-z_@][\w.@-]{0,63})=")
_VALUE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(?=\s|$)')
_CALLER: Final = re.compile(r"\S+:\d{1,7}")
_LOGFMT: Final = re.compile(r"(?:[A-Za-z_@][\w.@-]{0,63}=\S|time=)")
_KLOG: Final = re.compile(
    r'[EF]\d{4} \d\d:\d\d:\d\d\.\d{6}\s+\d{1,10} ([^\s\]:]{1,200}):(\d{1,7})\] "((?:[^"\\]|\\.)*)"(.*)$'
)
# The first page is never mapped; user space ends there on amd64 and arm64.
_LOWEST_PC: Final = 0x1000
_HIGHEST_PC: Final = 1 << 48
_MOST_LINKS: Final = 32
_MOST_FRAMES: Final = 500
_MOST_PAIRS: Final = 64
# A stack without a goroutine header does not say whose it is.
_NOBODY: Final = 0


def _texts(value: Object, keys: tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        found = value.get(key)
        if isinstance(found, str) and found:
            yield found


def _text(value: Object, keys: tuple[str, ...]) -> str | None:
    return next(_texts(value, keys), None)


def flat(value: Object) -> Object:
    """With one nested level reachable as `a.b`."""
    laid = dict(value)
    for key, item in value.items():
        if isinstance(item, dict):
            for name, inner in item.items():
                laid.setdefault(f"{key}.{name}", inner)
    for name in ("attributes", "resource", "error", "err"):
        inside = value.get(name)
        if isinstance(inside, dict):
            for key, item in inside.items():
                laid.setdefault(key, item)
    return laid


def is_error(value: Object) -> bool:
    """Whether a log line is of an error: by its level, and because it names an error."""
    level = _text(value, LEVEL_KEYS)
    if level is None or level not in LEVELS:
        return False
    return bool(_says(value) or any(value.get(k) for k in (*_STACK_KEYS, *_VERBOSE_KEYS, "errors")))


def _says(value: Object) -> object:
    return next((value[key] for key in _ERROR_KEYS if value.get(key)), None)


# ---- the chain


def _link(value: object) -> ChainedError | None:
    if isinstance(value, str) and value:
        return ChainedError(message=value)
    if not isinstance(value, dict):
        return None
    message = _text(value, ("message", "msg", "error", "value"))
    kind = _text(value, ("type", "kind"))
    return ChainedError(type=kind, message=message or "") if message or kind else None


def stated_chain(flat: Object) -> tuple[ChainedError, ...]:
    """The links that a line states one by one, outermost first; empty where it states none."""
    for key, outermost_first in (("errors", True), ("exception", False)):
        found = flat.get(key)
        found = found.get("values") if isinstance(found, dict) else found
        if isinstance(found, list):
            links = tuple(filter(None, map(_link, found[:_MOST_LINKS])))
            if links:
                return links if outermost_first else links[::-1]
    return ()


def _chain(flat: Object) -> tuple[ChainedError, ...]:
    """Outermost first: as stated, else as far as a verbose text shows it, else the error alone."""
    if links := stated_chain(flat):
        return links
    said = _text(flat, _ERROR_KEYS) or _text(flat, ("message", "msg"))
    if said is None:
        return ()
    outer = ChainedError(type=_text(flat, ("exception.type", "error.type", "type")), message=said)
    causes = flat.get("errorCauses")
    if isinstance(causes, list):
        return (outer, *filter(None, map(_link, causes[:_MOST_LINKS])))
    return (outer, *_verbose_chain(_text(flat, _VERBOSE_KEYS) or "", said))


def _verbose_chain(verbose: str, said: str) -> tuple[ChainedError, ...]:
    """Of github.com/pkg/errors: `%+v` prints every message above its own stack, innermost first."""
    messages = [line for line, place in _pairs(verbose) if place is None]
    whole = [messages[0]] if messages else []
    for message in messages[1:_MOST_LINKS]:
        whole.append(f"{message}: {whole[-1]}")
    if not whole or whole[-1] != said:
        return ()
    return tuple(ChainedError(message=message) for message in whole[-2::-1])


# ---- the stack


def _pairs(text: str) -> Iterator[tuple[str, Place | None]]:
    """Lines with the place below them, where there is one."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].rstrip()
        below = lines[at + 1] if at + 1 < len(lines) else ""
        place = place_of(below) if line and line[0] not in " \t" else None
        if line.strip():
            yield line.strip(), place
        at += 2 if place else 1


def _frame(function: str, file: str | None, line: int | None) -> Frame:
    return Frame(function=function, package=package_of(function), file=file, line=line)


def _of_text(text: str) -> tuple[Frame, ...]:
    r"""`func\n\tfile:line` pairs: the first stack of the text, that of where the error was made."""
    frames: list[Frame] = []
    for line, place in _pairs(text):
        function = line.removesuffix("(...)").removesuffix("()")
        if place is None or not BARE_FUNCTION.match(function):
            if frames:
                break
            continue
        frames.append(_frame(function, place.file, place.line))
        if len(frames) == _MOST_FRAMES:
            break
    return tuple(frames)


def _number(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    text = str(value) if isinstance(value, (int, str)) else ""
    return (
        int(text)
        if text.isascii() and text.isdecimal() and len(text) <= len("9999999999")
        else None
    )


def _of_objects(values: list[object]) -> tuple[Frame, ...]:
    """Frames as objects: zerolog's, and Sentry's, which are innermost last."""
    frames = []
    for value in values[:_MOST_FRAMES]:
        if not isinstance(value, dict):
            continue
        name = _text(value, ("func", "function", "method"))
        module = _text(value, ("module", "package"))
        if name:
            function = f"{module}.{name}" if module and "." not in name else name
            file = _text(value, ("source", "abs_path", "filename", "file"))
            frames.append(_frame(function, file, _number(value.get("line") or value.get("lineno"))))
    return tuple(frames)


def _sentry(flat: Object) -> tuple[Frame, ...]:
    found = flat.get("exception")
    found = found.get("values") if isinstance(found, dict) else found
    for link in found if isinstance(found, list) else ():
        stack = link.get("stacktrace") if isinstance(link, dict) else None
        frames = stack.get("frames") if isinstance(stack, dict) else None
        if isinstance(frames, list) and (made := _of_objects(frames)):
            return made[::-1]
    return ()


def _place(flat: Object) -> tuple[Frame, ...]:
    """The one frame of the line that was logged (slog, logrus)."""
    source = flat.get("source")
    inside = source if isinstance(source, dict) else flat
    function = _text(inside, ("function", "func"))
    if not function:
        return ()
    file, number = _text(inside, ("file",)), _number(inside.get("line"))
    if file and number is None and (match := re.fullmatch(r"(.+):(\d{1,10})", file)):
        file, number = match[1], int(match[2])
    return (_frame(function, file, number),)


def _frames(flat: Object) -> tuple[Frame, ...]:
    for text in (*_texts(flat, _VERBOSE_KEYS), *_texts(flat, _STACK_KEYS)):
        if frames := _of_text(text):
            return frames
    for key in _STACK_KEYS:
        stack = flat.get(key)
        if isinstance(stack, list) and (frames := _of_objects(stack)):
            return frames
    return _sentry(flat) or _addresses(flat) or _place(flat)


def _addresses(flat: Object) -> tuple[Frame, ...]:
    """Frames of which only the address is known; whoever has the binary names them."""
    for key in _PC_KEYS:
        value = flat.get(key)
        if isinstance(value, str) and _PCS.fullmatch(value):
            value = value.strip("[]").replace(",", " ").split()
        if isinstance(value, list) and (pcs := [pc for item in value if (pc := _pc(item))]):
            return tuple(Frame(function=UNNAMED, pc=hex(pc)) for pc in pcs[:_MOST_FRAMES])
    return ()


def _pc(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    try:
        pc = int(value, 0) if isinstance(value, str) else value
    except ValueError:
        return None
    return pc if _LOWEST_PC <= pc < _HIGHEST_PC else None


# ---- the line


def error_of(value: Object) -> Traceback | None:
    """What an object says, None where it is not of a logged error."""
    fields = flat(value)
    if not is_error(fields):
        return None
    frames, chain = _frames(fields), _chain(fields)
    message = _text(fields, _MESSAGE_KEYS)
    panicked = _text(fields, _PANIC_KEYS)
    goroutine = Goroutine(id=_NOBODY, state="", crashed=True, frames=frames)
    goroutines = (goroutine,) if frames else ()
    if panicked or not PANIC_FRAMES.isdisjoint(frame.function for frame in frames):
        said = panicked or (chain[0].message if chain else message) or ""
        return Traceback(
            kind="panic",
            message=said.partition("\n")[0],
            panics=(Panic(value=said, recovered=True),),
            errors=stated_chain(fields),
            goroutines=goroutines,
        )
    return Traceback(
        kind="error",
        # The message of a structured log line is the same each time; the error has ids and names in it.
        message=message or (chain[0].message if chain else ""),
        errors=chain,
        goroutines=goroutines,
    )


def object_of(line: str) -> Object | None:
    """The fields of a line of JSON, logfmt or klog; None for any other line."""
    if line.startswith("{"):
        try:
            value = orjson.loads(line)
        except (orjson.JSONDecodeError, UnicodeEncodeError, RecursionError):
            return None
        return value if isinstance(value, dict) else None
    if match := _KLOG.match(line):
        file, number, message, rest = match.groups()
        said = {"level": "error", "msg": unquote(message), "caller": f"{file}:{number}"}
        return {**_logfmt(rest), **said}
    if zap := zap_line(line):
        return _zap(*zap)
    return _logfmt(line) if _LOGFMT.match(line) else None


def _logfmt(line: str) -> Object:
    found: Object = {}
    match = _KEY.search(line)
    while match and len(found) < _MOST_PAIRS:
        quoted = _VALUE.match(line, match.end())
        after = _KEY.search(line, quoted.end() if quoted else match.end())
        plain = line[match.end() : after.start() if after else len(line)].strip()
        found.setdefault(match[1], unquote(quoted[1]) if quoted else plain)
        match = after
    return found


def _zap(level: str, middle: str, fields: str) -> Object | None:
    """A line of zap's console form: logger, caller and message are told apart by what a caller looks like."""
    value = object_of(fields)
    if value is None:
        return None
    parts = middle.split("\t")
    at = next((at for at, part in enumerate(parts) if _CALLER.fullmatch(part)), -1)
    said = {"level": level, "msg": "\t".join(parts[at + 1 :])}
    return {**value, **said, **({"caller": parts[at]} if at >= 0 else {})}


def read_zap(lines: list[str]) -> Traceback | None:
    """What a line of zap's console form says, with the stack below it; None where it says nothing of an error."""
    value = object_of(lines[0].strip())
    stack = "\n".join(lines[1:])
    return None if value is None else error_of({**value, "stacktrace": stack} if stack else value)


def read_error(text: str) -> Traceback | None:
    """What a line of a log says of an error; None where it says nothing of one."""
    value = object_of(text.strip())
    return None if value is None else error_of(value)
