#!/usr/bin/env bash
# Publishes the executables as ReadyToRun into artifacts/publish/<name>, skipping those whose build has not changed.
set -euo pipefail
cd "$(dirname "$0")/.."

publish() { # project, name of the executable
    local built=artifacts/bin/$1/release/$2.dll out=artifacts/publish/$2
    if [[ -e $out/$2 && ! $built -nt $out/$2 ]]; then
        return
    fi
    echo "publish: $2"
    rm -rf "$out"
    dotnet publish "src/$1" -c Release --no-build -o "$out" -v quiet -nologo
    touch "$out/$2"
}

publish Beacon.Cli beacon
publish Fleet.Cli fleet
