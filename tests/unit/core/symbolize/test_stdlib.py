"""Which packages are the standard library: by name, and by file where names could be a user's."""

from __future__ import annotations

import subprocess

import pytest

from streams.core.symbolize.stdlib import is_standard

GOROOT = "/usr/local/go/src"


@pytest.mark.parametrize(
    ("package", "file"),
    [
        ("fmt", None),
        ("fmt", f"{GOROOT}/fmt/print.go"),
        ("net/http", f"{GOROOT}/net/http/server.go"),
        ("net/http", "net/http/server.go"),
        ("net/http", "C:/Program Files/Go/src/net/http/server.go"),
        ("net/http", "C:\\Program Files\\Go\\src\\net\\http\\server.go"),
        ("net/http_test", f"{GOROOT}/net/http/serve_test.go"),
        ("strings_test", "strings/strings_test.go"),
        ("runtime", "/root/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64/src/runtime/panic.go"),
        ("runtime", "asm_amd64.s"),
        ("runtime/cgo", "/nix/store/abc-go-1.26/share/go/src/runtime/cgo/asm_amd64.s"),
        # go:linkname: the package of the name is not that of the file
        ("internal/runtime/maps", f"{GOROOT}/runtime/panic.go"),
        ("internal/runtime/maps", "runtime/panic.go"),
        ("sync", f"{GOROOT}/runtime/sema.go"),
        ("time", "runtime/time.go"),
        # what GOROOT itself vendors
        ("vendor/golang.org/x/net/http/httpguts", f"{GOROOT}/vendor/golang.org/x/net/http/httpguts/x.go"),
    ],
)  # fmt: skip
def test_frames_of_goroot_are_standard(package: str, file: str | None) -> None:
    assert is_standard(package, file)


@pytest.mark.parametrize(
    ("package", "file"),
    [
        ("main", "/src/main.go"),
        ("example.com/net/http", None),
        ("github.com/acme/fmt", "/home/me/fmt/print.go"),
        ("go.opentelemetry.io/otel", None),
        ("golang.org/x/net/http2", "/root/go/pkg/mod/golang.org/x/net@v0.1.0/http2/server.go"),
        ("example.com/shop/vendor/golang.org/x/net", None),
        ("netshop/cart", "/home/me/netshop/cart.go"),
        # modules that were given a name of the standard library
        ("log/audit", "/home/me/audit/audit.go"),
        ("net/shop", "/home/me/net/shop/shop.go"),
        ("sort/mine", "C:\\Users\\me\\sort\\mine\\a.go"),
        ("errors", "/home/me/project/errors/errors.go"),
        ("errors", "D:/project/errors/errors.go"),
    ],
)
def test_frames_of_users_and_dependencies_are_not(package: str, file: str | None) -> None:
    assert not is_standard(package, file)


def test_every_package_that_this_go_has_is_standard() -> None:
    """The oracle is `go list std` of the machine's toolchain."""
    listed = subprocess.run(
        ["/usr/local/go/bin/go", "list", "std"], capture_output=True, text=True, check=True, cwd="/"
    ).stdout.split()
    assert len(listed) > 150
    for package in listed:
        assert is_standard(package, f"{GOROOT}/{package}/x.go"), package
        assert is_standard(package, f"{package}/x.go"), package
