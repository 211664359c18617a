#!/bin/sh
# A Chromium for the browser tests: the one that is there, else Debian's, else playwright's own, else a word about it.
set -eu
cd "$(dirname "$0")/.."

find_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return
    done
    for path in "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
        [ -x "$path" ] && echo "$path" && return
    done
    .venv/bin/python - 2>/dev/null <<'PYTHON'
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
print(path) if pathlib.Path(path).exists() else sys.exit(1)
PYTHON
}

# Debian's Chromium without windows starts in half the time; the tests use it where it is.
add_shell() {
    command -v chromium-headless-shell >/dev/null 2>&1 && return
    if [ "$(id -u)" = 0 ] && apt-cache show chromium-headless-shell >/dev/null 2>&1; then
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null 2>&1 || true
    fi
}

find_browser >/dev/null && { add_shell; exit 0; }
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "browser: installing chromium"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true
    add_shell
fi
find_browser >/dev/null && exit 0
echo "browser: trying playwright's own chromium"
.venv/bin/python -m playwright install chromium >/dev/null 2>&1 || true
find_browser >/dev/null && exit 0
echo "browser: no Chromium could be installed, so the browser tests are SKIPPED. Debian: sudo apt-get install chromium"
