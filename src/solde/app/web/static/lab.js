// The editor of a balance definition: colours, offers, and a try on the real data while somebody types.
// Without this script the form is sent by its buttons and answers with the same page.
"use strict";
(() => {
  const { $, $$, say, t } = Solde;
  const PAUSE = 350;
  const WORDS = new Set("and or not eq ne lt le gt ge in div mod empty true false null".split(" "));
  const PIECE = /'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?|\d+(?:\.\d+)?|[A-Za-z_][\w.]*|#\{|\}|[\s\S]/g;

  // A text as pieces with a kind each; one after the other they are the text again.
  const pieces = (text, words) => [...text.matchAll(PIECE)].map(({ 0: piece, index }) => {
    let kind = "";
    if (/^['"]/.test(piece)) kind = "text";
    else if (/^\d/.test(piece)) kind = "number";
    else if (piece === "#{" || piece === "}") kind = "frame";
    else if (WORDS.has(piece)) kind = "word";
    else if (/^[A-Za-z_]/.test(piece)) {
      const known = words.get(piece);
      kind = known ? (known.call ? "call" : "property") : "unknown";
    }
    return { piece, kind, at: index };
  });

  const vocabulary = (form) => new Map($$("[data-word]", form).map(({ dataset: d }) => [d.word, { name: d.word, call: d.call ?? "", kind: d.kind, doc: d.doc, values: (d.values ?? "").split(" ").filter(Boolean) }]));

  const colour = (box, words, columns = []) => {
    const field = $("[data-code-text]", box);
    const layer = $("[data-code-layer]", box);
    const wrong = new Set(columns.map((column) => column - 1));
    const nodes = pieces(field.value, words).map(({ piece, kind, at }) => {
      const hit = [...wrong].some((place) => place >= at && place < at + piece.length);
      if (!kind && !hit) return document.createTextNode(piece);
      const node = document.createElement(hit ? "mark" : "span");
      if (kind) node.className = `tk-${kind}`;
      node.textContent = piece;
      return node;
    });
    layer.replaceChildren(...nodes, document.createTextNode("\n"));
    layer.scrollTop = field.scrollTop;
  };

  // What may follow at the caret: a value of the property compared with, or a property or function by the letters before.
  const offers = (field, words, codes) => {
    const before = field.value.slice(0, field.selectionStart);
    const compared = /([A-Za-z_][\w.]*)\s*(?:==|!=|\beq\b|\bne\b|\bin\s*\[(?:\s*'[^']*'\s*,)*)\s*(?:'(\w*))?$/.exec(before);
    if (compared) {
      const spec = words.get(compared[1]);
      const values = compared[1] === "accountOperation.code" ? codes : spec?.values ?? [];
      const typed = (compared[2] ?? "").toUpperCase();
      return { length: compared[2] === undefined ? 0 : compared[2].length + 1, found: values.filter((value) => value.startsWith(typed)).map((value) => ({ text: `'${value}'`, name: value, doc: "" })) };
    }
    const typed = /[A-Za-z_][\w.]*$/.exec(before)?.[0] ?? "";
    const low = typed.toLowerCase();
    const rank = ({ name }) => { const n = name.toLowerCase(); const last = n.slice(n.lastIndexOf(".") + 1); return n.startsWith(low) ? 0 : last.startsWith(low) ? 1 : n.includes(low) ? 2 : 9; };
    const found = [...words.values()].map((word) => [rank(word), word]).filter(([r]) => r < 9).sort((a, b) => a[0] - b[0])
      .map(([, word]) => ({ text: word.call ? `${word.name}(` : word.name, name: word.call || word.name, doc: `${word.kind} · ${word.doc}` }));
    return { length: typed.length, found };
  };

  const insert = (field, length, text) => {
    const at = field.selectionStart;
    const rest = field.value[at] === "'" && text.endsWith("'") ? 1 : 0;
    field.setRangeText(text, at - length, at + rest, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const completion = (box, words, codes) => {
    const field = $("[data-code-text]", box);
    const layer = $("[data-code-layer]", box);
    const list = document.createElement("ul");
    list.className = "code-offers";
    list.id = `${field.id}-offers`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    box.append(list);
    for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-haspopup": "listbox", "aria-controls": list.id })) field.setAttribute(name, value);
    let now = { length: 0, found: [] };
    let chosen = 0;

    const close = () => { list.hidden = true; field.removeAttribute("aria-activedescendant"); };
    const place = () => {
      const range = document.createRange();
      const walker = document.createTreeWalker(layer, NodeFilter.SHOW_TEXT);
      let left = field.selectionStart - now.length;
      while (walker.nextNode() && left >= walker.currentNode.length) left -= walker.currentNode.length;
      if (!walker.currentNode) return;
      range.setStart(walker.currentNode, Math.min(left, walker.currentNode.length));
      const spot = range.getBoundingClientRect();
      const edge = box.getBoundingClientRect();
      list.style.left = `${Math.max(0, Math.min(spot.left - edge.left, edge.width - list.offsetWidth))}px`;
      list.style.top = `${spot.bottom - edge.top + 4}px`;
    };
    const choose = (step) => {
      chosen = (chosen + step + now.found.length) % now.found.length;
      [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
      field.setAttribute("aria-activedescendant", list.children[chosen].id);
      list.children[chosen].scrollIntoView({ block: "nearest" });
    };
    const open = (asked) => {
      now = offers(field, words, codes);
      now.found = now.found.slice(0, 40);
      const whole = now.found.length === 1 && now.found[0].text === field.value.slice(field.selectionStart - now.length, field.selectionStart);
      if (!now.found.length || whole || (!asked && now.length < 2)) { close(); return; }
      list.replaceChildren(...now.found.map((one, i) => {
        const item = document.createElement("li");
        const name = document.createElement("b");
        item.id = `${list.id}-${i}`;
        item.setAttribute("role", "option");
        name.textContent = one.name;
        item.append(name);
        if (one.doc) { const doc = document.createElement("small"); doc.textContent = one.doc; item.append(doc); }
        return item;
      }));
      list.hidden = false;
      chosen = 0;
      choose(0);
      place();
    };
    const take = (index) => { const { text } = now.found[index]; close(); insert(field, now.length, text); close(); };

    field.addEventListener("input", (event) => { if (event.isTrusted) open(false); });
    field.addEventListener("keydown", (event) => {
      if (event.key === " " && event.ctrlKey) { event.preventDefault(); open(true); return; }
      if (list.hidden) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(event.key === "ArrowDown" ? 1 : -1); }
      else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(chosen); }
      else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
    });
    field.addEventListener("blur", () => setTimeout(close, 150));
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) take([...list.children].indexOf(item));
    });
  };

  const searchTypes = (form) => {
    for (const side of $$("[data-side]", form)) {
      const search = $("[data-type-search]", side);
      const count = $("[data-type-count]", side);
      search.addEventListener("input", (event) => {
        event.stopPropagation();
        const asked = search.value.trim().toLowerCase();
        $$(".lab-type-list li", side).forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(asked); });
      });
      search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
      side.addEventListener("change", () => { count.textContent = count.dataset.words.replace("{n}", $$(".lab-type-list input:checked", side).length); });
    }
  };

  const start = (form) => {
    if (form.dataset.started) return;
    form.dataset.started = "1";
    const words = vocabulary(form);
    const codes = $$(".lab-type-list input", form).map((one) => one.value).sort();
    const boxes = $$("[data-code]", form);
    const busy = $("[data-lab-busy]", form);
    let wrong = {};
    let waiting = 0;
    let asked = null;

    const paint = () => boxes.forEach((box) => {
      const name = $("[data-code-text]", box).name.split("_")[0];
      colour(box, words, wrong[name] ?? []);
    });
    const readWrong = (from) => Object.fromEntries($$("[data-lab-errors]", from).map((list) => [list.dataset.labErrors, $$("li", list).map((item) => Number(item.dataset.column)).filter(Boolean)]));

    const showFieldError = (name, words_) => {
      const field = $(`#f-${name}`, form);
      if (!field) return;
      const note = $(`#n-${name}`, form);
      field.toggleAttribute("aria-invalid", false);
      if (words_) field.setAttribute("aria-invalid", "true");
      field.closest(".field").classList.toggle("has-wrong", Boolean(words_));
      if (note?.classList.contains("wrong")) note.remove();
      if (!words_) return;
      const line = document.createElement("small");
      line.className = "wrong";
      line.id = `n-${name}`;
      line.textContent = words_;
      field.closest(".field").append(line);
      field.setAttribute("aria-describedby", line.id);
    };

    const tell = (page) => {
      for (const list of $$("[data-lab-errors]", page)) {
        const name = list.dataset.labErrors;
        const place = $(`[data-lab-errors="${name}"]`, form);
        if (place) place.replaceChildren(...list.children);
        else showFieldError(name, form.dataset.touched ? list.textContent.trim().replace(/\s+/g, " ") : "");
      }
      wrong = readWrong(form);
      for (const box of boxes) {
        const field = $("[data-code-text]", box);
        const columns = wrong[field.name.split("_")[0]] ?? [];
        if (columns.length) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
      $("[data-lab-result]", form).replaceChildren(...$("[data-lab-result]", page).childNodes);
      paint();
    };

    const check = async () => {
      asked?.abort();
      const mine = new AbortController();
      asked = mine;
      form.classList.add("is-checking");
      busy.hidden = false;
      try {
        const answer = await fetch(form.dataset.lab, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "Solde-Lab": "1" }, signal: mine.signal });
        if (answer.redirected) { location.reload(); return; }
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if ($("[data-lab-result]", page)) tell(page);
        else say($("h1", page)?.textContent ?? "");
      } catch (error) {
        if (error.name !== "AbortError") say(t("The server did not answer. Try again."));
        else return;
      } finally {
        if (asked === mine) { form.classList.remove("is-checking"); busy.hidden = true; }
      }
    };
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(check, PAUSE); };

    for (const box of boxes) {
      const field = $("[data-code-text]", box);
      box.classList.add("coloured");
      field.addEventListener("scroll", () => { $("[data-code-layer]", box).scrollTop = field.scrollTop; });
      field.addEventListener("input", () => { delete wrong[field.name.split("_")[0]]; colour(box, words); });
      if (!field.readOnly && !form.querySelector("fieldset.lab-form").disabled) completion(box, words, codes);
    }
    wrong = readWrong(form);
    paint();
    searchTypes(form);
    if (form.querySelector("fieldset.lab-form").disabled) return;

    form.addEventListener("input", () => { form.dataset.touched = "1"; soon(); });
    form.addEventListener("click", (event) => {
      const near = event.target.closest("[data-near]");
      if (!near) return;
      const list = near.closest("[data-lab-errors]").dataset.labErrors;
      const field = $(`#f-${list === "measure" ? "measure_expression" : list}`, form);
      const at = Number(near.dataset.column) - 1;
      const length = /^[\w.]+/.exec(field.value.slice(at))?.[0].length ?? /^'[^']*'|^[^\s\w]+/.exec(field.value.slice(at))?.[0].length ?? 0;
      field.setRangeText(near.dataset.near, at, at + length, "end");
      field.focus();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.dataset.touched = "1";
      if (!event.submitter?.hasAttribute("data-lab-save")) { clearTimeout(waiting); check(); return; }
      const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
      Solde.openDialog(`${form.dataset.save}?${fields}`);
    });
    check();
  };

  const look = () => $$("form[data-lab]").forEach(start);
  look();
  document.addEventListener("solde:swapped", look);
  document.addEventListener("htmx:after:swap", look);
})();
