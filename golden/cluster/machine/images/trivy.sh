#!/bin/sh
# Stands in for trivy, whose database of vulnerabilities is nowhere to be had without a
# network. It takes what the scan task calls it with, asks the registry for nothing, and
# finds one critical vulnerability in images whose repository is named like that.
set -eu
command=$1 format='' output=/dev/stdout image=''
while [ "$#" -gt 0 ]; do
  case "$1" in
    --format) format=$2 ;;
    --output) output=$2 ;;
  esac
  image=$1
  shift
done
case "$command $format" in
  'image json') case "$image" in *vulnerable*) echo CRITICAL ;; esac > "$output" ;;
  'convert table') cat "$image" ;;
  'convert template') cat "$HOME/report.json" > "$output" ;;
  *) echo "trivy: this stand-in knows no $command" >&2; exit 1 ;;
esac
