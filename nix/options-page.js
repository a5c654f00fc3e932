const search = document.getElementById("search");
const field = search.querySelector("input");
const entries = [...document.querySelectorAll("article")].map((entry) => [entry, entry.textContent.toLowerCase()]);
search.hidden = false;

function show() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const [entry, text] of entries) {
    entry.hidden = !words.every((word) => text.includes(word));
    shown += entry.hidden ? 0 : 1;
  }
  search.querySelector("output").textContent = `${shown} of ${entries.length} options`;
}

field.addEventListener("input", show);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && document.activeElement !== field) {
    event.preventDefault();
    field.focus();
  }
});
// A link to an option shows it, whatever was searched for.
window.addEventListener("hashchange", () => {
  field.value = "";
  show();
});
show();
