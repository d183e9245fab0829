// Keys for everything done often, and nothing that a page cannot do without.
"use strict";
(() => {
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], dialog[open]");
  const rows = () => [...document.querySelectorAll("tbody tr[data-row]")].filter((row) => row.offsetParent !== null);
  const here = () => rows().findIndex((row) => row.classList.contains("at"));
  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    const next = Math.min(all.length - 1, Math.max(0, here() + step));
    all.forEach((row, number) => row.classList.toggle("at", number === next));
    all[next].scrollIntoView({ block: "nearest" });
    const focus = all[next].matches("[tabindex]") ? all[next] : all[next].querySelector("a[data-open]");
    if (focus) focus.focus({ preventScroll: true });
  };
  // What a desk has room for is folded on a phone, where the page itself comes first.
  const narrow = window.matchMedia("(max-width: 56rem)");
  const fold = () => document.querySelectorAll("details[data-folds]").forEach((one) => { one.open = !narrow.matches; });
  narrow.addEventListener("change", fold);
  fold();
  const places = { w: "/worklist", t: "/tasks", c: "/calendar", d: "/day", s: "/start", f: "/find" };
  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (going) {
      going = false;
      if (places[event.key]) { event.preventDefault(); window.location.assign(places[event.key]); }
      return;
    }
    const at = rows()[here()];
    const does = {
      "/": () => document.getElementById("search")?.focus(),
      "?": () => document.getElementById("keys")?.showModal(),
      "g": () => { going = true; setTimeout(() => { going = false; }, 1500); },
      "j": () => go(here() < 0 ? 1 : 1),
      "k": () => go(-1),
      "x": () => { const box = at?.querySelector("input[type=checkbox]"); if (box) { box.click(); at.setAttribute("aria-selected", box.checked); } },
    };
    if (event.key === "Enter" && at && event.target === document.body) does.Enter = () => at.querySelector("a[data-open]")?.click();
    const action = does[event.key] || (() => { const own = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`); if (own) own.click(); return own; });
    if (does[event.key]) { event.preventDefault(); action(); } else if (action()) event.preventDefault();
  });
  const told = (html) => { document.getElementById("told").innerHTML = html; };
  const lost = '<div data-problem>The connection is lost. Nothing was done as far as we know; what you typed is still here. Send it again: it takes effect once.</div>';
  // A form leaves its page only when it would be taken: not without a connection, nor after the sign-in expired.
  const leaving = new WeakMap();
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || !form.elements.csrf || form.matches("[hx-post], [data-part], [action='/sign-out']")) return;
    if (leaving.get(form) === "goes") { leaving.delete(form); return; }
    event.preventDefault();
    const file = [...form.querySelectorAll("input[type=file][data-most]")].find((one) => one.files[0]?.size > Number(one.dataset.most));
    if (file) { told('<div data-problem>The file is too large; nothing was sent. Split it.</div>'); file.focus(); return; }
    if (leaving.has(form)) return;
    leaving.set(form, "asks");
    try {
      const answer = await fetch("/sign-in/now", { headers: { "HX-Request": "true", "X-CSRF-Token": form.elements.csrf.value } });
      if (answer.status >= 400) { told(await answer.text()); return; }
      leaving.set(form, "goes");
      form.requestSubmit(event.submitter);
    } catch { told(lost); } finally { leaving.delete(form); }
  });
  // A form is sent once: a second click finds the button asleep. The server takes the same request id once anyway.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.matches("[hx-post], [role=search]")) return;
    setTimeout(() => event.target.querySelectorAll("button:not([type=button])").forEach((one) => { one.disabled = true; }), 0);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form button:disabled").forEach((one) => { if (!one.hasAttribute("data-off")) one.disabled = false; }));
  document.addEventListener("htmx:sendError", () => told(lost));
})();
