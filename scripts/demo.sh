#!/usr/bin/env bash
# Runs the example campaign from import to report in .demo/, a copy of examples/ that this script may throw away.
set -eu
cd "$(dirname "$0")/.."
top=$PWD
PATH="$top/.build/release:$PATH"

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n%s\n' "$1"; }
show() {
    printf '$ %s\n' "$*"
    "$@"
}

rm -rf .demo
cp -r examples .demo
rm -rf .demo/.carillon .demo/outbox
cd .demo

# The port that the example's public_url names, or the next free one: links in the mails must lead to our server.
port=8087
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
sed -i "s#^public_url: .*#public_url: http://127.0.0.1:$port#" carillon.yaml

say "1. The project: is everything in it sound?"
show carillon check

say "2. Contacts: 6,000 rows, some of them wrong on purpose"
show carillon contacts import contacts.csv

say "3. The plan: who would get it, who would not and why, what it costs. Nothing is sent."
show carillon plan campaigns/spring-sale.yaml

say "4. The run: every message goes into the folder outbox/"
show carillon run campaigns/spring-sale.yaml --yes

say "5. The account: every contact of the audience is in exactly one line"
show carillon status spring-sale --verify

say "6. Why did Anna get it, and Kai not?"
show carillon why spring-sale anna@example.com
echo
show carillon why spring-sale kai@example.com

say "7. Anna follows the unsubscribe link in her mail"
log=$(mktemp)
carillon serve --port $port >"$log" 2>&1 &
server=$!
stop_server() {
    kill -TERM $server 2>/dev/null || true
    wait $server 2>/dev/null || true
    rm -f "$log"
}
trap stop_server EXIT
for _ in $(seq 100); do
    curl -sf "http://127.0.0.1:$port/healthz" >/dev/null 2>&1 && break
    kill -0 $server 2>/dev/null || { cat "$log" >&2; exit 1; }
    sleep 0.05
done
mail=$(grep -l -i '^To:.*anna@example.com' outbox/*.eml outbox/*/*.eml 2>/dev/null | head -n 1)
link=$(tr -d '\r' <"$mail" | sed -n '/^List-Unsubscribe:/{:a;N;/>/!ba;s/\n[ \t]*//g;s/.*<\(http[^>]*\)>.*/\1/p;q}')
echo "List-Unsubscribe in $mail:"
echo "  $link"
echo "\$ curl LINK                       # what a link scanner does: a page with a button, and nothing changes"
curl -s "$link" | sed -n 's/.*<title>\(.*\)<\/title>.*/  page: \1/p'
show carillon consent show anna@example.com
echo
echo "\$ curl -d List-Unsubscribe=One-Click LINK    # what a mail program's unsubscribe button does"
curl -s -o /dev/null -w '  answer: %{http_code} in %{time_total} s\n' -d List-Unsubscribe=One-Click "$link"
show carillon consent show anna@example.com
stop_server
trap - EXIT

say "Where to look next"
cat <<TEXT
  .demo/outbox/                     all messages, as a mail program would show them
  cd .demo                          then any command, with ../.build/release/carillon:
    carillon messages spring-sale --csv out.csv          one line per recipient
    carillon graph campaigns/spring-sale.yaml --format mermaid
    carillon plan campaigns/spring-sale.yaml --json
  docs/guides/first-campaign.md     from an empty folder to your own campaign
  docs/language.md                  what you can write
TEXT
