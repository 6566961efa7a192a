// Draws every chart of a page from the specification beside it. Bundled with Vega by vl_convert.javascript_bundle, in
// which `vegaEmbed` is a global. The static SVG stays until its chart is drawn, and serves print and pages without scripts.
// Colours are not set here: site.css recolours static and drawn SVG alike, so light and dark need no second drawing.
(() => {
  const drawn = []; // views on this page, to highlight one state in all of them
  const quiet = { mode: "vega-lite", renderer: "svg", actions: false, defaultStyle: false };

  // What hovering says: the values of the mark, then where they come from, unless the chart says so itself.
  function tip(box) {
    const note = box.parentElement.querySelector(".figure-data > p")?.textContent.match(/Sources: (.*?)\. Download/)?.[1] ?? "";
    const source = note.length > 110 ? `${note.slice(0, note.lastIndexOf(";", 110))}; and others` : note;
    return (value, clean) => {
      if (typeof value !== "object") return clean(value);
      const rows = Object.entries(value).map(([key, text]) => `<tr><td class="key">${clean(key)}</td><td>${clean(text ?? "not published")}</td></tr>`);
      const last = source && !("Source" in value) ? `<p>${clean(`Source: ${source}`)}</p>` : "";
      return `<table>${rows.join("")}</table>${last}`;
    };
  }

  // On a narrow screen text keeps its size: panels side by side go below each other, and one panel gives up width.
  // Maps are scaled by site.css instead.
  function fit(spec, box) {
    const drawn = Number(box.querySelector("svg")?.getAttribute("width"));
    const room = box.clientWidth;
    if (!drawn || drawn <= room) return spec;
    if (drawn < 1.2 * room && spec.width === undefined) return spec; // several panels, nearly fitting: scaled
    const side = spec.hconcat ?? spec.concat;
    const now = spec.hconcat?.length ?? spec.columns ?? 1;
    const columns = Math.max(1, Math.floor(room / (drawn / now)));
    if (side) return { ...spec, hconcat: undefined, concat: side, columns };
    if (spec.facet) return { ...spec, columns };
    const shaped = [spec, ...(spec.layer ?? [])].some((s) => s.projection || s.mark?.type === "geoshape");
    const width = spec.width - (drawn - room) - 2;
    return width >= 120 && !shaped && !spec.vconcat ? { ...spec, width } : spec;
  }

  // Maps name their outlines, `book:states_albers?sha256=...`; the site has them in one script, loaded by the first map.
  const folder = document.querySelector('script[src$="charts.js"]')?.src.replace(/charts\.js$/, "");
  let outlines;
  function load() {
    outlines ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `${folder}geo.js`;
      script.onload = () => resolve(window.bookOutlines);
      script.onerror = () => reject(new Error("the outlines of the maps (geo.js) cannot be loaded"));
      document.head.append(script);
    });
    return outlines;
  }

  // A map on a narrow screen keeps a size at which its numbers can be read, and scrolls, by keyboard too.
  function keepReadable(box, description) {
    box.classList.add("map");
    if (box.scrollWidth <= box.clientWidth) return;
    Object.assign(box, { tabIndex: 0, role: "group", ariaLabel: `Map that scrolls sideways: ${description}` });
  }

  async function read(text) {
    if (!text.includes('"book:')) return JSON.parse(text);
    const known = await load();
    return JSON.parse(text, (_, value) => {
      const name = typeof value?.url === "string" && value.url.match(/^book:(\w+)/)?.[1];
      if (!name) return value;
      const { url, ...rest } = value;
      return { ...rest, values: known[name] };
    });
  }

  function save(view, kind, name) {
    view.toImageURL(kind, 2).then((url) => {
      const link = document.createElement("a");
      Object.assign(link, { href: url, download: `${name}.${kind}` }).click();
    });
  }

  function tools(view, name) {
    const row = document.createElement("p");
    row.className = "chart-tools";
    row.append("Save chart as ");
    for (const kind of ["png", "svg"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = kind.toUpperCase();
      button.addEventListener("click", () => save(view, kind, name));
      row.append(button, " ");
    }
    return row;
  }

  // Charts with a parameter of the name `state` follow each other.
  function share(view) {
    const has = Object.keys(view.getState({ signals: (name) => name === "state", data: () => false }).signals).length;
    if (!has) return;
    drawn.push(view);
    view.addSignalListener("state", (_, value) => drawn.forEach((other) => {
      if (other !== view && other.signal("state") !== value) other.signal("state", value).runAsync();
    }));
  }

  async function draw(box) {
    const script = document.querySelector(`script[data-vega-for="${box.id}"]`);
    const live = document.createElement("div");
    live.className = "live";
    box.append(live); // beside the static SVG, out of sight until it is complete
    try {
      const spec = await read(script.textContent);
      await document.fonts.load('12px "Source Sans 3"'); // Vega measures text: with the typeface that will show it
      const { view } = await vegaEmbed(live, fit(spec, box), { ...quiet, tooltip: { theme: "book", disableDefaultStyle: true, formatTooltip: tip(box) } });
      live.querySelector("svg")?.setAttribute("role", "img");
      live.querySelector("svg")?.setAttribute("aria-label", spec.description || "");
      live.removeAttribute("aria-label");
      live.removeAttribute("role");
      box.classList.add("drawn");
      if (script.textContent.includes('"book:')) keepReadable(box, spec.description);
      box.after(tools(view, box.id));
      share(view);
      view.addEventListener("click", (_, item) => { // a mark can lead to the page of its place
        if (item?.datum?.page) location.href = (document.documentElement.dataset.root ?? "") + item.datum.page;
      });
    } catch (error) {
      live.remove(); // the static chart remains
      box.classList.add("failed");
      console.error(`Chart ${box.id} was not drawn:`, error);
    }
  }

  function start() {
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries.filter((e) => e.isIntersecting)) {
        near.unobserve(entry.target);
        draw(entry.target);
      }
    }, { rootMargin: "400px" });
    for (const script of document.querySelectorAll('script[type="application/json"][data-vega-for]')) {
      const box = document.getElementById(script.dataset.vegaFor);
      if (box) near.observe(box);
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
