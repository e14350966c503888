/// The page's style and script.
enum PageAssets {
    static let style = """
        :root { color-scheme: light dark; --paper: #f3f4f6; --card: #ffffff; --ink: #16181d; --soft: #667085;
          --line: #e3e6eb; --accent: #2563eb; --mine: #2563eb; --theirs: #e9ebf0; --chosen: #e6eefe; }
        @media (prefers-color-scheme: dark) { :root { --paper: #101216; --card: #191c22; --ink: #eceef2;
          --soft: #98a1b0; --line: #2a2f38; --accent: #7aa7ff; --mine: #2f62d0; --theirs: #272c35; --chosen: #1d2a45; } }
        * { box-sizing: border-box; }
        html, body { height: 100%; }
        body { margin: 0; display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
          font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        a { color: var(--accent); }
        .top { display: flex; align-items: baseline; gap: 12px; padding: 10px 20px; background: var(--card);
          border-bottom: 1px solid var(--line); }
        .top h1 { font-size: 17px; margin: 0; } .top p { margin: 0; color: var(--soft); font-size: 13px; }
        main { flex: 1; min-height: 0; display: grid; grid-template-columns: minmax(260px, 340px) 1fr; }
        .people { border-right: 1px solid var(--line); background: var(--card); overflow-y: auto; }
        .search { padding: 12px; position: sticky; top: 0; background: var(--card); z-index: 1; }
        .search input { width: 100%; padding: 9px 12px; border: 1px solid var(--line); border-radius: 10px;
          background: var(--paper); color: inherit; font: inherit; }
        .people ul { list-style: none; margin: 0; padding: 0 8px 16px; }
        .people li a { display: flex; gap: 11px; align-items: center; padding: 9px 10px; border-radius: 12px;
          color: inherit; text-decoration: none; }
        .people li a:hover { background: var(--paper); } .people li.open a { background: var(--chosen); }
        .who { min-width: 0; flex: 1; display: flex; flex-direction: column; }
        .who b, .who small { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .who b { font-weight: 600; } .who small { color: var(--soft); font-size: 13px; }
        .sign { flex: none; width: 36px; height: 36px; border-radius: 50%; display: grid; place-items: center;
          color: #fff; font-weight: 700; background: #64748b; }
        .sign.email { background: #b45309; } .sign.sms { background: #15803d; } .sign.whatsapp { background: #0f766e; }
        .sign.telegram { background: #0369a1; } .sign.messenger { background: #6d28d9; }
        .sign.instagram { background: #be185d; }
        .count { color: var(--soft); font-size: 12px; }
        .tally, .empty { color: var(--soft); font-size: 13px; margin: 0; padding: 0 18px 10px; }
        .people pre { margin: 0 18px; padding: 12px; border-radius: 10px; background: var(--paper); overflow-x: auto;
          font-size: 13px; }
        .stage { min-height: 0; overflow-y: auto; padding: 22px; }
        #thread { height: 100%; }
        .hint { height: 100%; display: grid; place-items: center; color: var(--soft); }
        .phone { width: 390px; max-width: 100%; height: min(780px, 100%); min-height: 420px; margin: 0 auto;
          display: flex; flex-direction: column; background: var(--card); border: 1px solid var(--line);
          border-radius: 38px; overflow: hidden; box-shadow: 0 0 0 9px #1f2329, 0 18px 50px rgb(0 0 0 / .25); }
        .bar { display: flex; gap: 11px; align-items: center; padding: 16px 18px 12px;
          border-bottom: 1px solid var(--line); }
        .back { display: none; text-decoration: none; font-size: 30px; line-height: 1; padding: 0 6px; }
        .talk { flex: 1; overflow-y: auto; padding: 16px; display: flex; flex-direction: column; gap: 12px; }
        .got, .said { max-width: 84%; display: flex; flex-direction: column; gap: 4px; }
        .got { align-self: flex-start; } .said { align-self: flex-end; align-items: flex-end; }
        .got small, .said small { color: var(--soft); font-size: 11.5px; padding: 0 6px; }
        .bubble, .said p { border-radius: 18px; padding: 9px 13px; margin: 0; overflow-wrap: anywhere;
          white-space: pre-wrap; }
        .bubble { background: var(--theirs); border-bottom-left-radius: 5px; }
        .bubble p { margin: 0; } .bubble p + p { margin-top: 6px; }
        .bubble .note { color: var(--soft); font-size: 12.5px; }
        .said p { background: var(--mine); color: #fff; border-bottom-right-radius: 5px; }
        .buttons { display: flex; flex-direction: column; gap: 5px; }
        .buttons button, .buttons a { display: block; width: 100%; text-align: center; padding: 8px 12px; font: inherit;
          border: 1px solid var(--line); border-radius: 12px; background: var(--card); color: var(--accent);
          text-decoration: none; cursor: pointer; }
        .reply { display: flex; gap: 8px; padding: 12px 14px 16px; border-top: 1px solid var(--line); }
        .reply input[name=text] { flex: 1; min-width: 0; padding: 10px 15px; border-radius: 20px; font: inherit;
          border: 1px solid var(--line); background: var(--paper); color: inherit; }
        .reply button { width: 42px; height: 42px; border: 0; border-radius: 50%; background: var(--accent); color: #fff;
          font-size: 17px; cursor: pointer; }
        .mailbox { max-width: 860px; margin: 0 auto; background: var(--card); border: 1px solid var(--line);
          border-radius: 16px; overflow: hidden; }
        .mails { list-style: none; margin: 0; padding: 0; max-height: 210px; overflow-y: auto;
          border-bottom: 1px solid var(--line); }
        .mails a { display: grid; grid-template-columns: minmax(90px, 190px) 1fr auto; gap: 14px; padding: 9px 18px;
          color: inherit; text-decoration: none; border-top: 1px solid var(--line); }
        .mails li:first-child a { border-top: 0; } .mails li.open a { background: var(--chosen); }
        .mails b, .mails span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .mails small { color: var(--soft); }
        article { padding: 20px 22px; } article h2 { font-size: 20px; margin: 0 0 12px; line-height: 1.25; }
        dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 14px; margin: 0 0 14px; font-size: 13.5px; }
        dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
        .leave { margin: 0 0 14px; font-size: 13.5px; }
        iframe { width: 100%; height: 400px; border: 1px solid var(--line); border-radius: 12px; background: #fff; }
        details { margin-top: 12px; } summary { color: var(--soft); cursor: pointer; font-size: 13.5px; }
        .text { white-space: pre-wrap; overflow-wrap: anywhere; margin: 8px 0 0; font: 14px/1.5 ui-monospace, monospace; }
        @media (max-width: 760px) {
          main { grid-template-columns: 1fr; } .people { border-right: 0; }
          .top p { display: none; } .back { display: block; }
          .at-list .stage, .at-thread .people, .at-thread .top { display: none; }
          .stage { padding: 0; }
          .phone { width: 100%; height: 100%; border: 0; border-radius: 0; box-shadow: none; }
          .mailbox { border: 0; border-radius: 0; min-height: 100%; }
          .mails a { grid-template-columns: 1fr auto; } .mails span { grid-row: 2; grid-column: 1 / 3; }
          article { padding: 16px; }
        }

        """

    /// Asks for the two parts anew when the server says that something has changed, and leaves the answer box alone.
    static let script = """
        "use strict";
        const part = async (id, path) => {
          const answer = await fetch(path + location.search, { cache: "no-store" });
          if (!answer.ok) return;
          const text = await answer.text();
          const place = document.getElementById(id);
          if (place.dataset.last === text) return;
          const box = document.getElementById("text");
          const typed = box && { value: box.value, here: document.activeElement === box };
          const frame = place.querySelector("iframe");
          place.dataset.last = text;
          place.innerHTML = text;
          const fresh = place.querySelector("iframe");
          // The mail that is being read stays where it was scrolled to.
          if (frame && fresh && frame.src === fresh.src) fresh.replaceWith(frame);
          const again = document.getElementById("text");
          if (typed && again) { again.value = typed.value; if (typed.here) again.focus(); }
          if (id === "thread") toEnd();
        };
        const toEnd = () => { const talk = document.getElementById("talk"); if (talk) talk.scrollTop = talk.scrollHeight; };
        let waiting = false;
        const refresh = () => {
          if (waiting) return;
          waiting = true;
          setTimeout(() => { waiting = false; part("list", "/list"); part("thread", "/thread"); }, 250);
        };
        toEnd();
        new EventSource("/events").onmessage = refresh;

        """
}
