#!/bin/sh
# The git dependencies of an example, without a network: each directory below EXAMPLE/forge becomes a git repository below EXAMPLE/.forge,
# and what is printed makes git find it under https://forge.example/. Who, when and what are fixed, so the commits are those that the locks name.
#
#   eval "$(examples/forge.sh examples/ph)"
set -eu
example=$(cd "${1:?usage: forge.sh EXAMPLE}" && pwd)
for sources in "$example"/forge/*/; do
  name=$(basename "$sources")
  made=$example/.forge/$name
  beside=$made.new.$$
  mkdir -p "$beside"
  cp -R "$sources." "$beside"
  (
    cd "$beside"
    export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
    export GIT_AUTHOR_NAME=forge GIT_AUTHOR_EMAIL=forge@forge.example GIT_AUTHOR_DATE='2026-03-27T00:00:00Z'
    export GIT_COMMITTER_NAME=forge GIT_COMMITTER_EMAIL=forge@forge.example GIT_COMMITTER_DATE='2026-03-27T00:00:00Z'
    git init --quiet --object-format=sha1 --initial-branch=main .
    git add --all --force .
    git commit --quiet --message "$name"
  ) >&2
  rm -rf "$made"
  mv "$beside" "$made"
done
printf 'export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="url.file://%s/.forge/.insteadOf" GIT_CONFIG_VALUE_0=https://forge.example/\n' "$example"
