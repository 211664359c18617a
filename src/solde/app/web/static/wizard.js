// The balance adjustment wizard: Escape goes a step back. Digits are keys of links, Enter is the form's own.
"use strict";
(() => {
  const { $ } = Solde;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing || event.defaultPrevented) return;
    if ($("dialog[open]") || $("details[data-menu][open]")) return;
    const back = $("[data-wizard] [data-step-back]");
    if (!back) return;
    event.preventDefault();
    back.click();
  });
})();
