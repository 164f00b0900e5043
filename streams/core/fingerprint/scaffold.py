"""Frames that are on a stack for the sake of running or reporting, not of what went wrong: rules, each with its reason.

In: a function as printed. Out: its role, None for any other. Only what no crash can be the fault of stands here.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

import msgspec

# panic: of the panic itself, what stands below it panicked. scaffold: runs, wraps or reports what others do.
Role = Literal["panic", "scaffold"]


class FrameRule(msgspec.Struct, frozen=True):
    """Functions with a role, by a pattern that is matched at the beginning, and why they have it."""

    role: Role
    pattern: re.Pattern[str]
    why: str


def _rule(role: Role, pattern: str, why: str) -> FrameRule:
    return FrameRule(role, re.compile(pattern), why)


FRAME_RULES: Final[tuple[FrameRule, ...]] = (
    _rule("panic", r"panic$|runtime\.gopanic$", "the panic statement (runtime/panic.go)"),
    _rule("panic", r"runtime\.(?:sigpanic|panicmem|panicmemAddr)$", "a signal made a panic (runtime/signal_unix.go)"),
    _rule("panic", r"runtime\.(?:goPanic|panicIndex|panicSlice)\w*$", "an index out of range (runtime/panic.go)"),
    _rule("panic", r"runtime\.panic(?:divide|shift|float|overflow|nil\w*|dottype\w*|wrap|unsafe\w*)$",
          "a failed operation (runtime/panic.go)"),
    _rule("scaffold", r"golang\.org/x/sync/(?:errgroup|singleflight)\.", "calls the function that it was given"),
    _rule("scaffold", r"github\.com/sourcegraph/conc(?:/\w+)?\.", "calls the function that it was given, panics again"),
    _rule("scaffold", r"github\.com/panjf2000/ants(?:/v\d+)?\.", "a pool of goroutines for functions of others"),
    _rule("scaffold", r"github\.com/gin-gonic/gin\.", "calls handlers"),
    _rule("scaffold", r"github\.com/labstack/echo(?:/v\d+)?(?:/middleware)?\.", "calls handlers"),
    _rule("scaffold", r"github\.com/go-chi/chi(?:/v\d+)?(?:/middleware)?\.", "calls handlers"),
    _rule("scaffold", r"github\.com/gorilla/(?:mux|handlers)\.", "calls handlers"),
    _rule("scaffold", r"github\.com/gofiber/fiber(?:/v\d+)?(?:/middleware/\w+)?\.", "calls handlers"),
    _rule("scaffold", r"github\.com/valyala/fasthttp\.", "calls handlers"),
    _rule("scaffold", r"google\.golang\.org/grpc\.", "calls handlers and interceptors"),
    _rule("scaffold", r"github\.com/grpc-ecosystem/go-grpc-middleware(?:/v\d+)?[./]", "chains interceptors, recovers"),
    _rule("scaffold", r"go\.opentelemetry\.io/contrib/instrumentation/", "wraps handlers to trace them"),
    _rule("scaffold", r"k8s\.io/apimachinery/pkg/util/(?:runtime|wait)\.", "runs loops of others, reports panics"),
    _rule("scaffold", r"github\.com/robfig/cron(?:/v\d+)?\.", "calls jobs"),
    _rule("scaffold", r"github\.com/spf13/cobra\.", "calls commands"),
    _rule("scaffold", r"github\.com/urfave/cli(?:/v\d+)?\.", "calls commands"),
    _rule("scaffold", r"go\.uber\.org/zap(?:/zapcore)?\.", "a logger panics when it is told to"),
    _rule("scaffold", r"github\.com/(?:sirupsen/logrus|rs/zerolog(?:/log)?|golang/glog|go-logr/\w+)\.",
          "a logger panics when it is told to"),
    _rule("scaffold", r"k8s\.io/klog(?:/v\d+)?\.", "a logger ends the program when it is told to"),
    _rule("scaffold", r"github\.com/stretchr/testify/(?:assert|require|suite|mock)\.", "a test fails when told to"),
    _rule("scaffold", r"github\.com/onsi/(?:ginkgo|gomega)(?:/v\d+)?[./]", "runs tests of others"),
)  # fmt: skip


@lru_cache(maxsize=65536)
def role_of(function: str) -> Role | None:
    """What a frame is there for; None where it may be what went wrong."""
    return next((rule.role for rule in FRAME_RULES if rule.pattern.match(function)), None)
