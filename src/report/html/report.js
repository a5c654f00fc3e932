"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const search = byId("ui-q"), entries = all(".e"), others = all(".rest .list > li"), sections = all("section[data-s]");
  // A page inside another one may not be allowed to.
  const address = (state) => { try { history.replaceState(null, "", state); } catch { /* stays as it is */ } };
  let reset = () => {};
  const follow = () => {
    const target = /^#[^?]/.test(location.hash) && byId(location.hash.slice(1));
    if (!target) return;
    if (target.hidden) { const hash = location.hash; reset(); address(hash); }
    const details = target.matches("details") ? target : target.querySelector("details.why");
    for (let outer = target.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
    if (details) details.open = true;
    target.scrollIntoView();
  };

  // One list is enough.
  for (const element of all("[data-nojs]")) element.remove();

  if (search) {
    const text = (element) => element.textContent.toLowerCase();
    let texts, otherTexts;
    const inputs = all(".filters input:not([type=search])"), hosts = byId("ui-hosts"), rest = byId("ui-rest");
    const hide = (element, is) => { if (element.hidden !== is) element.hidden = is; };
    const host = () => hosts ? hosts.value : (inputs.find((i) => i.name === "h" && i.checked) || { value: "" }).value;
    const isChanged = (i) => i.checked !== i.defaultChecked && (i.type === "checkbox" || i.checked);

    const show = () => {
      const words = search.value.trim().toLowerCase().split(/\s+/), chosen = host();
      const severities = new Set(inputs.filter((i) => i.name === "s" && i.checked).map((i) => i.value));
      // What is searched is gathered by the first search only: it is the whole page.
      const isSearch = words[0] !== "";
      if (isSearch && !texts) [texts, otherTexts] = [entries.map(text), others.map(text)];
      const fits = (texts, index) => !isSearch || words.every((word) => texts[index].includes(word));
      const shown = {};
      let count = 0, other = 0;
      entries.forEach((entry, index) => {
        const { s, h } = entry.dataset;
        const is = fits(texts, index) && severities.has(s) && (!chosen || h === "*" || h.split(" ").includes(chosen));
        hide(entry, !is);
        if (is) { count += 1; shown[s] = (shown[s] || 0) + 1; }
      });
      others.forEach((item, index) => {
        const is = fits(otherTexts, index);
        hide(item, !is);
        other += is;
      });
      for (const section of sections) {
        const here = shown[section.dataset.s] || 0, of = Number(section.dataset.n);
        section.querySelector(".n").textContent = here === of ? of : `${here} of ${of}`;
        section.querySelector(".empty").hidden = here > 0;
      }
      if (rest) {
        for (const heading of rest.querySelectorAll("h3")) hide(heading, !heading.nextElementSibling.querySelector("li:not([hidden])"));
        if (isSearch) rest.open = other > 0 && other < 200;
      }
      const below = isSearch && other ? `, and ${other} among the other changes` : "";
      byId("ui-n").textContent = (count === entries.length ? `All ${count} shown` : `${count} of ${entries.length} shown`) + below;
      const state = inputs.filter(isChanged).map((i) => i.id);
      if (hosts && hosts.value) state.push(`ui-hosts=${hosts.value}`);
      if (search.value) state.push(`q=${encodeURIComponent(search.value)}`);
      if (state.length || location.hash.startsWith("#?")) address(state.length ? `#?${state.join("&")}` : location.pathname);
    };
    reset = () => {
      search.value = "";
      if (hosts) hosts.value = "";
      for (const input of inputs) input.checked = input.defaultChecked;
      show();
    };
    const restore = () => {
      for (const part of location.hash.slice(2).split("&")) {
        const [key, value] = part.split("=");
        if (key === "q") try { search.value = decodeURIComponent(value || ""); } catch { /* not ours */ }
        else if (key === "ui-hosts" && hosts) hosts.value = value;
        else {
          const input = inputs.find((i) => i.id === key);
          if (input) input.checked = input.type === "radio" || !input.defaultChecked;
        }
      }
    };

    if (location.hash.startsWith("#?")) restore();
    for (const input of inputs) input.addEventListener("change", show);
    if (hosts) hosts.addEventListener("change", show);
    search.addEventListener("input", show);
    byId("ui-all").addEventListener("click", (event) => {
      const open = event.target.getAttribute("aria-pressed") !== "true";
      for (const details of all("details.why")) details.open = open;
      event.target.setAttribute("aria-pressed", open);
    });
    addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
      event.preventDefault();
      search.focus();
    });
    if (matchMedia("(max-width: 46rem)").matches && !location.hash.startsWith("#?")) byId("ui-sets").open = false;
    for (const element of all("[data-js]")) element.hidden = false;
    show();
  }
  addEventListener("hashchange", follow);
  follow();
})();
