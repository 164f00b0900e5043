"""Where a crash is looked at: of a deadlock who is stuck, not who waits for that."""

from __future__ import annotations

from streams.core.fingerprint.texts import crash_of_text
from streams.core.suspects.site import site_of
from streams.model.crash import Build
from streams.model.settings import PipelineSettings

# Go 1.26.8: a listener of a library tells again while the library holds its lock; `bell.example/bus` is a module of
# its own, built with -trimpath.
DEADLOCK = """fatal error: all goroutines are asleep - deadlock!

goroutine 1 [sync.WaitGroup.Wait]:
sync.runtime_SemacquireWaitGroup(0x2bd6fdc4c030?, 0xe0?)
	runtime/sema.go:114 +0x2e
sync.(*WaitGroup).Wait(0x2bd6fdc4e090)
	sync/waitgroup.go:206 +0x85
main.main()
	shop.example/shop/main.go:19 +0x96

goroutine 6 [sync.Mutex.Lock]:
internal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)
	runtime/sema.go:95 +0x25
internal/sync.(*Mutex).lockSlow(0x2bd6fdc7e020)
	internal/sync/mutex.go:149 +0x15d
internal/sync.(*Mutex).Lock(...)
	internal/sync/mutex.go:70
sync.(*Mutex).Lock(...)
	sync/mutex.go:46
bell.example/bus.(*Bus).Tell(0x473c66?, 0x0)
	bell.example/bus@v1.3.0/bus.go:17 +0x49
shop.example/shop/shop.Sell.func1(0x10?)
	shop.example/shop/shop/shop.go:13 +0x25
bell.example/bus.(*Bus).Tell(0x0?, 0x1)
	bell.example/bus@v1.3.0/bus.go:20 +0x9a
shop.example/shop/shop.Sell(0x1)
	shop.example/shop/shop/shop.go:16 +0xee
main.main.func1()
	shop.example/shop/main.go:16 +0x47
created by main.main in goroutine 1
	shop.example/shop/main.go:14 +0x39
"""


def functions(text: str) -> list[str]:
    """The functions of the frames that are looked at, innermost first."""
    found = crash_of_text(text, Build(module="shop.example/shop"), PipelineSettings())
    assert found is not None
    return [made.function for made in site_of(found, "deadlock").frames]


def test_of_who_waits_for_others_and_who_holds_them_up_the_latter() -> None:
    assert functions(DEADLOCK)[0] == "bell.example/bus.(*Bus).Tell"
    receives = DEADLOCK.replace("[sync.WaitGroup.Wait]", "[chan receive]")
    assert functions(receives)[0] == "bell.example/bus.(*Bus).Tell"


def test_where_only_those_wait_who_wait_for_others_it_is_as_it_was() -> None:
    alone, _, _ = DEADLOCK.partition("goroutine 6")
    assert functions(alone) == ["main.main"]
    waits = DEADLOCK.replace("[sync.Mutex.Lock]", "[chan receive]")
    assert functions(waits) == ["main.main"]
