#!/bin/sh
# usage: readme-picture.sh [TRACE.html [NAME]]
# Draws docs/images/NAME.png and NAME-dark.png (trace) from a trace's page, by default of the README's prompt and the default model.
# Needs chromium, and pngquant or Python's Pillow to make the files small.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=${1:-$work/trace.html}
picture=${2:-trace}
[ -e "$page" ] || "$root/loupe" trace "The capital of the country in which Kalport lies is" --quiet --html "$page" >/dev/null
# Few colours are enough; without either tool the files are three times as large.
smaller() {
  if command -v pngquant >/dev/null; then
    pngquant --force --output "$1" 256 -- "$1"
  else
    python3 -c "import sys; from PIL import Image; Image.open(sys.argv[1]).convert('RGB').quantize(256, kmeans=2).save(sys.argv[1], optimize=True)" "$1" ||
      echo "neither pngquant nor Python's Pillow: $1 stays as large as it is" >&2
  fi
}

mkdir -p "$root/docs/images"
for theme in light dark; do
  [ "$theme" = light ] && name=$picture || name=$picture-dark
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$work/profile" \
    --force-device-scale-factor=1.25 --window-size=1400,1570 --virtual-time-budget=4000 \
    --screenshot="$work/$name.png" "file://$page#zoom=0.8&theme=$theme" >/dev/null 2>&1
  smaller "$work/$name.png"
  mv "$work/$name.png" "$root/docs/images/$name.png"
done
ls -l "$root/docs/images"
