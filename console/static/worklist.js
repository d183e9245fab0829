// The worklist stays as it is on the server, without a reload: what is done shows at once, what others do shows live.
"use strict";
(() => {
  const list = () => document.getElementById("worklist");
  const told = (text) => { const note = document.createElement("div"); note.setAttribute("data-problem", ""); note.textContent = text; document.getElementById("told").replaceChildren(note); };
  const at = () => list().querySelector("tr.at");
  const selected = () => [...list().querySelectorAll("tbody input[name=row]:checked")];
  const busy = () => selected().length > 0 || Boolean(list().querySelector("#reason")?.value) || Boolean(document.activeElement?.closest(".bulk, .keep, #filters")) || Boolean(document.querySelector("dialog[open]"));
  let sending = false;

  // What a page of the server shows takes the place of what stands here; the row and the keys stay where they were.
  const show = (html, whole) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const fresh = page.getElementById("worklist");
    if (!fresh) {
      const problem = page.querySelector("[data-problem], main");
      told(problem ? problem.textContent.trim().replace(/\s+/g, " ") : "It did not work; nothing was done.");
      return;
    }
    const row = at()?.dataset.row, index = [...list().querySelectorAll("tr[data-row]")].indexOf(at());
    const before = Object.fromEntries([...list().querySelectorAll("[data-count]")].map((one) => [one.dataset.count, one.textContent]));
    const typing = document.activeElement?.id === "text";
    fresh.querySelectorAll("details[data-folds]").forEach((one) => { one.open = document.getElementById(one.id)?.open ?? window.matchMedia("(min-width: 56.01rem)").matches; });
    if (whole) list().replaceWith(document.importNode(fresh, true));
    else for (const part of ["views", "total"]) document.getElementById(part).replaceWith(document.importNode(page.getElementById(part), true));
    list().querySelectorAll("[data-count]").forEach((one) => one.classList.toggle("changed", one.dataset.count in before && before[one.dataset.count] !== one.textContent));
    if (!whole) return;
    const rows = [...list().querySelectorAll("tr[data-row]")];
    const again = rows.find((one) => one.dataset.row === row) || (row && rows[Math.min(index, rows.length - 1)]);
    if (again) { again.classList.add("at"); if (!typing) again.querySelector("a[data-open]")?.focus({ preventScroll: true }); }
    count();
    state();
  };

  const send = async (url, form, whole = () => true) => {
    const options = form ? { method: "POST", body: new URLSearchParams(form), headers: { "HX-Request": "true", "X-CSRF-Token": form.get("csrf") } } : {};
    const answer = await fetch(url, options);
    if (answer.redirected && new URL(answer.url).pathname === "/sign-in") { window.location.reload(); return; }
    show(await answer.text(), whole()); // what was begun meanwhile is not disturbed
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-part]")) return;
    event.preventDefault();
    if (sending) return;
    const data = new FormData(form, event.submitter);
    // A single row's button acts on that row, whatever else is selected.
    if (data.get("one")) data.delete("row");
    sending = true;
    try { await send(form.action, data); } catch { told("The connection is lost. Nothing was done as far as we know. Send it again: it takes effect once."); } finally { sending = false; }
  }, true);

  const count = () => {
    const number = selected().length;
    list().querySelectorAll("[data-selected]").forEach((one) => { one.textContent = number ? String(number) : ""; });
    list().querySelectorAll("tr[data-row]").forEach((row) => { const box = row.querySelector("input[name=row]"); if (box) row.setAttribute("aria-selected", String(box.checked)); });
  };
  document.addEventListener("change", (event) => {
    if (event.target.id === "all") list().querySelectorAll("tbody input[name=row]").forEach((box) => { box.checked = event.target.checked; });
    if (event.target.matches("#all, input[name=row]")) count();
    if (event.target.matches("#filters select")) event.target.form.requestSubmit();
  });

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && event.target.matches("#reason, #due_on")) { event.preventDefault(); document.getElementById("bulk-deadline").click(); return; }
    if (event.target.closest("input:not([type=checkbox]), textarea, select, dialog[open]")) return;
    const keys = { t: "[data-take]", r: "[data-release]" };
    if (keys[event.key] && at()) { event.preventDefault(); at().querySelector(keys[event.key])?.click(); }
    if (event.key === "a") { event.preventDefault(); list().querySelector("#to").focus(); }
  });

  // Live. A hidden page listens to nothing: browsers open few connections to one host.
  let source = null, waiting = null, live = "";
  const state = () => { const here = document.getElementById("live"); if (here) here.textContent = live; };
  const look = () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      if (sending || document.hidden) return;
      const text = document.getElementById("of-patient");
      const form = text?.elements.text.defaultValue ? new FormData(text) : null;
      if (form) form.set("text", text.elements.text.defaultValue);
      try { await send(window.location.pathname.startsWith("/worklist/") ? text.action : window.location.href, form, () => !sending && !busy() && !list().querySelector(".done, .problem")); } catch { /* the stream says it */ }
    }, 250);
  };
  const listen = () => {
    if (source) return;
    source = new EventSource("/worklist/changes");
    source.addEventListener("changed", look);
    source.onopen = () => { live = "· live"; state(); };
    source.onerror = () => { live = "· not live; trying again"; state(); if (source.readyState === EventSource.CLOSED) { source = null; setTimeout(() => { if (!document.hidden) listen(); }, 5000); } };
  };
  const stop = () => { source?.close(); source = null; };
  document.addEventListener("visibilitychange", () => { if (document.hidden) stop(); else listen(); });
  window.addEventListener("pagehide", stop);
  window.addEventListener("pageshow", () => { document.documentElement.classList.add("scripted"); if (!document.hidden) listen(); });
})();
