// Row after row without the mouse: enter records or signs, the next row has the focus, the same lot stands in it.
// The focus comes to a field only when somebody goes there: on the row, and on its button, keys are keys.
"use strict";
(() => {
  const rows = () => [...document.querySelectorAll("tbody tr[data-row]")];
  const stand = (row) => { rows().forEach((one) => one.classList.toggle("at", one === row)); if (row) row.scrollIntoView({ block: "nearest" }); };
  const field = (row) => [...row.querySelectorAll(".yes input:not([type=hidden])")].find((one) => !one.value) || row.querySelector("[data-act]");
  const isTyped = (target) => target.matches("input, select, textarea");
  const arrive = (row) => { stand(row); const to = field(row); (to && !isTyped(to) ? to : row).focus({ preventScroll: true }); };
  const enter = (row) => { stand(row); const to = row && field(row); if (to) to.focus({ preventScroll: true }); return Boolean(to); };
  // First what is to be recorded or signed, from this row on and round; then who can only be marked as missed.
  const next = (from) => {
    const round = [...rows().slice(from), ...rows().slice(0, from)];
    return round.find((row) => row.querySelector("[data-act]")) || round.find((row) => row.querySelector("[data-miss]"));
  };
  // What was typed last for a vial of this size stands in the rows that follow, until somebody types another.
  const carry = (form) => form.querySelectorAll("[data-lot], [data-expires]").forEach((typed) => {
    const [name, size] = typed.dataset.lot ? ["lot", typed.dataset.lot] : ["expires", typed.dataset.expires];
    document.querySelectorAll(`[data-${name}="${CSS.escape(size)}"]`).forEach((one) => { if (!one.value) one.value = typed.value; });
  });
  let place = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) place = rows().indexOf(row);
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status < 400) { const form = event.detail.requestConfig?.elt; if (form?.matches("form.yes")) carry(form); return; }
    if (event.detail.serverResponse.includes("<tr data-row")) return;
    event.detail.target = document.getElementById("told"); // what is no row says why, and the row stays as it was typed
    event.detail.swapOverride = "innerHTML";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.xhr.status >= 400) { const row = rows()[place]; if (row?.hasAttribute("data-failed")) enter(row); return; }
    arrive(next(place + 1) || rows()[place]);
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea, dialog[open]");
    const within = event.target.closest("tr[data-row]");
    if (event.key === "Escape" && within) { stand(within); within.focus({ preventScroll: true }); return; }
    if (typing) return;
    if (event.key === "Enter" && event.target === within) { event.preventDefault(); if (!enter(within)) within.querySelector("a[data-open]")?.click(); return; }
    const row = document.querySelector("tr.at") || within;
    if (!row) return;
    if (event.key === "m") { const miss = row.querySelector("[data-miss]"); if (miss) { event.preventDefault(); miss.click(); } }
    if (event.key === "e") { event.preventDefault(); enter(row); }
  });
  document.addEventListener("focusin", (event) => { const row = event.target.closest("tr[data-row]"); if (row) stand(row); });
  const first = next(0);
  if (first) arrive(first);
})();
