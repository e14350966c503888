/// The chat as a page loads it: one script without a framework, which works under a strict content policy. It sets no inline
/// styles and no inline handlers, keeps what it shows in a shadow tree, and writes texts as texts, never as HTML.
///
///     <script src="https://go.acme.example/webchat/v1/widget.js" data-channel="site-chat" defer></script>
enum WebchatScript {
    static let text = #"""
        (() => {
          "use strict";
          const tag = document.currentScript;
          if (!tag || !tag.dataset.channel) return;
          const base = new URL(tag.src).origin + "/webchat/v1/" + encodeURIComponent(tag.dataset.channel);
          const storage = tag.dataset.remember === "true" ? window.localStorage : window.sessionStorage;
          const slot = "carillon-chat-" + tag.dataset.channel;
          let session = null, last = 0, read = 0, isOpen = false, wait = 1000, stream = null;
          const shown = new Set();

          const style = new CSSStyleSheet();
          style.replaceSync(`
            :host { all: initial; position: fixed; right: 16px; bottom: 16px; z-index: 2147483000;
              font: 15px/1.45 system-ui, sans-serif; color: #1b1f24; }
            * { box-sizing: border-box; font: inherit; }
            button { cursor: pointer; border: 0; border-radius: 8px; padding: 8px 14px; background: #1a5fb4; color: #fff; }
            button:focus-visible, textarea:focus-visible, a:focus-visible { outline: 3px solid #f5a623; outline-offset: 1px; }
            .panel { width: min(360px, calc(100vw - 32px)); height: min(520px, calc(100vh - 96px)); display: flex;
              flex-direction: column; background: #fff; border: 1px solid #c8ccd2; border-radius: 12px; overflow: hidden;
              box-shadow: 0 6px 24px rgba(0, 0, 0, .18); margin-bottom: 10px; }
            .panel[hidden] { display: none; }
            h2 { margin: 0; padding: 12px 14px; background: #1a5fb4; color: #fff; font-weight: 600; }
            ol { flex: 1; overflow-y: auto; margin: 0; padding: 12px; list-style: none; display: flex;
              flex-direction: column; gap: 8px; }
            li { max-width: 85%; padding: 8px 11px; border-radius: 10px; background: #eef1f5; overflow-wrap: anywhere;
              white-space: pre-wrap; align-self: flex-start; }
            li.visitor { align-self: flex-end; background: #d6e6fa; }
            li.pending { opacity: .6; }
            li img, li video { display: block; max-width: 100%; border-radius: 6px; margin-bottom: 6px; }
            .buttons { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 8px; }
            .buttons button, .buttons a { background: #fff; color: #1a5fb4; border: 1px solid #1a5fb4; border-radius: 8px;
              padding: 5px 10px; text-decoration: none; }
            form { display: flex; gap: 8px; padding: 10px; border-top: 1px solid #dfe3e8; align-items: flex-end; }
            textarea { flex: 1; resize: none; border: 1px solid #c8ccd2; border-radius: 8px; padding: 8px; min-height: 40px; }
            .typing { padding: 0 14px 6px; font-size: 13px; opacity: .75; }
            .typing[hidden] { display: none; }
            .attach { background: none; color: #1a5fb4; padding: 8px; }
            .attach[hidden] { display: none; }
            .note { padding: 0 14px 8px; color: #8a1c1c; min-height: 1.2em; font-size: 13px; }
            .opener { float: right; }
            @media (prefers-color-scheme: dark) {
              .panel { background: #1f2328; border-color: #444c56; color: #e6edf3; }
              li { background: #2d333b; } li.visitor { background: #1b4070; }
              textarea { background: #2d333b; color: #e6edf3; border-color: #444c56; }
              .buttons button, .buttons a { background: #1f2328; color: #8ab8f5; border-color: #8ab8f5; }
              .note { color: #ff9a9a; }
            }`);

          const make = (name, attributes = {}, text = null) => {
            const element = document.createElement(name);
            for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
            if (text !== null) element.textContent = text;
            return element;
          };
          const host = make("div", { "data-carillon-chat": "" });
          const root = host.attachShadow({ mode: "open" });
          root.adoptedStyleSheets = [style];
          const german = (document.documentElement.lang || navigator.language || "").startsWith("de");
          const words = german
            ? { attach: "Datei anhängen", large: "Diese Datei ist zu groß.", kind: "Dateien dieser Art gehen hier nicht.",
                typing: "schreibt …", open: "Chat", close: "Schließen", send: "Senden", write: "Nachricht", slow: "Bitte einen Moment warten.",
                lost: "Keine Verbindung. Es wird weiter versucht." }
            : { attach: "Attach a file", large: "That file is too large.", kind: "Files of that kind can't be sent here.",
                typing: "is writing …", open: "Chat", close: "Close", send: "Send", write: "Message", slow: "Please wait a moment.",
                lost: "No connection. Trying again." };
          const panel = make("section", { class: "panel", role: "dialog", "aria-label": words.open });
          panel.hidden = true;
          const title = make("h2", {}, words.open);
          const list = make("ol", { "aria-live": "polite" });
          const note = make("div", { class: "note", role: "status" });
          const typing = make("div", { class: "typing", role: "status", hidden: "" }, words.typing);
          const form = make("form");
          const input = make("textarea", { rows: "2", maxlength: "4000", "aria-label": words.write });
          const send = make("button", { type: "submit" }, words.send);
          const chooser = make("input", { type: "file", hidden: "" });
          const attach = make("button", { type: "button", class: "attach", "aria-label": words.attach, hidden: "" }, "📎");
          form.append(chooser, attach, input, send);
          panel.append(title, list, typing, note, form);
          const opener = make("button", { type: "button", class: "opener", "aria-expanded": "false" }, words.open);
          root.append(panel, opener);

          const home = new URL(tag.src).origin;
          const safe = (url) => {
            try {
              const { protocol, origin } = new URL(url);
              return protocol === "https:" || origin === home ? url : null;
            } catch { return null; }
          };
          const picture = (item, kind, source, name) => {
            if (kind === "image") {
              const image = make("img", { alt: name || "" });
              image.src = source;
              item.append(image);
            } else if (kind === "video" || kind === "audio") {
              const player = make(kind, { controls: "" });
              player.src = source;
              item.append(player);
            } else {
              item.append(link(source, name || source), document.createElement("br"));
            }
          };
          const link = (url, text) => {
            const element = make("a", { target: "_blank", rel: "noopener noreferrer" }, text);
            element.href = url;
            return element;
          };
          const call = async (path, options = {}) => {
            const headers = { "content-type": "application/json", ...(options.headers || {}) };
            if (session) headers.authorization = "Bearer " + session.token;
            const answer = await fetch(base + path, { ...options, headers, credentials: "omit", cache: "no-store" });
            if (answer.status === 401 && session) { session = null; storage.removeItem(slot); }
            return answer;
          };

          const show = (message) => {
            if (shown.has(message.id)) return;
            shown.add(message.id);
            last = Math.max(last, message.seq);
            for (const item of list.querySelectorAll("li.pending, li[data-id]")) {
              const isIt = item.dataset.id ? item.dataset.id === message.id : item.textContent === (message.message.text || "");
              if (message.from === "visitor" && isIt) {
                item.remove();
                break;
              }
            }
            const item = make("li", { class: message.from === "visitor" ? "visitor" : "us" });
            const { media, location: place, buttons, text, files } = message.message;
            const source = media && safe(media.url);
            if (source) picture(item, media.kind, source, media.name);
            for (const [place, file] of (files || []).entries()) {
              const address = safe(home + (message.addresses || [])[place]);
              if (address) picture(item, file.kind, address, file.name);
            }
            if (place) {
              const where = encodeURIComponent(place.latitude + "," + place.longitude);
              item.append(link("https://www.openstreetmap.org/search?query=" + where, place.label || words.open));
            }
            item.append(document.createTextNode(text || ""));
            if (buttons) {
              const row = make("div", { class: "buttons" });
              for (const button of buttons) {
                if (button.url && safe(button.url)) {
                  row.append(link(button.url, button.title));
                } else if (typeof button.reply === "string") {
                  const tap = make("button", { type: "button" }, button.title);
                  tap.addEventListener("click", () => write(button.title, button.reply, message.seq));
                  row.append(tap);
                }
              }
              item.append(row);
            }
            list.append(item);
            list.scrollTop = list.scrollHeight;
          };

          let marking = null;
          const mark = () => {
            if (marking || !session || last === 0) return;
            marking = setTimeout(async () => {
              marking = null;
              const seen = isOpen && document.visibilityState === "visible" ? last : 0;
              if (seen > read || last > (session.delivered || 0)) {
                session.delivered = last;
                read = Math.max(read, seen);
                try { await call("/receipts", { method: "POST", body: JSON.stringify({ delivered: last, read: seen }) }); }
                catch { /* The next message says it again. */ }
              }
            }, 300);
          };

          let told = 0;
          const tellTyping = async (on) => {
            if (!session || (on ? Date.now() - told < 10000 : told === 0)) return;
            told = on ? Date.now() : 0;
            try { await call("/typing", { method: "POST", body: JSON.stringify({ on }) }); } catch { /* Nobody misses it. */ }
          };
          let hiding = null;
          const showTyping = (on) => {
            clearTimeout(hiding);
            typing.hidden = !on;
            if (on) hiding = setTimeout(() => { typing.hidden = true; }, 35000);
          };
          const bring = async (file) => {
            if (!session) return;
            if (file.size > session.most) { note.textContent = words.large; return; }
            try {
              const answer = await call("/files?name=" + encodeURIComponent(file.name), {
                method: "POST", body: file, headers: { "content-type": file.type || "application/octet-stream" },
              });
              if (answer.ok) { note.textContent = ""; await write("", null, null, [(await answer.json()).id]); }
              else if (answer.status === 413) note.textContent = words.large;
              else if (answer.status === 415 || answer.status === 403) note.textContent = words.kind;
              else note.textContent = answer.status === 429 ? words.slow : words.lost;
            } catch { note.textContent = words.lost; }
          };

          const write = async (text, payload, replyTo, files) => {
            const cid = crypto.randomUUID();
            const item = make("li", { class: "visitor pending" }, text);
            list.append(item);
            list.scrollTop = list.scrollHeight;
            for (let attempt = 0; attempt < 6; attempt += 1) {
              try {
                const body = { cid, text, page: location.href };
                if (files) body.files = files;
                if (payload) { body.payload = payload; body.reply_to = replyTo; }
                const answer = await call("/messages", { method: "POST", body: JSON.stringify(body) });
                if (answer.ok) {
                  // The stream may have shown it by now, or shows it in a moment.
                  const { id } = await answer.json();
                  note.textContent = "";
                  item.classList.remove("pending");
                  if (shown.has(id)) item.remove(); else item.dataset.id = id;
                  return;
                }
                if (answer.status === 429) note.textContent = words.slow;
                else if (answer.status < 500) { note.textContent = words.lost; return; }
              } catch { note.textContent = words.lost; }
              await new Promise((done) => setTimeout(done, 1000 * 2 ** attempt));
            }
          };

          const begin = async () => {
            let kept = null;
            try { kept = JSON.parse(storage.getItem(slot) || "null"); } catch { kept = null; }
            const body = { page: { url: location.href } };
            if (kept && kept.token) body.token = kept.token;
            if (tag.dataset.user && tag.dataset.hash) {
              body.identify = { external_id: tag.dataset.user, hash: tag.dataset.hash };
            }
            const answer = await call("/sessions", { method: "POST", body: JSON.stringify(body) });
            if (!answer.ok) throw new Error("session");
            session = await answer.json();
            read = session.read_seq;
            chooser.accept = session.accept;
            attach.hidden = !session.accept;
            if (session.title) title.textContent = session.title;
            storage.setItem(slot, JSON.stringify({ token: session.token }));
          };

          const listen = async () => {
            stream = new AbortController();
            const answer = await call("/stream", {
              headers: { "last-event-id": String(last) }, signal: stream.signal,
            });
            if (!answer.ok) throw new Error("stream");
            wait = 1000;
            note.textContent = "";
            const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
            let rest = "";
            for (;;) {
              const { value, done } = await reader.read();
              if (done) return;
              rest += value;
              let end;
              while ((end = rest.indexOf("\n\n")) >= 0) {
                const event = rest.slice(0, end);
                rest = rest.slice(end + 2);
                const data = event.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
                if (!data.length) continue;
                const told = JSON.parse(data.join("\n"));
                if (event.startsWith("event: typing\n")) showTyping(told.on === true);
                else { show(told); mark(); }
              }
            }
          };
          const run = async () => {
            for (;;) {
              try {
                if (!session) await begin();
                await listen();
              } catch { if (isOpen) note.textContent = words.lost; }
              await new Promise((done) => setTimeout(done, wait * (0.75 + crypto.getRandomValues(new Uint8Array(1))[0] / 512)));
              wait = Math.min(wait * 2, 30000);
            }
          };

          opener.addEventListener("click", () => {
            isOpen = !isOpen;
            panel.hidden = !isOpen;
            opener.textContent = isOpen ? words.close : words.open;
            opener.setAttribute("aria-expanded", String(isOpen));
            if (isOpen) { input.focus(); list.scrollTop = list.scrollHeight; mark(); }
          });
          form.addEventListener("submit", (event) => {
            event.preventDefault();
            const text = input.value.trim();
            if (!text) return;
            input.value = "";
            told = 0;
            write(text);
          });
          input.addEventListener("keydown", (event) => {
            if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
          });
          input.addEventListener("input", () => tellTyping(input.value.trim() !== ""));
          attach.addEventListener("click", () => chooser.click());
          chooser.addEventListener("change", async () => {
            const files = [...chooser.files];
            chooser.value = "";
            for (const file of files) await bring(file);
          });
          document.addEventListener("visibilitychange", mark);
          (document.body || document.documentElement).append(host);
          run();
        })();
        """#
}
