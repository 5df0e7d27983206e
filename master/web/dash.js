// SPDX-License-Identifier: MIT
//
// The dashboard.  All that comes from the crawl (names of sites, machines,
// messages) is put into the page as text only.  The page is sent a moment's
// numbers a second; nothing is asked for again but when the stream breaks.
"use strict";

const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const HISTORY = 600;

// --- the token: from the address's fragment, which no server is sent ---
const KEY = "weft-token";
let token = null;
{
  const m = /(?:^#|&)token=([^&]+)/.exec(location.hash);
  try {
    if (m) sessionStorage.setItem(KEY, decodeURIComponent(m[1]));
    token = sessionStorage.getItem(KEY);
  } catch (e) {
    token = m && m[1];
  }
  if (m) history.replaceState(null, "", location.pathname);
}

function ask(path, body) {
  const init = { headers: {}, cache: "no-store" };
  if (token) init.headers.Authorization = "Bearer " + token;
  if (body !== undefined) {
    init.method = "POST";
    init.headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(body);
  }
  return fetch(path, init);
}

// --- words ---
const count = (n) => Math.round(n || 0).toLocaleString("en");
const rate = (n) => (n >= 100 ? count(n) : (n || 0).toFixed(1));
function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let i = 0;
  n = n || 0;
  while (n >= 999.5 && i < units.length - 1) { n /= 1000; i++; }
  return (i && n < 100 ? n.toFixed(1) : Math.round(n)) + " " + units[i];
}
function time(ms) {
  if (ms === undefined || ms < 0) return "";
  if (ms < 1000) return Math.round(ms) + " ms";
  let s = ms / 1000;
  if (s < 60) return s.toFixed(1) + " s";
  s = Math.round(s);
  const two = (n) => String(n).padStart(2, "0");
  if (s < 3600) return Math.floor(s / 60) + ":" + two(s % 60);
  if (s < 172800) return Math.floor(s / 3600) + ":" + two(Math.floor(s / 60) % 60) + " h";
  return (s / 86400).toFixed(1) + " days";
}

// --- the page's parts ---
function el(name, text, cls) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  if (cls) e.className = cls;
  return e;
}
function svg(name, attrs) {
  const e = document.createElementNS(SVG, name);
  for (const k in attrs) e.setAttribute(k, attrs[k]);
  return e;
}
function say(id, text) {
  const e = $(id);
  e.hidden = !text;
  if (e.textContent !== (text || "")) e.textContent = text || "";
}

function tiles(list) {
  const box = $("tiles");
  while (box.children.length < list.length) {
    const t = el("div", undefined, "tile");
    t.append(el("small"), el("b"), el("small"));
    box.append(t);
  }
  list.forEach(([label, value, more], i) => {
    const c = box.children[i].children;
    c[0].textContent = label;
    c[1].textContent = value;
    c[2].textContent = more || "";
  });
}

// Rows of cells; a cell is a text, or a node.  What did not change stays the
// same node: it keeps the focus, and a click that is under way.
function table(id, heads, rows, empty) {
  const t = $(id), is_text = (i) => (heads[i] || "")[0] === "<" ? "text" : "";
  const want = rows.map((row) => row.map((cell, i) =>
    ["td", cell, cell instanceof SVGElement ? "bar" : is_text(i)]));
  if (heads.length && rows.length) want.unshift(heads.map((h, i) => ["th", h.replace(/^</, ""), is_text(i)]));
  if (!rows.length) want.push([["td", empty || "none", "empty"]]);
  while (t.rows.length > want.length) t.deleteRow(-1);
  want.forEach((row, i) => {
    const tr = t.rows[i] || t.insertRow();
    while (tr.cells.length > row.length) tr.deleteCell(-1);
    row.forEach(([name, cell, cls], k) => {
      let td = tr.cells[k];
      if (!td || td.localName !== name) {
        const fresh = el(name);
        if (td) td.replaceWith(fresh); else tr.append(fresh);
        td = fresh;
      }
      if (td.className !== cls) td.className = cls;
      put(td, cell);
    });
  });
}
function put(td, cell) {
  if (cell instanceof Node) {
    if (!td.firstChild || !td.firstChild.isEqualNode(cell)) td.replaceChildren(cell);
  } else if (td.firstElementChild || td.textContent !== String(cell)) td.textContent = cell;
}
function bars(id, list, empty) {
  const most = Math.max(1, ...list.map((r) => r[1]));
  table(id, [], list.map(([name, n]) => {
    const b = svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
    b.append(svg("rect", { width: Math.max(n ? 1 : 0, (100 * n) / most), height: 10 }));
    return [name, b, count(n)];
  }), empty);
}

// --- charts ---
const samples = []; // [seconds, pages/s, bytes/s, left]
function nice(n) {
  if (!(n > 0)) return 1;
  const p = Math.pow(10, Math.floor(Math.log10(n)));
  return [1, 2, 2.5, 5, 10].map((k) => k * p).find((k) => k >= n);
}
function chart(id, which, words) {
  const box = $(id), w = box.clientWidth || 300, h = 120, left = 58, low = h - 16;
  const end = samples.length ? samples[samples.length - 1][0] : 0;
  const span = Math.min(HISTORY, Math.max(60, end - (samples.length ? samples[0][0] : 0)));
  const top = nice(Math.max(0, ...samples.map((s) => s[which])));
  const x = (t) => w - ((end - t) / span) * (w - left);
  const y = (v) => low - (v / top) * (low - 8);
  const parts = [];
  for (const v of [0, top / 2, top]) {
    parts.push(svg("line", { x1: left, x2: w, y1: y(v), y2: y(v), class: "axis" }));
    const t = svg("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" });
    t.textContent = words(v);
    parts.push(t);
  }
  const before = svg("text", { x: left, y: h - 2 });
  before.textContent = time(span * 1000) + " ago";
  const now = svg("text", { x: w, y: h - 2, "text-anchor": "end" });
  now.textContent = "now";
  parts.push(before, now);
  if (samples.length > 1) {
    const pts = samples.map((s) => x(s[0]).toFixed(1) + "," + y(s[which]).toFixed(1)).join(" ");
    parts.push(svg("polygon", { class: "area", points: x(samples[0][0]).toFixed(1) + "," + low + " " + pts + " " + w + "," + low }));
    parts.push(svg("polyline", { class: "line", points: pts }));
  }
  box.setAttribute("viewBox", "0 0 " + w + " " + h);
  box.replaceChildren(...parts);
}
function charts() {
  chart("chart-pages", 1, (v) => (v < 10 ? v.toFixed(1).replace(/\.0$/, "") : count(v)));
  chart("chart-bytes", 2, (v) => bytes(v) + "/s");
  chart("chart-left", 3, (v) => (v >= 1e6 ? (v / 1e6).toFixed(1) + "M" : v >= 1e4 ? Math.round(v / 1e3) + "k" : count(v)));
}
function note(sample) {
  const last = samples[samples.length - 1];
  if (last && sample[0] <= last[0]) return;
  samples.push(sample);
  while (samples.length > HISTORY) samples.shift();
}

// --- sites ---
function site(s) {
  if (s.name === "*") return "all without an order of their own";
  if (!token) return s.name;
  const b = el("button", s.name, "site");
  b.addEventListener("click", () => {
    $("site").value = s.name;
    $("site-form").scrollIntoView({ block: "nearest" });
  });
  return b;
}
function reason(s) {
  const why = [];
  if (s.is_dropped) why.push("dropped");
  if (s.slow_ms > 0) why.push("slowed to one in " + time(s.slow_ms));
  if (s.in_a_row > 0) why.push(count(s.in_a_row) + " failures in a row");
  else if (s.failures > 0) why.push(count(s.failures) + " failures");
  if (s.spacing_ms > 0) why.push("needs " + time(s.spacing_ms) + " between requests");
  return why.join(", ");
}
function sites(v) {
  const rows = (name) => {
    const list = v.sites ? v.sites[name] : { rows: [], total: 0 };
    say(name + "-note", list.total > list.rows.length ? list.rows.length + " of " + count(list.total) : "");
    return list.rows;
  };
  table("busiest", ["<Site", "pages/s", "slowest", "failures"],
    rows("busiest").map((s) => [site(s), rate(s.pages_per_s), time(s.slowest_ms), count(s.failures)]), "none just now");
  table("slowest", ["<Site", "slowest", "pages/s", "<"],
    rows("slowest").map((s) => [site(s), time(s.slowest_ms), rate(s.pages_per_s), reason(s)]), "none just now");
  table("blocked", ["<Site", "rests for", "<why"],
    rows("blocked").map((s) => [site(s), time(s.rest_ms), reason(s)]), "none");
  table("ordered", ["<Site", "<order"],
    rows("ordered").map((s) => [site(s), reason(s)]), "none");
}

// --- a moment ---
const looks = { running: "good", seeding: "good", paused: "warn", stopping: "warn", finished: "dim" };
let last = null;

function show(v) {
  last = v;
  const c = v.counts, phase = v.phase === "stopping" ? "stopping" : v.state || v.phase;
  say("trouble", v.trouble);
  $("name").textContent = v.name;
  $("state").textContent = phase;
  $("state").className = "badge " + (looks[phase] || "");
  document.title = phase + ": " + v.name;
  $("pause").disabled = phase !== "running" && phase !== "seeding";
  $("resume").disabled = phase !== "paused";
  $("stop").disabled = phase === "stopping";
  $("age").dataset.at = Date.now();
  const log = v.log.join("\n"), pre = $("log");
  if (pre.textContent !== log) {
    const low = pre.scrollHeight - pre.scrollTop - pre.clientHeight < 40;
    pre.textContent = log;
    if (low) pre.scrollTop = pre.scrollHeight;
  }
  if (!c) return;
  const s = v.stats, left = c.queued + c.waiting + c.retry + c.flight;
  $("sub").textContent = (v.elapsed_ms >= 0 ? "for " + time(v.elapsed_ms) + ", " : "") +
    count(v.procs_running) + " of " + count(v.procs) + " workers here" +
    (v.deaths ? ", " + count(v.deaths) + " died" : "");
  note([Math.floor(Date.now() / 1000), v.now.pages, v.now.bytes, left]);
  $("rate").textContent = rate(v.now.pages);
  $("speed").textContent = bytes(v.now.bytes) + "/s";
  $("left").textContent = count(left);
  const by_rate = v.finished_per_s > 0 ? (left / v.finished_per_s) * 1000 : -1;
  const eta = Math.max(by_rate, c.long_ms || 0);
  tiles([
    ["Pages", count(s.pages), "mean " + rate(v.mean.pages) + " a second"],
    ["URLs finished", count(c.finished), "of " + count(c.known) + " known"],
    ["Received", bytes(s.bytes_received), bytes(s.bytes_warc) + " of WARC"],
    ["Requests a second", rate(v.now.requests), "mean " + rate(v.mean.requests)],
    ["Left, at least", left && eta > 0 ? time(eta) : left ? "not known" : "nothing",
      c.long_ms > 0 && c.long_ms >= by_rate ? "held by " + c.long_site : ""],
    ["Threads", count(v.threads), v.silent ? count(v.silent) + " silent" : "all beat"],
  ]);
  charts();
  bars("answers", ["2xx", "3xx", "4xx", "5xx"].map((k) => [k, s["status_" + k] || 0]));
  bars("failures", v.outcomes.filter((o) => o[0] !== "OK").sort((a, b) => b[2] - a[2]).map((o) => [o[1], o[2]]), "none yet");
  bars("latency", v.latency.map(([ms, n]) =>
    [ms === null ? "longer" : "up to " + time(ms).replace(".0 s", " s"), n]));
  table("queue", [], [
    ["in the queue", count(c.queued)], ["behind others of their sites", count(c.waiting)],
    ["in flight", count(c.flight)], ["to be tried again", count(c.retry)],
    ["set aside", count(c.quarantined)], ["sites in hand", count(c.sites_held)],
    ["sites cooling down", count(c.sites_due)], ["seed rows read", count(c.seed_row)]]);
  say("limits-now", "At most " + (v.max_pages ? count(v.max_pages) : "any number of") + " pages, " +
    (v.max_time_ms ? time(v.max_time_ms) : "any time") + "; delay " + v.delay_ms / 1000 + " s, " +
    (v.connections_auto ? count(v.connections_all) + " connections in all (auto), " :
      count(v.connections) + " connections in a thread, ") + (v.limit_rate ? bytes(v.limit_rate) + "/s in a process" : "any rate") +
    (v.changed ? " (changed: " + v.changed + ")" : "") +
    "; 0 is no limit. 0 seconds for all sites takes that order back. Threads cannot change: start another worker.");
  say("hosts-note", v.hosts.some((h) => h.name === "(other machines)") ?
    "The first " + (v.hosts.length - 1) + " machines have rows of their own, the others have one together." : "");
  const r = v.redis;
  table("redis", [], !r ? [] : [
    ["memory", bytes(r.memory) + (r.memory_max ? " of " + bytes(r.memory_max) : "")],
    ["commands a second", count(r.ops)], ["connections", count(r.clients)],
    ["of one CPU", r.cpu_share >= 0 ? Math.round(r.cpu_share * 100) + " %" : ""],
    ["CPU a page", r.cpu_ms_per_page >= 0 ? r.cpu_ms_per_page.toFixed(2) + " ms" : ""]], "it does not say");
  table("hosts", ["<Machine", "threads", "silent", "sites", "on the wire", "waiting", "pages/s", "last beat", "<doing"],
    v.hosts.map((h) => [h.name, count(h.threads), count(h.silent), count(h.visits), count(h.busy), count(h.waiting),
      rate(h.pages_per_s), time(h.beat_ms), h.whys.map((w) => w[1] + " " + w[0]).join(", ")]), "no worker beats");
  sites(v);
}

// --- the stream: by fetch, which can send the token ---
const SILENT_MS = 15000; // a moment is due each second
let pause_ms = 500, is_listening = false, is_over = false;
async function listen() {
  if (is_listening) return;
  is_listening = true;
  for (;;) {
    try {
      const r = await ask("api/v1/events");
      if (r.status === 401) {
        is_listening = false;
        login("This machine is asked from afar: that takes the token.");
        return;
      }
      if (!r.ok) throw new Error("answer " + r.status);
      const past = await ask("api/v1/history");
      if (past.ok) for (const s of await past.json()) note(s);
      pause_ms = 500;
      await read(r.body.getReader());
      lost("The master has ended, or starts anew; asking again.");
    } catch (e) {
      lost("No answer from the master; asking again.");
    }
    await new Promise((f) => setTimeout(f, pause_ms));
    pause_ms = Math.min(pause_ms * 2, 5000);
  }
}
async function read(reader) {
  const utf8 = new TextDecoder();
  let text = "";
  for (;;) {
    const timer = setTimeout(() => reader.cancel(), SILENT_MS);
    const { done, value } = await reader.read();
    clearTimeout(timer);
    if (done) return;
    text += utf8.decode(value, { stream: true });
    let end;
    while ((end = text.indexOf("\n\n")) >= 0) {
      const event = text.slice(0, end), data = /^data: (.*)$/m.exec(event);
      text = text.slice(end + 2);
      is_over = event.startsWith("event: end");
      if (data && !is_over) show(JSON.parse(data[1]));
    }
  }
}
function lost(words) {
  say("trouble", is_over ? "The master has ended; the numbers are its last." : words);
  $("state").textContent = is_over ? "ended" : "no connection";
  $("state").className = is_over ? "badge dim" : "badge bad";
}
setInterval(() => {
  const at = Number($("age").dataset.at || 0);
  $("age").textContent = at ? "numbers of " + time(Math.max(0, Date.now() - at)) + " ago" : "";
}, 1000);

// --- orders ---
function login(words) {
  token = null;
  $("login").hidden = false;
  controls();
  say("note", words);
}
function controls() {
  for (const id of ["orders", "add", "site-orders", "crawl-orders"]) $(id).hidden = !token;
  $("login").hidden = !!token;
}
async function order(name, body) {
  try {
    const r = await ask("api/v1/" + name, body || {});
    const a = await r.json();
    if (r.status === 401) login("The token is not right: the master shows it when it starts.");
    else say("note", a.lines ? a.lines.join("\n") : a.error || (name + ": " + (a.ok ? "done" : "not done") + (a.state ? ", the crawl is " + a.state : "")));
  } catch (e) {
    say("note", name + ": no answer; it is done or not");
  }
}
$("login").addEventListener("submit", (e) => {
  e.preventDefault();
  token = $("token").value.trim();
  $("token").value = "";
  try { sessionStorage.setItem(KEY, token); } catch (err) { /* for this page only */ }
  say("note", "");
  controls();
  listen();
});
$("pause").addEventListener("click", () => order("pause"));
$("resume").addEventListener("click", () => order("resume"));
$("stop").addEventListener("click", () => {
  if (confirm("Stop the crawl? The command that began it goes on with it.")) order("stop");
});
$("add").addEventListener("click", () => {
  if ($("url").reportValidity()) order("add", { urls: [$("url").value.trim()] });
});
$("site-form").addEventListener("submit", (e) => {
  e.preventDefault();
  order("slow", { site: $("site").value.trim(), delay: Number($("delay").value) });
});
$("all-form").addEventListener("submit", (e) => {
  e.preventDefault();
  order("slow", { site: "*", delay: Number($("all-delay").value) });
});
$("limits").addEventListener("submit", (e) => {
  e.preventDefault();
  const limits = {};
  if ($("max-pages").value !== "") limits.max_pages = Number($("max-pages").value);
  if ($("max-time").value !== "") limits.max_time = Number($("max-time").value);
  if ($("new-delay").value !== "") limits.delay = Number($("new-delay").value);
  if ($("connections").value !== "") limits.connections = Number($("connections").value);
  if ($("limit-rate").value !== "") limits.limit_rate = Number($("limit-rate").value);
  order("limits", limits);
});
$("drop").addEventListener("click", () => {
  const s = $("site").value.trim();
  if ($("site").reportValidity() && confirm("Drop " + s + "? What is left of it is not fetched."))
    order("drop", { site: s });
});
$("undrop").addEventListener("click", () => {
  if ($("site").reportValidity()) order("undrop", { site: $("site").value.trim() });
});
$("ask").addEventListener("submit", async (e) => {
  e.preventDefault();
  const pre = $("answer");
  pre.hidden = false;
  pre.textContent = "looking ...";
  try {
    const a = await (await ask("api/v1/explain?url=" + encodeURIComponent($("url").value.trim()))).json();
    pre.textContent = a.lines ? a.lines.join("\n") : a.error;
  } catch (err) {
    pre.textContent = "no answer";
  }
});
addEventListener("resize", () => last && last.counts && charts());
controls();
listen();
