#!/usr/bin/env bash
# Runs the example project from import to report in .demo/, a copy of examples/ that this script may throw away. Then a
# sandbox on this machine plays the providers: mail, SMS, WhatsApp and Telegram go to it, and what becomes of them comes
# back.
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

say "8. The bulb club: eight people, four channels, and a sandbox that plays the providers. Nothing leaves this machine."
cd "$top"
cp -r examples .demo/club
cp -r scripts/demo/* .demo/club/
cd .demo/club
rm -rf .carillon outbox
# Ports that nobody uses.
free_port() {
    local port=$1
    while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || (exec 3<>"/dev/tcp/127.0.0.1/$((port + 1))") 2>/dev/null
    do port=$((port + 2)); done
    echo "$port"
}
port=$(free_port 8087)
play=$(free_port 8090)
sandbox="http://127.0.0.1:$play"
with=--sandbox
[ "$play" = 8090 ] || with="--sandbox=$sandbox"
sed -i "s#^public_url: .*#public_url: http://127.0.0.1:$port#" carillon.yaml
# The house's policy asks for no consent on these channels yet; who writes there needs the express one.
sed -i 's/^  email: soft_optin$/&\n  sms: express\n  whatsapp: express\n  telegram: express/' policies/house-marketing.yaml

log=$(mktemp)
servers=
stop_servers() {
    for pid in $servers; do kill -TERM "$pid" 2>/dev/null || true; done
    for pid in $servers; do wait "$pid" 2>/dev/null || true; done
    rm -f "$log"
}
trap stop_servers EXIT
# Starts a command that goes on beside the others, and waits until it answers.
beside() {
    printf '$ %s &\n' "${*:2}"
    "${@:2}" >>"$log" 2>&1 &
    servers="$servers $!"
    for _ in $(seq 200); do
        curl -sf "$1/healthz" >/dev/null 2>&1 && return
        kill -0 $! 2>/dev/null || { cat "$log" >&2; exit 1; }
        sleep 0.05
    done
    cat "$log" >&2
    exit 1
}
# Until everything that the sandbox has to tell was told and read.
hear_all() {
    for _ in $(seq 300); do
        curl -s "$sandbox/api/tally" | grep -q '"waiting_callbacks":0' && break
        sleep 0.1
    done
    carillon webhooks process >/dev/null
}
show carillon contacts import bulb-club.csv
beside "$sandbox" carillon sandbox --port "$play" --script sandbox.json --webhooks "http://127.0.0.1:$port"
beside "http://127.0.0.1:$port" carillon serve --sandbox --port "$port"
for channel in mail sms whatsapp telegram; do
    printf '\n'
    show carillon run bulbs-by-$channel --yes $with
done

say "9. What the providers told since"
hear_all
show carillon status bulbs-by-mail
printf '\n'
show carillon status bulbs-by-whatsapp
printf '\n'
show carillon messages bulbs-by-sms

say "10. Oliver answers the text message with STOP, and the shop writes again"
echo "\$ curl -d c=sms/sms-shop/+447700900002 -d text=STOP $sandbox/reply     # or type it into his phone there"
curl -s -o /dev/null --data-urlencode c=sms/sms-shop/+447700900002 -d text=STOP "$sandbox/reply"
hear_all
show carillon run bulbs-by-sms --new-launch --yes $with
printf '\n'
show carillon why bulbs-by-sms +447700900002

say "11. A sequence and a rule go live in the server: a course in three texts for whom asks, a mail for whom gets a parcel"
show carillon activate campaigns/demo.yaml
show carillon activate rules/delivery-notice.yaml
printf '\n$ cat events.jsonl\n'
tee events.jsonl <<JSON
{"contact": "b-04", "event": "newsletter_requested", "id": "form-1", "fields": {"source": "bulb-course"}}
{"contact": "b-06", "event": "newsletter_requested", "id": "form-2", "fields": {"source": "bulb-course"}}
{"contact": "b-01", "event": "parcel_shipped", "id": "shop-1", "fields": {"parcel_id": "P-17", "carrier": "DHL", "day": "2027-03-23"}}
JSON
printf '$ carillon events send < events.jsonl\n'
carillon events send <events.jsonl
# Until a command's output has a line, or half a minute has gone.
until_says() {
    for _ in $(seq 120); do
        "${@:2}" 2>/dev/null | grep -q "$1" && return
        sleep 0.25
    done
}
until_says 'accepted' carillon why bulb-course +447700900004

say "12. Grace answers the first text with STOP: she gets no more of them, and Angus's course goes on"
echo "\$ curl -d c=sms/sms-shop/+447700900004 -d text=STOP $sandbox/reply     # or type it into her phone there"
curl -s -o /dev/null --data-urlencode c=sms/sms-shop/+447700900004 -d text=STOP "$sandbox/reply"
hear_all
until_says 'inside  *0' carillon status bulb-course
hear_all
show carillon why bulb-course +447700900004
printf '\n'
show carillon why bulb-course +447700900006
printf '\n'
show carillon status bulb-course
stop_servers
trap - EXIT

say "Where to look next"
cat <<TEXT
  .demo/outbox/                     the messages of the spring sale, as a mail program would show them
  .demo/club/.carillon-sandbox/     what the sandbox accepted, line by line
  cd .demo                          then any command, with ../.build/release/carillon:
    carillon messages spring-sale --csv out.csv          one line per recipient
    carillon graph campaigns/spring-sale.yaml --format mermaid
    carillon plan campaigns/spring-sale.yaml --json
  docs/guides/sandbox.md            phones and mailboxes in your browser, and how to make providers fail
  docs/guides/first-campaign.md     from an empty folder to your own campaign
  docs/language.md                  what you can write
TEXT
