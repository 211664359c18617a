// What the scripts of every page share: `Solde.$`, `say`, `toast`, `like`, `swap`. Loaded first.
"use strict";
const Solde = (() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const say = (text) => { $("[data-announce]").textContent = text; };

  // A text in the reader's language; the page brings the words that scripts say.
  const said = JSON.parse(document.body.dataset.said ?? "{}");
  const t = (text, values = {}) => Object.entries(values).reduce((so, [name, value]) => so.replaceAll(`{${name}}`, value), said[text] ?? text);
  const point = document.documentElement.lang === "fr" ? "," : ".";
  const micros = 1000000n;

  // Amounts are whole millionths, so sums are exact.
  const money = (amount, decimals) => {
    const size = amount < 0n ? -amount : amount;
    const whole = (size / micros).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
    const part = (size % micros).toString().padStart(6, "0").replace(/0+$/, "").padEnd(decimals, "0");
    return part ? `${whole}${point}${part}` : whole;
  };

  // What a person typed as an amount in millionths; null where it is none, or may be read in two ways (1,234).
  const amount = (text) => {
    let bare = text.replace(/[\s\u202f\u00a0']/g, "");
    if (/^-?\d{1,3}(,\d{3})+$/.test(bare)) return null;
    const last = Math.max(bare.lastIndexOf(","), bare.lastIndexOf("."));
    if (bare.includes(",") && bare.includes(".")) bare = `${bare.slice(0, last).replace(/[,.]/g, "")}.${bare.slice(last + 1)}`;
    const found = /^(-?)(\d*)(?:\.(\d{0,6}))?$/.exec(bare.replace(",", "."));
    if (!found || (!found[2] && !found[3])) return null;
    const size = BigInt(found[2] || "0") * micros + BigInt((found[3] ?? "").padEnd(6, "0"));
    return found[1] ? -size : size;
  };

  // A message of the script's own, in place of the one before.
  const tell = (text, tone = "bad") => {
    const box = document.createElement("div");
    box.className = `toast ${tone}`;
    box.dataset.toast = "";
    box.dataset.told = "";
    const words = document.createElement("p");
    words.textContent = text;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "tool";
    close.dataset.dismiss = "";
    close.textContent = "×";
    close.setAttribute("aria-label", t("Dismiss"));
    box.append(words, close);
    $$("[data-told]").forEach((one) => one.remove());
    $("[data-toasts]").append(box);
  };

  const toasts = (from) => {
    const place = $("[data-toasts]");
    $$("[data-toast]", from).forEach((one) => { place.append(one); });
  };

  // A choice is sent and kept; the page shows it at once.
  const like = (change) => fetch("/preferences", { method: "POST", headers: { "Content-Type": "application/x-www-form-urlencoded", "Solde-Script": "1" }, body: new URLSearchParams(change) }).catch(() => tell(t("Not kept")));

  const busy = (on) => { document.body.classList.toggle("is-busy", on); };

  // Puts the content of another answer in the place of this page's, without losing the scroll position.
  const swap = (html, address) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    const content = $("#content", next);
    if (!content) { location.assign(address); return; }
    const top = scrollY;
    document.title = next.title;
    $("#content").replaceWith(content);
    if (window.htmx?.process) window.htmx.process(content);
    toasts(next);
    if (address) history.replaceState(history.state, "", address);
    scrollTo({ top, behavior: "instant" });
    document.dispatchEvent(new CustomEvent("solde:swapped"));
  };

  document.addEventListener("click", (event) => {
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest("[data-toast]").remove();
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-likes]");
    if (!form) return;
    const { name, value } = event.target;
    const root = document.documentElement;
    const kept = like({ [name]: value });
    if (name === "theme") { root.dataset.theme = value; root.dispatchEvent(new Event("solde:theme")); }
    if (name === "density") root.dataset.density = value;
    if (name === "language") kept.then(() => location.reload());
  });

  addEventListener("offline", () => tell(t("You are offline. What you see may be old; nothing is lost."), "wait"));
  addEventListener("online", () => tell(t("You are online again."), "good"));

  return { $, $$, say, t, tell, money, amount, toasts, like, busy, swap, micros };
})();
