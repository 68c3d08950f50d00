#!/bin/sh
# Stands in for trivy, whose database of vulnerabilities is nowhere to be had without a
# network. It takes what the tasks call it with, asks the registry for nothing, and finds
# one critical vulnerability in images whose repository is named like that. In a source it
# finds private keys, and nothing wrong with what the source depends on.
set -eu
command=$1 format='' output=/dev/stdout image='' scanners=''
while [ "$#" -gt 0 ]; do
  case "$1" in
    --format) format=$2 ;;
    --output) output=$2 ;;
    --scanners) scanners=$2 ;;
  esac
  image=$1
  shift
done
case "$command $format" in
  'filesystem json')
    : > "$output"
    [ "$scanners" = secret ] || exit 0
    cd "$image"
    find . -name .git -prune -o -type f -exec grep -lF -e '-----BEGIN PRIVATE KEY-----' {} + | sort | while read -r file; do
      printf 'private-key\t1\t"%s"\n' "${file#./}" >> "$output"
    done
    ;;
  'image json') case "$image" in *vulnerable*) echo CRITICAL ;; esac > "$output" ;;
  'image cyclonedx') printf '{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}\n' > "$output" ;;
  'convert table') cat "$image" ;;
  'convert template') cat "$HOME/report.json" > "$output" ;;
  *) echo "trivy: this stand-in knows no $command" >&2; exit 1 ;;
esac
