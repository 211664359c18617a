// Pages that are also dialogs: a link with data-dialog opens its page over this one, a form in it is sent from there.
// Without this script each of them is a page of its own, so nothing here is needed to work.
"use strict";
(() => {
  const { $, $$, busy, say, swap, t, tell } = Solde;
  const frame = $("#act");
  const place = $("#act-body");
  const headers = { "Solde-Dialog": "1" };
  let opener = null;
  let shown = "";
  let asked = null;

  const parse = (html) => new DOMParser().parseFromString(html, "text/html");

  const show = (html, address) => {
    const page = parse(html);
    const section = $("#dialog", page);
    if (!section) {
      const told = $("main h1", page)?.textContent;
      if (told && !$("[data-dialog-free]", page)) { fail(told, $("main [data-detail]", page)?.textContent ?? ""); return; }
      location.assign(address);
      return;
    }
    shown = address;
    place.replaceChildren(section);
    frame.dataset.size = section.dataset.dialogSize ?? "small";
    if (!frame.open) frame.showModal();
    const first = $("[data-wrongs], [aria-invalid='true'], [autofocus]", section) ?? $("input:not([type=hidden]), select, textarea", section) ?? $("[data-primary]", section);
    first?.focus();
    if (first?.select && first.type === "text") first.select();
    frame.dispatchEvent(new CustomEvent("solde:dialog", { bubbles: true }));
  };

  const fail = (title, text) => tell(text ? `${title}: ${text}` : title);

  // What cannot be done now says why, where a pointer does not rest on it too.
  const explain = (button) => {
    const words = button.title;
    if (!words) return;
    $$("[data-toasts] [data-toast].why").forEach((old) => old.remove());
    fail(button.firstChild.nodeType === 3 ? button.firstChild.textContent.trim() : button.textContent.split(":")[0].trim(), words);
    $("[data-toasts] [data-toast]:last-child").classList.add("why");
    say(words);
  };

  const open = async (address) => {
    opener = document.activeElement;
    busy(true);
    try {
      const answer = await fetch(address, { headers });
      if (answer.status === 401 || new URL(answer.url).pathname === "/sign-in") { location.assign(answer.url); return; }
      show(await answer.text(), address);
    } catch {
      fail(t("Not reached"), t("the server did not answer; nothing was changed"));
    } finally {
      busy(false);
    }
  };

  // A list as a file: a short one is saved at once, a long one shows how far it is.
  const download = async (link) => {
    opener = link.closest("details[data-menu]")?.firstElementChild ?? link;
    link.closest("details[data-menu]")?.removeAttribute("open");
    busy(true);
    try {
      const answer = await fetch(link.href, { headers });
      if (new URL(answer.url).pathname === "/sign-in") { location.assign(answer.url); return; }
      if (/^text\/html/.test(answer.headers.get("content-type") ?? "")) { show(await answer.text(), answer.url); return; }
      const saved = document.createElement("a");
      saved.href = URL.createObjectURL(await answer.blob());
      saved.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "";
      saved.click();
      setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
    } catch {
      fail(t("Not reached"), t("the server did not answer; nothing was changed"));
    } finally {
      busy(false);
    }
  };

  // A form on its way is neither sent again nor asked about; one that is still there after the answer can be.
  const hold = (form, held = true) => {
    form.querySelectorAll("button").forEach((one) => { one.disabled = held; });
    if (held) form.setAttribute("aria-busy", "true");
    else form.removeAttribute("aria-busy");
  };

  const send = async (form, button) => {
    hush();
    const body = new FormData(form, button);
    const address = button?.formAction && button.hasAttribute("formaction") ? button.formAction : form.action;
    hold(form);
    busy(true);
    try {
      const encoded = form.enctype === "multipart/form-data" ? body : new URLSearchParams(body);
      const answer = await fetch(address, { method: "POST", body: encoded, headers });
      const html = await answer.text();
      if ("stays" in form.dataset) { frame.close(); Solde.toasts(parse(html)); return; }
      if (!answer.redirected) { show(html, shown); hold(form, false); return; }
      const here = new URL(answer.url);
      frame.close();
      if (here.pathname === location.pathname) {
        swap(await current(html, here), location.pathname + location.search);
        // What opened the dialog went with the page before; the keyboard goes on in this one, not at its top.
        if (document.activeElement === document.body) $("#content").focus({ preventScroll: true });
      }
      else { document.cookie = `solde_toast=${takeToast(html)}; path=/; max-age=60; samesite=lax`; location.assign(answer.url); }
    } catch {
      fail(t("Not sent"), t("the server did not answer; try again, it is done once"));
      hold(form, false);
    } finally {
      busy(false);
    }
  };

  // An action leads back to the bare page; the filters of this address are kept by reading it again, with the message of the first.
  const current = async (html, here) => {
    if (here.search === location.search) return html;
    Solde.toasts(parse(html));
    return (await fetch(location.href, { headers: { "Solde-Script": "1" } })).text();
  };

  // The message was shown on the answer that was followed; it is told again on the page that is opened.
  const takeToast = (html) => {
    const toast = $("[data-toast]", parse(html));
    if (!toast) return "";
    const link = $("a", toast);
    const said = { text: $("p", toast).firstChild.textContent.trim(), tone: ["good", "wait", "bad"].find((tone) => toast.classList.contains(tone)) };
    if (link) Object.assign(said, { href: link.getAttribute("href"), label: link.textContent });
    return encodeURIComponent(JSON.stringify(said));
  };

  // What an action would do is asked again while its form is filled in.
  let waiting = 0;
  const preview = async (form) => {
    // What is typed while a form is on its way asks nothing: its question would cut off that of the form that follows.
    if (!form.isConnected || form.hasAttribute("aria-busy")) return;
    asked?.abort();
    asked = new AbortController();
    const target = $("[data-preview-place]", form);
    target.classList.add("is-stale");
    try {
      const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)), headers, signal: asked.signal });
      const page = parse(await answer.text());
      const section = $("[data-preview-place]", page);
      // What the form proposes follows what is typed, but not while somebody changes it itself.
      const proposed = $("[data-proposed]", page);
      const mine = $("[data-proposed]", form);
      if (proposed && mine && !mine.contains(document.activeElement)) mine.replaceChildren(...proposed.childNodes);
      if (section) { target.replaceChildren(...section.childNodes); target.classList.remove("is-stale"); }
    } catch (error) {
      if (error.name !== "AbortError") say(t("The preview was not reached"));
    }
  };
  const soon = (form) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => preview(form), 200);
  };
  // A form that is sent or gone asks no more: its late question would take the place of that of the form that follows.
  const hush = () => {
    clearTimeout(waiting);
    asked?.abort();
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-preview]");
    if (form) soon(form);
  });
  document.addEventListener("solde:dialog", () => {
    const form = $("form[data-preview]", place);
    if (form && !$("[data-preview-place]", form)?.childElementCount) preview(form);
  });

  // The same where the page of the form stands alone.
  const alone = $("main form[data-preview]");
  if (alone && !$("[data-preview-place]", alone)?.childElementCount) preview(alone);

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const file = event.target.closest("a[data-file]");
    if (file) {
      event.preventDefault();
      download(file);
      return;
    }
    const link = event.target.closest("a[data-dialog]");
    if (link) {
      event.preventDefault();
      link.closest("details[data-menu]")?.removeAttribute("open");
      if (link.hasAttribute("href")) open(link.href);
      else explain(link);
      return;
    }
    if (event.target.closest("[data-close]") && event.target.closest("#act")) {
      event.preventDefault();
      frame.close();
    }
    const reasoned = event.target.closest("[data-reason]");
    if (reasoned) explain(reasoned);
  });
  document.addEventListener("keydown", (event) => {
    const stopped = event.target.closest?.("[role='button'][aria-disabled='true']");
    if (!stopped || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    explain(stopped);
  });
  frame.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" && form.getAttribute("method") !== "post") return;
    event.preventDefault();
    send(form, event.submitter);
  });
  frame.addEventListener("close", () => {
    hush();
    place.replaceChildren();
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  });
  frame.addEventListener("click", (event) => { if (event.target === frame) frame.close(); });

  // A form that is sent twice by a double click is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.closest("#act") || form.method !== "post" || form.hasAttribute("data-likes")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    addEventListener("pageshow", () => { delete form.dataset.sent; }, { once: true });
  });

  Solde.openDialog = open;
  $$("[data-open-now]").forEach((link) => open(link.href));
})();
