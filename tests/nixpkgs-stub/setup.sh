# What the stand-in's stdenv does: puts the inputs on PATH, then runs the build command or the phases. Sourced
# by /bin/sh, so nothing here needs more than a POSIX shell.
# shellcheck shell=sh disable=SC1091,SC2123,SC2154 # Nix sets the variables, and PATH is made here
set -eu

PATH=
for input in $inputs; do
    PATH=$PATH$input/bin:
done
PATH=${PATH}/usr/local/bin:/usr/bin:/bin
export PATH

# The builder starts in an empty folder of its own.
for input in $inputs; do
    if [ -f "$input/nix-support/setup-hook" ]; then
        . "$input/nix-support/setup-hook"
    fi
done

if [ -n "${buildCommand:-}" ]; then
    eval "$buildCommand"
    exit 0
fi

if [ -n "${src:-}" ] && [ -d "$src" ]; then
    cp -r "$src" source
    chmod -R u+w source
    cd source
fi
for phase in buildPhase checkPhase installPhase; do
    eval "script=\${$phase:-}"
    eval "$script"
done
