// The chat's window. A line stays in this browser until the server says that it is held; then the server has it.
"use strict";
(() => {
const facts = FACTS_OF_THE_BRAND;
const script = document.currentScript;
const base = new URL(".", script.src).href;
const prefix = `intake-chat:${facts.brand}:`;
const memory = new Map();
const kept = (area) => { // what the browser has no room for, or may not keep, is kept in `memory` until the page goes
  const drop = (key) => { memory.delete(key); try { area().removeItem(prefix + key); } catch { /* it keeps nothing */ } };
  return {
    drop,
    get: (key) => { try { return area().getItem(prefix + key) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; } },
    set: (key, value) => { try { area().setItem(prefix + key, value); memory.delete(key); } catch { drop(key); memory.set(key, value); } },
    keys: () => {
      const found = [...memory.keys()];
      try { return [...found, ...Object.keys(area()).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))]; } catch { return found; }
    },
  };
};
const store = kept(() => localStorage);
const tab = kept(() => sessionStorage);
const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

// ---- language
const codes = Object.keys(facts.languages);
const offered = (tag) => codes.find((code) => code === tag) ?? codes.find((code) => code === (tag ?? "").split("-")[0].toLowerCase());
let chosen = script.dataset.into ? script.dataset.chosen && script.dataset.lang : offered(store.get("lang"));
let language = codes[0];
const speak = async (code) => { // the script brings the words of the brand's first language, the others are fetched
  try { facts.words[code] ??= await (await fetch(`${base}words.${code}.json`, { credentials: "omit" })).json(); } catch { /* then not */ }
  if (facts.words[code]) language = code;
  label();
};
const say = (key, field = "") => (facts.words[language][key] ?? "").replace("{field}", field);

// ---- the window
const into = script.dataset.into && document.getElementById(script.dataset.into);
const host = make("div", { class: "intake-chat" });
const shadow = host.attachShadow({ mode: "open" });
try {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(facts.style);
  shadow.adoptedStyleSheets = [sheet];
} catch { // before Safari 16.4: then the page's policy must allow this style
  shadow.append(make("style", {}, facts.style));
}
const launch = make("button", { type: "button", class: "launch", "aria-expanded": "false", "aria-controls": "panel" });
const launchWord = make("span"), badge = make("span", { class: "badge", hidden: "" });
launch.append(launchWord, badge);
const title = make("h2", { id: "title" });
const close = make("button", { type: "button", class: "close" }, make("span", { "aria-hidden": "true" }, "×"));
const summary = make("summary");
const tongue = make("select", { id: "tongue" }, ...codes.map((code) => make("option", { value: code, lang: code }, facts.languages[code])));
const tongueWord = make("label", { for: "tongue" });
const tongueRow = make("p", {}, tongueWord, tongue);
tongueRow.hidden = codes.length < 2 || Boolean(into);
const mail = make("input", { id: "mail", type: "email", autocomplete: "email", "aria-describedby": "mail-hint" });
const mailWord = make("label", { for: "mail" }), mailHint = make("small", { id: "mail-hint" }), mailSave = make("button", { type: "submit" });
const mailForm = make("form", { novalidate: "" }, mailWord, make("span", { class: "row" }, mail, mailSave), mailHint);
const fresh = make("button", { type: "button" });
const options = make("details", {}, summary, tongueRow, mailForm, make("p", {}, fresh));
const intro = make("p", { class: "intro" });
const log = make("div", { class: "log", role: "log", "aria-live": "polite", "aria-busy": "true", tabindex: "0" }, intro);
const status = make("p", { class: "status", role: "status" });
const text = make("textarea", { id: "text", rows: "2", maxlength: "50000", enterkeyhint: "enter" });
const textWord = make("label", { for: "text" });
const files = make("input", { id: "files", type: "file", multiple: "", tabindex: "-1", "aria-hidden": "true" });
const attach = make("button", { type: "button", class: "attach" });
const send = make("button", { type: "submit", class: "send" });
const form = make("form", { class: "say" }, textWord, text, make("div", { class: "row" }, attach, files, send));
const panel = make("section", { id: "panel", class: into ? "panel inside" : "panel", role: into ? "region" : "dialog", "aria-labelledby": "title" },
  make("header", {}, title, close), options, log, status, form);
close.hidden = Boolean(into);
panel.hidden = !into;
shadow.append(panel);
if (!into) shadow.append(launch);

const label = () => {
  host.lang = language;
  launchWord.textContent = say("open");
  title.textContent = say("title");
  close.setAttribute("aria-label", say("close"));
  summary.textContent = say("options");
  tongueWord.textContent = say("language");
  tongue.value = language;
  mailWord.textContent = say("mail_label");
  mailHint.textContent = say(store.get("mail") ? "mail_saved" : "mail_hint");
  mailSave.textContent = say("mail_save");
  fresh.textContent = say("new");
  intro.textContent = say("intro");
  log.setAttribute("aria-label", say("log"));
  textWord.textContent = say("label");
  attach.textContent = say("attach");
  send.textContent = say("send");
  for (const line of lines.values()) paint(line);
  tell();
};

// ---- lines: {id, ours, person, text, at, files, n, state}; n is the server's number, 0 while it has none
const lines = new Map();
let last = 0;
const isOpen = () => !panel.hidden;
const clock = (at) => new Date(at).toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
const LINK = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]|\b[A-Z]{2,4}(?:-[0-9A-Z]{4}){3}\b/g;

const paint = (line) => {
  const { who, state } = line.parts;
  if (line.note) { line.parts.body.textContent = say(line.note, line.field); return; }
  who.textContent = line.ours ? `${facts.name}${line.person ? "" : ` · ${say("automatic")}`}` : say("you");
  const word = { held: "held", waiting: "waiting", sending: "sending" }[line.state];
  state.textContent = line.ours ? clock(line.at) : line.state === "held" ? `${say("held")} · ${clock(line.at)}` : say(word);
  line.element.classList.toggle("late", line.state === "waiting");
};

const show = (line) => {
  const key = `${line.ours ? "o" : "m"}:${line.id}`;
  const known = lines.get(key);
  if (known) {
    Object.assign(known, { n: line.n || known.n, state: line.state });
    paint(known);
    place(known);
    return;
  }
  const bottom = log.scrollHeight - log.scrollTop - log.clientHeight < 80 || !line.ours;
  const body = make("p", { class: "text" }), who = make("p", { class: "who" }), state = make("p", { class: "state" });
  if (line.text) body.append(...(line.ours ? linked(line.text) : [line.text]));
  for (const name of line.files ?? []) body.append(make("span", { class: "file" }, name));
  line.element = make("div", { class: line.note ? "note" : line.ours ? "line ours" : "line mine" });
  line.element.append(...(line.note ? [body] : [who, body, state]));
  line.parts = { who, body, state };
  lines.set(key, line);
  paint(line);
  place(line);
  if (bottom) log.scrollTop = line.ours ? line.element.offsetTop - 10 : log.scrollHeight;
};

const place = (line) => { // numbered lines in their order, then what has no number yet
  if (!line.n && line.element.parentNode) return;
  const rank = (each) => each.n || Infinity;
  const after = [...lines.values()].filter((each) => each !== line && each.element.parentNode && rank(each) > rank(line))
    .sort((one, other) => rank(one) - rank(other))[0];
  if (line.element.parentNode && line.element.nextSibling === (after?.element ?? null)) return;
  log.insertBefore(line.element, after?.element ?? null);
};

const linked = (words) => {
  const parts = [];
  let from = 0;
  for (const match of words.matchAll(LINK)) {
    const known = match[0].startsWith("http") ? ["a", { href: match[0], target: "_blank", rel: "noopener noreferrer" }] : ["span", { class: "reference" }];
    parts.push(words.slice(from, match.index), make(...known, match[0]));
    from = match.index + match[0].length;
  }
  return [...parts, words.slice(from)];
};

const note = (key, field = "") => show({ id: random(), ours: true, note: key, field, n: 0, at: Date.now() });

// ---- what waits to be held; each under a key of its own, so that two tabs never write over each other
const uploads = new Map();
const flying = new Map();
const me = tab.get("tab") ?? random(); // a file is in the hands of the tab in which it was chosen
tab.set("tab", me);
let order = 0;
const waiting = () => store.keys().filter((key) => key.startsWith("line:"))
  .map((key) => { try { return JSON.parse(store.get(key)); } catch { return null; } })
  .filter((line) => line && (!line.file || line.tab === me || Date.now() - line.at > 600000)).sort((one, other) => one.at - other.at || one.order - other.order);
const held = (id, n) => {
  flying.delete(id);
  uploads.delete(id);
  store.drop(`line:${id}`);
  const line = lines.get(`m:${id}`);
  if (line) show({ ...line, n: n || line.n, state: "held" });
  if (!waiting().length) tries = 0;
  flush();
};
const put = (line) => {
  store.set(`line:${line.id}`, JSON.stringify(line));
  show({ id: line.id, ours: false, text: line.text, at: line.at, files: line.file ? [line.file] : [], n: 0, state: "sending" });
  log.scrollTop = log.scrollHeight;
};
const add = (words, file) => {
  const id = random();
  if (file) uploads.set(id, file);
  const begins = store.get("fresh");
  if (begins) store.drop("fresh");
  put({ id, text: words, file: file?.name, tab: me, command: begins ? "new" : "", at: Date.now(), order: order++ });
  flush();
};

// ---- to and from the server
let session = store.get("session");
let socket = null, sending = false, tries = 0, failures = 0, timer = 0, polling = false, seen = 0, away = "";
const open = () => socket?.readyState === WebSocket.OPEN;
const tell = (word = away) => {
  away = word;
  status.textContent = word ? say(word) : "";
  status.hidden = !word;
  if (word === "elsewhere") status.append(" ", make("a", { href: base.slice(0, -1), target: "_blank", rel: "noopener" }, base.slice(0, -1)));
};
const ask = async (name, body) => {
  const whole = body instanceof FormData;
  const response = await fetch(base + name, {
    method: "POST", credentials: "omit", cache: "no-store", referrerPolicy: "strict-origin",
    signal: AbortSignal.timeout?.(whole ? 600000 : 60000),
    headers: whole ? {} : { "content-type": "application/json" }, body: whole ? body : JSON.stringify(body),
  });
  if (response.status === 403) { tell("elsewhere"); throw new Error("403"); }
  return { status: response.status, body: await response.json() };
};
const again = (seconds) => {
  const wait = seconds ?? Math.min(15, 2 ** tries++) * (0.75 + Math.random() / 2);
  clearTimeout(timer);
  timer = setTimeout(() => { connect(); flush(); }, wait * 1000);
};
const late = (id) => {
  flying.delete(id);
  const line = lines.get(`m:${id}`);
  if (line) show({ ...line, state: "waiting" });
};
const begin = async () => { // one secret for all tabs
  const fetched = async () => {
    session = store.get("session");
    if (session) return;
    const { body } = await ask("session", {});
    if (!body.session) throw new Error("no session");
    session = store.get("session") ?? body.session;
    store.set("session", session);
  };
  await (navigator.locks ? navigator.locks.request(`${prefix}session`, fetched) : fetched());
};
const frame = (line) => ({ t: "line", id: line.id, text: line.text, command: line.command, mail: store.get("mail") ?? "", lang: language, chosen: Boolean(chosen) });

// Words go one after another, in the order in which they were written, also when one of them must be sent again; files go
// beside them. In `flying` stands since when the socket has it; a post has its own time.
const failed = (ids) => {
  ids.forEach(late);
  if (away !== "elsewhere") { tell("offline"); again(); }
};
const flush = async () => {
  if (sending || !waiting().length) return;
  sending = true;
  try {
    if (!session) await begin();
    connect();
  } catch { failed(waiting().map((line) => line.id)); return; } finally { sending = false; }
  const all = waiting();
  for (const line of all.filter((each) => each.file && !flying.has(each.id))) {
    if (uploads.has(line.id)) post(line);
    else { // the page was left before it was held, and no browser keeps files for us
      store.drop(`line:${line.id}`);
      remove(line.id);
      note("file_again", line.file);
    }
  }
  const next = all.find((each) => !each.file);
  if (!next || flying.has(next.id)) return;
  if (open()) { flying.set(next.id, Date.now()); socket.send(JSON.stringify(frame(next))); } else post(next);
};
const remove = (id) => {
  lines.get(`m:${id}`)?.element.remove();
  lines.delete(`m:${id}`);
};
const post = async (line) => {
  flying.set(line.id, Infinity);
  const said = { ...frame(line), session };
  let body = said;
  if (line.file) {
    body = new FormData();
    for (const [name, value] of Object.entries(said)) body.append(name, value === true ? "yes" : value === false ? "" : value);
    body.append("files", uploads.get(line.id), line.file);
  }
  try {
    const answer = await ask("lines", body);
    if (answer.status === 400) { session = null; store.drop("session"); }
    if (!answer.body.t) throw new Error(answer.status);
    if (away === "offline") tell("");
    receive(answer.body);
  } catch { failed([line.id]); }
};
const refused = (list) => {
  for (const { name, why } of list ?? []) note(why === "too_large" || why === "too_many" ? "file_large" : "file_kind", name);
};
const receive = (got) => {
  if (got.t === "line") {
    if (got.n > last) last = got.n;
    show({ ...got, state: "held" });
    if (!got.ours) held(got.id, got.n);
    look();
  } else if (got.t === "held") {
    held(got.id, got.n);
    refused(got.refused);
    if (got.slow) tell("slow"); else if (away === "slow") tell("");
  } else if (got.t === "empty") {
    held(got.id, 0);
    remove(got.id);
    refused(got.refused);
  } else if (got.t === "not_held") {
    late(got.id);
    again(got.after);
  }
};

const connect = () => {
  if (!session || socket || polling) return;
  let opened = false;
  let live;
  try { live = socket = new WebSocket(`${base.replace(/^http/, "ws")}socket`); } catch { poll(); return; }
  const limit = setTimeout(() => live.close(), 8000);
  live.onopen = () => {
    clearTimeout(limit);
    opened = true;
    failures = seen = 0;
    if (away === "offline" || away === "busy") tell("");
    live.send(JSON.stringify({ session, after: last }));
    flush();
    look();
  };
  live.onmessage = (event) => receive(JSON.parse(event.data));
  live.onclose = () => {
    clearTimeout(limit);
    if (socket === live) socket = null;
    for (const [id, since] of [...flying]) if (since < Infinity) late(id);
    if (!opened && ++failures > 1 && navigator.onLine) { poll(); return; }
    if (!navigator.onLine || !opened || waiting().length) tell("offline");
    again();
  };
};
const poll = async () => { // no socket goes through: ask for news, and try a socket again after a while
  if (polling || !session) return;
  polling = true;
  const until = Date.now() + 60000;
  while (Date.now() < until || waiting().length) {
    try {
      flush();
      const { status: code, body } = await ask("news", { session, after: last, seen: looking() ? last : 0, wait: 20 });
      if (code !== 200) throw new Error(code);
      tries = 0;
      seen = looking() ? last : seen;
      if (away === "offline" || away === "busy") tell(body.again ? "busy" : "");
      else if (body.again) tell("busy");
      body.lines.forEach(receive);
      if (body.again) await new Promise((done) => setTimeout(done, body.again * 1000));
    } catch {
      if (away === "elsewhere") break;
      tell("offline");
      await new Promise((done) => setTimeout(done, Math.min(15, 2 ** tries++) * 1000));
      if (Date.now() >= until) break;
    }
  }
  polling = false;
  failures = 0;
  connect();
};
setInterval(() => { // a socket can die without a word, another tab can be closed with something to say
  const oldest = Math.min(...flying.values());
  if (open() && Date.now() - oldest > 20000) socket.close();
  const left = waiting().filter((line) => Date.now() - line.at > 15000 && !lines.has(`m:${line.id}`));
  left.forEach(put);
  if (left.length) flush();
}, 5000);

// ---- what was shown: only in an open window of a page that is looked at
const looking = () => isOpen() && document.visibilityState === "visible";
const look = () => {
  const ours = [...lines.values()].filter((line) => line.ours && line.n);
  if (looking() && last > seen && ours.length) {
    store.set("seen", String(last));
    if (open()) { socket.send(JSON.stringify({ t: "seen", n: last })); seen = last; }
    else if (polling && session) { seen = last; ask("news", { session, after: last, seen: last, wait: 0 }).catch(() => { seen = 0; }); }
  }
  const unread = ours.filter((line) => line.n > Number(store.get("seen") ?? 0)).length;
  badge.hidden = !unread;
  badge.textContent = String(unread);
  launch.setAttribute("aria-label", unread ? `${say("open")}, ${say("unread")}: ${unread}` : say("open"));
};

// ---- the person
const turn = (on, focus = true) => {
  if (into) return;
  panel.hidden = !on;
  launch.setAttribute("aria-expanded", String(on));
  launch.classList.toggle("away", on);
  tab.set("open", on ? "yes" : "");
  if (on) { log.scrollTop = log.scrollHeight; look(); }
  if (focus) (on ? text : launch).focus();
};
launch.addEventListener("click", () => turn(true));
close.addEventListener("click", () => turn(false));
panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !into) { event.stopPropagation(); turn(false); }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const words = text.value.trim();
  if (words) {
    text.value = "";
    tab.drop("draft");
    add(words);
  }
  text.focus();
});
text.addEventListener("input", () => tab.set("draft", text.value));
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !matchMedia("(pointer: coarse)").matches) {
    event.preventDefault();
    form.requestSubmit();
  }
});
const take = (chosenFiles) => {
  for (const file of chosenFiles) {
    if (file.size > facts.bytes) note("file_large", file.name);
    else add("", file);
  }
};
attach.addEventListener("click", () => files.click());
files.addEventListener("change", () => {
  take(files.files);
  files.value = "";
  text.focus();
});
text.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) { event.preventDefault(); take(event.clipboardData.files); }
});
tongue.addEventListener("change", () => {
  chosen = tongue.value;
  store.set("lang", chosen);
  speak(chosen).then(look);
});
mail.addEventListener("input", () => {
  if (!mail.hasAttribute("aria-invalid")) return;
  mail.removeAttribute("aria-invalid");
  mailHint.textContent = say("mail_hint");
});
mailForm.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = mail.value.trim();
  if (!mail.checkValidity()) { mail.setAttribute("aria-invalid", "true"); mailHint.textContent = say("mail_wrong"); mail.focus(); return; }
  const before = store.get("mail") ?? "";
  if (typed) store.set("mail", typed); else store.drop("mail");
  label();
  if (typed && typed !== before && (session || waiting().length)) add(say("mail_line", typed));
  options.open = false;
  text.focus();
});
fresh.addEventListener("click", () => {
  if (!store.get("fresh")) note("new_begins");
  store.set("fresh", "yes");
  options.open = false;
  text.focus();
});
document.addEventListener("visibilitychange", () => { look(); if (looking() && waiting().length) again(0); });
addEventListener("online", () => { tries = 0; again(0); });
addEventListener("offline", () => tell("offline"));
addEventListener("pageshow", (event) => { if (event.persisted) again(0); });
addEventListener("storage", (event) => {
  if (event.key === `${prefix}session` && event.newValue) { session = event.newValue; connect(); }
  if (event.key === `${prefix}seen`) look();
});

for (const line of waiting()) put(line);
text.value = tab.get("draft") ?? "";
mail.value = store.get("mail") ?? "";
const wanted = chosen ?? [script.dataset.lang, document.documentElement.lang, ...navigator.languages].map(offered).find(Boolean) ?? codes[0];
speak(wanted).then(() => {
  const plain = document.querySelector("[data-intake-plain]"); // who was quicker than the script goes on where they were
  const typed = plain?.querySelector("textarea").value ?? "", begun = plain?.contains(document.activeElement);
  const chosenFiles = [...plain?.querySelector("input[type=file]").files ?? []];
  if (typed.trim() && !text.value) { text.value = typed; tab.set("draft", typed); }
  const told = plain?.querySelector("input[type=email]").value ?? ""; // not saved yet: it is seen with its button
  if (told && !mail.value) { mail.value = told; options.open = true; }
  plain?.remove();
  (into || document.body).append(host);
  turn(Boolean(tab.get("open")), false);
  if (begun) text.focus();
  for (const file of chosenFiles) note("file_again", file.name);
  log.scrollTop = log.scrollHeight;
  look();
});
connect();
flush();
setTimeout(() => log.setAttribute("aria-busy", "false"), 1500);
})();
