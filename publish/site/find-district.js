// "Find your district": a county typed into a form is answered by its federal judicial district. Bundled behind charts.js, so
// that both renderers have it. The counties are one script, loaded when the form is first used; without scripts the form's own
// text points to a table.
(() => {
  const SHOWN = 12;
  const folder = document.querySelector('script[src$="charts.js"]')?.src.replace(/charts\.js$/, "");
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const plain = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/['’.]/g, "")
    .replace(/\bsaint\b/g, "st").replace(/[^a-z0-9]+/g, " ").trim();

  let loading;
  function load() {
    loading ??= new Promise((resolve, reject) => {
      const script = make("script", { src: `${folder}places.js` });
      script.onload = () => resolve(entries(window.bookPlaces));
      script.onerror = () => reject(new Error("the list of counties (places.js) cannot be loaded"));
      document.head.append(script);
    });
    return loading;
  }

  function entries({ states, courts, counties }) {
    const all = counties.map(([name, usps, court]) => ({ name: `${name}, ${states[usps]}`, more: usps, court: courts[court][1] }));
    return all.map((entry) => {
      const text = plain(`${entry.name} ${entry.more}`);
      return { ...entry, text, words: text.split(" "), tight: text.replaceAll(" ", "") };
    });
  }

  // Every typed word begins a word of the name ("boone mo"), or the name begins with what was typed ("de kalb").
  function search(known, typed) {
    const asked = plain(typed);
    if (asked.length < 2) return [];
    const tight = asked.replaceAll(" ", "");
    const fits = (entry) => entry.tight.startsWith(tight)
      || asked.split(" ").every((word) => entry.words.some((own) => own.startsWith(word)));
    const late = (entry) => (entry.text.startsWith(`${asked} `) ? 0 : entry.tight.startsWith(tight) ? 1 : 2);
    return known.filter(fits).sort((a, b) => late(a) - late(b));
  }

  function answer(found, typed) {
    if (plain(typed).length < 2) return "";
    if (!found.length) return "No county has this name. Try the county alone, or the county and the state.";
    return found.length > SHOWN ? `${found.length} counties fit; the first ${SHOWN} are shown. Add the state.`
      : `${found.length === 1 ? "One county fits" : `${found.length} counties fit`}.`;
  }

  function prepare(form, number) {
    const input = make("input", { type: "text", id: `county-${number}`, autocomplete: "off", placeholder: "For example: Boone, Missouri" });
    const status = make("p", { className: "status" });
    status.setAttribute("role", "status");
    const list = make("ul", { className: "districts-found" });
    const label = make("label", { htmlFor: input.id }, make("span", {}, "Find your district by county"), input);
    form.prepend(make("div", { className: "ask" }, label), status, list);
    const show = () => load().then((known) => {
      const found = search(known, input.value);
      status.textContent = answer(found, input.value);
      list.replaceChildren(...found.slice(0, SHOWN).map(({ name, court }) => make("li", {}, `${name}: `, make("strong", {}, court))));
    }, (error) => { status.textContent = `Sorry, ${error.message}.`; });
    input.addEventListener("input", show);
    form.addEventListener("submit", (event) => { event.preventDefault(); show(); });
  }

  const start = () => document.querySelectorAll("form.find-district").forEach(prepare);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
