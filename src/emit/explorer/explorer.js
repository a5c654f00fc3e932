"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const data = JSON.parse(byId("ui-data").textContent);
  const search = byId("ui-q"), sum = byId("ui-sum");
  const rows = all(".m").map((element) => {
    const { s, o, l, c, x } = element.dataset, state = element.querySelector("summary .st");
    const text = [".nm", ".pu"].map((part) => element.querySelector(part).textContent).join(" ") + " " + (x || "");
    return { element, state, text: text.toLowerCase(), states: s.split(" "), origins: o, level: l, changes: (c || "").split(" "), now: "" };
  });
  const flags = data.flags.map((flag) => byId(`ui-f-${flag}`));
  const inputs = all("aside input"), profiles = inputs.filter((input) => input.name === "p");
  const chosen = (name) => inputs.find((input) => input.name === name && input.checked).value;
  const address = (state) => { try { history.replaceState(null, "", state); } catch { /* stays as it is */ } };

  const show = () => {
    const bits = flags.reduce((bits, flag, index) => bits + (flag.checked ? 1 << index : 0), 0);
    const release = Number(chosen("r")), level = chosen("l"), change = chosen("c"), origin = chosen("o"), wanted = chosen("s");
    const words = search.value.trim().toLowerCase().replace(/\bmod_/g, "").split(/\s+/);
    for (const profile of profiles) profile.checked = profile.value !== "" && Number(profile.value) === bits;
    if (!profiles.some((profile) => profile.checked)) profiles.at(-1).checked = true;
    let count = 0;
    for (const row of rows) {
      const state = data.states[row.states[release]][bits];
      if (state !== row.now) {
        row.now = state;
        row.state.className = `st ${state}`;
        row.state.textContent = data.words[state];
      }
      const is = words.every((word) => row.text.includes(word)) && (!level || row.level === level) && (!change || row.changes.includes(change))
        && (!origin || row.origins[release] === origin) && (!wanted || wanted.includes(state));
      if (row.element.hidden === is) row.element.hidden = !is;
      count += is;
    }
    const [listed, along, past, missing] = data.counts[release][bits];
    const strong = document.createElement("b");
    strong.textContent = listed + along;
    const on = data.flags.filter((flag, index) => bits >> index & 1).join(", ") || "no flag";
    sum.replaceChildren(strong, ` modules load on ${data.releases[release]} with ${on}: ${listed} of the inventory and ${along} dependencies.`
      + (past ? ` ${past} of them although a flag is off.` : "") + (missing ? ` ${missing} cannot load.` : ""));
    byId("ui-n").textContent = count === rows.length ? `${count} modules` : `${count} of ${rows.length}`;
    byId("ui-none").hidden = count > 0;
  };
  const save = () => {
    const changed = inputs.filter((i) => i.name !== "p" && i.checked !== i.defaultChecked && (i.type === "checkbox" || i.checked));
    const state = changed.map((input) => input.id.slice(3));
    if (search.value) state.push(`q=${encodeURIComponent(search.value)}`);
    if (state.length || location.hash.startsWith("#?")) address(state.length ? `#?${state.join("&")}` : location.pathname);
  };
  const reset = (which) => {
    search.value = "";
    for (const input of which) input.checked = input.defaultChecked;
    show();
  };
  const follow = () => {
    const hash = location.hash;
    if (hash.startsWith("#?")) {
      for (const input of inputs) input.checked = input.defaultChecked;
      search.value = "";
      for (const part of hash.slice(2).split("&")) {
        const [key, value] = part.split("=");
        if (key === "q") try { search.value = decodeURIComponent(value || ""); } catch { /* not ours */ }
        const input = inputs.find((i) => i.id === `ui-${key}`);
        if (input) input.checked = input.type === "radio" || !input.defaultChecked;
      }
      show();
      return;
    }
    const target = hash && byId(hash.slice(1));
    if (!target) return;
    if (target.hidden) reset(all("aside .flt input"));
    if (target.matches("details")) target.open = true;
    target.scrollIntoView();
  };

  for (const input of inputs) input.addEventListener("change", () => {
    if (input.name === "p" && input.value) flags.forEach((flag, index) => { flag.checked = (Number(input.value) >> index & 1) === 1; });
    show();
    save();
  });
  search.addEventListener("input", () => { show(); save(); });
  byId("ui-reset").addEventListener("click", () => { reset(inputs); save(); });
  for (const row of rows) row.element.addEventListener("toggle", () => {
    if (row.element.open && !location.hash.startsWith("#?")) address(`#${row.element.id}`);
  });
  addEventListener("hashchange", follow);
  addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target === search) return;
    event.preventDefault();
    search.focus();
  });
  for (const element of all("[data-js]")) element.hidden = false;
  // Above the list it would be in the way.
  if (getComputedStyle(byId("ui-sets").parentElement).position === "static") byId("ui-sets").open = false;
  byId("ui-st").textContent = "Your flags";
  show();
  follow();
})();
