// The form works without this. With it: one click is one sending, and a file that is too large is named before the wait.
"use strict";
const form = document.getElementById("complaint");
const files = document.getElementById("files");
const button = form.querySelector("button");

const tell = () => {
  const large = [...files.files].filter((file) => file.size > Number(files.dataset.bytes));
  let note = document.getElementById("files-large");
  if (!note) {
    note = document.createElement("p");
    note.id = "files-large";
    note.className = "wrong";
    note.setAttribute("role", "status");
    files.before(note);
  }
  note.textContent = large.length ? `${large.map((file) => file.name).join(", ")}: ${files.dataset.tooLarge}` : "";
};

files.addEventListener("change", tell);
form.addEventListener("submit", (event) => {
  if (button.getAttribute("aria-disabled")) event.preventDefault();
  else button.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", () => button.removeAttribute("aria-disabled"));
const errors = document.getElementById("errors");
if (errors) errors.focus();
