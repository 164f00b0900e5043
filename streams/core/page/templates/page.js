"use strict";
// Reading needs none of this: keys to go through a list, and a button that copies a command.
(() => {
  document.documentElement.classList.add("js");
  const rows = [...document.querySelectorAll("a.row")];
  const typing = (node) => /^(INPUT|SELECT|TEXTAREA)$/.test(node.tagName);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const step = { j: 1, k: -1 }[event.key];
    if (step && rows.length) {
      const at = rows.indexOf(document.activeElement);
      rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + step, 0), rows.length - 1)].focus();
      event.preventDefault();
    } else if (event.key === "/") {
      const search = document.getElementById("q");
      if (search) { search.focus(); search.select(); event.preventDefault(); }
    }
  });
  if (!navigator.clipboard) return;
  for (const place of document.querySelectorAll(".try dt")) {
    const command = place.querySelector("code").textContent;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy " + command);
    button.addEventListener("click", () => navigator.clipboard.writeText(command).then(
      () => { button.textContent = "Copied"; }, () => { button.textContent = "Not allowed"; }));
    place.append(button);
  }
})();
