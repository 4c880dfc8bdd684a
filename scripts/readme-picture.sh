#!/bin/sh
# Draws docs/images/trace.png and trace-dark.png from the trace of the default model. Needs chromium; ImageMagick makes the files smaller.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
prompt=${1:-The capital of France is}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$root/loupe" trace "$prompt" --quiet --html "$work/trace.html" >/dev/null
mkdir -p "$root/docs/images"
for theme in light dark; do
  name=trace
  [ "$theme" = light ] || name=trace-dark
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
    --force-device-scale-factor=1.25 --window-size=1400,1120 --virtual-time-budget=4000 \
    --screenshot="$work/$name.png" "file://$work/trace.html#theme=$theme" >/dev/null 2>&1
  if command -v convert >/dev/null; then
    convert "$work/$name.png" -strip +dither -colors 200 -define png:compression-level=9 "$work/$name.png"
  fi
  mv "$work/$name.png" "$root/docs/images/$name.png"
done
ls -l "$root/docs/images"
