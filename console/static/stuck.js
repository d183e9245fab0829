// One box selects all rows.
"use strict";
document.getElementById("all")?.addEventListener("change", (event) => {
  document.querySelectorAll('input[name="row"]').forEach((box) => { box.checked = event.target.checked; });
});
