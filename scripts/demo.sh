#!/usr/bin/env bash
# Runs the example project from import to report in .demo/, a copy of examples/ that this script may throw away. A sandbox
# on this machine plays the providers: mail, SMS, WhatsApp and Telegram go to it, and what becomes of them comes back.
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
cp scripts/demo/channels/* .demo/channels/
cp scripts/demo/templates/* .demo/templates/
cp scripts/demo/campaigns/* .demo/campaigns/
cp scripts/demo/bulb-club.csv scripts/demo/sandbox.json .demo/
cd .demo
# The house's policy asks for no consent on these channels yet; a shop that writes there needs the express one.
sed -i 's/^  email: soft_optin$/&\n  sms: express\n  whatsapp: express\n  telegram: express/' policies/house-marketing.yaml

# Ports that nobody uses: the example's own where they are free.
free_port() {
    local port=$1
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || (exec 3<>"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null
    do port=$((port + 2)); done
    echo "$port"
}
port=$(free_port 8087)
play=$(free_port 8090)
sandbox="http://127.0.0.1:$play"
sed -i "s#^public_url: .*#public_url: http://127.0.0.1:$port#" carillon.yaml
with=--sandbox
[ "$play" = 8090 ] || with="--sandbox=$sandbox"

log=$(mktemp)
helpers=
stop_helpers() {
    for pid in $helpers; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in $helpers; do wait "$pid" 2>/dev/null || true; done
    rm -f "$log"
}
trap stop_helpers EXIT
# Starts a command that goes on beside the others, and waits until it answers.
beside() {
    printf '$ %s &\n' "${*:2}"
    "${@:2}" >>"$log" 2>&1 &
    helpers="$helpers $!"
    for _ in $(seq 200); do
        curl -sf "$1/healthz" >/dev/null 2>&1 && return
        kill -0 $! 2>/dev/null || { cat "$log" >&2; exit 1; }
        sleep 0.05
    done
    cat "$log" >&2
    exit 1
}
# Until everything that the sandbox has to tell was told.
hear_all() {
    for _ in $(seq 200); do
        curl -s "$sandbox/api/tally" | grep -q '"waiting_callbacks":0' && break
        sleep 0.1
    done
    carillon webhooks process >/dev/null
}

say "1. The project: is everything in it sound?"
show carillon check

say "2. Contacts: 6,000 rows, some of them wrong on purpose, and the eight of the bulb club"
show carillon contacts import contacts.csv
show carillon contacts import bulb-club.csv

say "3. The plan: who would get it, who would not and why, what it costs. Nothing is sent."
show carillon plan campaigns/spring-sale.yaml --samples 1

say "4. A sandbox plays the providers, and a server hears what they tell. Nothing leaves this machine."
beside "$sandbox" carillon sandbox --port "$play" --folder sandbox --script sandbox.json \
    --webhooks "http://127.0.0.1:$port" --unlimited
beside "http://127.0.0.1:$port" carillon serve --sandbox --port "$port"

say "5. One campaign each by mail, SMS, WhatsApp and Telegram"
show carillon run campaigns/spring-sale.yaml --yes $with
for campaign in bulbs-by-sms bulbs-by-whatsapp bulbs-by-telegram; do
    printf '\n'
    show carillon run $campaign --yes $with
done

say "6. The account: every contact in exactly one line, and what the providers told since"
hear_all
show carillon status spring-sale --verify
printf '\n'
show carillon status bulbs-by-whatsapp
printf '\n'
show carillon messages bulbs-by-whatsapp

say "7. Why did Anna get it, and Kai not?"
show carillon why spring-sale anna@example.com
printf '\n'
show carillon why spring-sale kai@example.com

say "8. Oliver answers the text message with STOP, and the shop writes again"
echo "\$ curl -d c=sms/sms-shop/+447700900002 -d text=STOP $sandbox/reply      # or type it into his phone there"
curl -s -o /dev/null --data-urlencode c=sms/sms-shop/+447700900002 -d text=STOP "$sandbox/reply"
hear_all
show carillon run bulbs-by-sms --new-launch --yes $with
printf '\n'
show carillon why bulbs-by-sms +447700900002

say "9. Anna follows the unsubscribe link in her mail"
link=$(curl -s "$sandbox/api/messages?to=anna@example.com" | sed -n 's/.*"unsubscribe_url":"\([^"]*\)".*/\1/p' | head -n 1)
echo "List-Unsubscribe: <$link>"
echo "\$ curl LINK                       # what a link scanner does: a page with a button, and nothing changes"
curl -s "$link" | sed -n 's/.*<title>\(.*\)<\/title>.*/  page: \1/p'
echo "\$ curl -d List-Unsubscribe=One-Click LINK    # what a mail program's unsubscribe button does"
curl -s -o /dev/null -w '  answer: %{http_code} in %{time_total} s\n' -d List-Unsubscribe=One-Click "$link"
show carillon consent show anna@example.com

say "Where to look next"
cat <<TEXT
  .demo/sandbox/journal.jsonl       everything that the sandbox accepted
  cd .demo                          then any command, with ../.build/release/carillon:
    carillon sandbox & carillon serve --sandbox     phones and mailboxes in a browser: http://127.0.0.1:8090
    carillon messages spring-sale --csv out.csv     one line per recipient
    carillon graph campaigns/spring-sale.yaml --format mermaid
  docs/guides/sandbox.md            what the sandbox plays, and how to make it fail
  docs/guides/first-campaign.md     from an empty folder to your own campaign
  docs/language.md                  what you can write
TEXT
