#!/bin/sh
# Two releases of a small program in a git repository, and their crashes: renamed.sh FOLDER
# Writes FOLDER/src (tags r1 and r2) and FOLDER/traces.jsonl, for `panictrail cluster`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)/renamed
mkdir -p "$1/src"
cd "$1/src"
git init -q
git config user.email ada@example.com
git config user.name Ada
printf 'module example.com/acme/till\n\ngo 1.21\n' > go.mod
: > ../traces.jsonl
for release in r1 r2; do
    cp "$here/$release.go" main.go
    git add .
    git commit -q -m "Release $release"
    git tag "$release"
    go build -buildvcs=false -o "../till-$release" .
    for bug in total milk quote; do
        "../till-$release" "$bug" 2> ../text || true
        python3 -c '
import json, sys
text = open("../text").read()
row = {"id": f"{sys.argv[1]}-{sys.argv[2]}", "text": text, "build": {"release": sys.argv[1], "tag": sys.argv[1]}}
print(json.dumps(row))' "$release" "$bug" >> ../traces.jsonl
    done
done
rm ../text
