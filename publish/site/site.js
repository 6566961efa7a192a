// The page's own behaviour; everything it adds is an extra over a page that is complete without it.
// A classic script in the head: the first lines run before first paint, so that a chosen theme never flashes.
(() => {
  const page = document.documentElement;
  const root = page.dataset.root || "";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const recall = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const remember = (theme) => {
    try { theme ? localStorage.setItem("theme", theme) : localStorage.removeItem("theme"); } catch { /* private mode */ }
  };

  function setTheme(theme) {
    if (theme) page.dataset.theme = theme;
    else delete page.dataset.theme;
    for (const button of all(".theme-button")) {
      button.textContent = { light: "Light", dark: "Dark" }[theme] || "Auto";
      button.setAttribute("aria-label", `Colours: ${{ light: "light", dark: "dark" }[theme] || "as the system"}`);
    }
  }
  page.classList.add("js");
  setTheme(recall());

  function themeButton() {
    const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    all(".theme-button").forEach((button) => button.addEventListener("click", () => {
      const order = system() === "dark" ? [null, "light", "dark"] : [null, "dark", "light"];
      const theme = order[(order.indexOf(recall()) + 1) % 3];
      remember(theme);
      setTheme(theme);
    }));
    setTheme(recall());
  }

  function menu() {
    const button = document.querySelector(".menu-button");
    const contents = document.getElementById("contents");
    if (!button) return; // under Quarto, whose own menu and search stand here
    const open = (yes) => {
      contents.classList.toggle("open", yes);
      button.setAttribute("aria-expanded", yes);
    };
    button.addEventListener("click", () => open(button.getAttribute("aria-expanded") !== "true"));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !contents.classList.contains("open")) return;
      open(false);
      button.focus();
    });
    contents.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    window.scrollTo(0, window.scrollY);
  }

  // Highlights in the page's contents the last heading that has passed the top of the window.
  function follow() {
    const fold = document.querySelector(".toc");
    if (!fold) return;
    const wide = matchMedia("(min-width: 75rem)");
    const set = () => { fold.open = wide.matches; };
    set();
    wide.addEventListener("change", set);
    const links = all("a", fold);
    const heads = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
    const mark = () => {
      const bottom = window.innerHeight + window.scrollY >= page.scrollHeight - 2;
      const at = bottom ? heads.length - 1 : heads.findLastIndex((head) => head?.getBoundingClientRect().top < 120);
      links.forEach((link, i) => (i === at ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current")));
    };
    addEventListener("scroll", mark, { passive: true });
    mark();
  }

  function anchors() {
    for (const head of all(".body :is(h2, h3, h4)")) {
      const id = head.id || head.closest("section[id]")?.id;
      if (id) head.append(make("a", { className: "anchor", href: `#${id}`, ariaLabel: `Link to “${head.textContent}”` }, "#"));
    }
  }

  async function copy(text, button) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // browsers without the clipboard interface, e.g. on some file:// pages
      const area = make("textarea", { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  function copyButtons() {
    for (const code of all(".body pre")) {
      const button = make("button", { type: "button", className: "copy", textContent: "Copy", ariaLabel: "Copy the code" });
      const box = make("div", { className: "code-box" });
      code.replaceWith(box);
      box.append(code, button);
      code.tabIndex = 0; // a box that scrolls can be scrolled by keyboard
      button.addEventListener("click", () => copy(code.textContent.trimEnd(), button));
    }
  }

  function scrollBoxes() {
    for (const table of all(".body table")) {
      if (!table.closest(".table-scroll")) {
        const box = make("div", { className: "table-scroll" });
        table.replaceWith(box);
        box.append(table);
      }
      const box = table.closest(".table-scroll");
      const label = table.caption || table.closest("figure")?.querySelector("figcaption");
      box.tabIndex = 0;
      if (!box.hasAttribute("role")) box.setAttribute("role", "group");
      if (!box.ariaLabel) box.ariaLabel = label ? label.textContent.trim().slice(0, 120) : "Table";
    }
  }

  // "1,234", "tied 25th of 56", "46 (37, 50)" sort by their first number; what was not published comes last either way.
  function sortKey(cell) {
    const text = (cell?.dataset.sort ?? cell?.textContent ?? "").trim();
    const number = text.replace(/,(?=\d{3})/g, "").replace("−", "-").match(/-?\d+(\.\d+)?/);
    return { missing: /^(not published|–|—|)$/i.test(text), number: number ? +number[0] : null, text };
  }

  function compare(a, b, way) {
    if (a.missing || b.missing) return a.missing - b.missing;
    if (a.number !== null && b.number !== null) return way * (a.number - b.number);
    return way * a.text.localeCompare(b.text, "en");
  }

  function sortTable(table, head, column) {
    const down = head.getAttribute("aria-sort") === "ascending";
    all("th[aria-sort]", table).forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    for (const body of table.tBodies) {
      const keyed = [...body.rows].map((row) => ({ row, key: sortKey(row.cells[column]) }));
      keyed.sort((a, b) => compare(a.key, b.key, down ? -1 : 1));
      body.append(...keyed.map(({ row }) => row));
    }
  }

  function sortable() {
    for (const table of all("table.sortable")) {
      const heads = table.tHead?.rows[table.tHead.rows.length - 1].cells ?? [];
      [...heads].forEach((head, column) => {
        const button = make("button", { type: "button", className: "sort" }, ...head.childNodes);
        head.append(button);
        button.addEventListener("click", () => sortTable(table, head, column));
      });
    }
  }

  // The list of links becomes a box to type in; the list stays below, folded.
  function findState(form, number) {
    const list = form.querySelector(".places") ?? form.nextElementSibling?.querySelector(".places");
    if (!list) return;
    const places = new Map(all("a", list).map((link) => [link.textContent.trim().toLowerCase(), link]));
    const id = `places-${number}`;
    const input = make("input", { type: "text", autocomplete: "off", placeholder: "For example: Missouri" });
    input.setAttribute("list", id);
    const status = make("p", { className: "status", role: "status" });
    const title = form.querySelector(".find-title");
    title?.remove();
    const label = make("label", {}, make("span", {}, title?.textContent ?? "Find your state"), input);
    const names = make("datalist", { id }, ...[...places.values()].map((link) => make("option", { value: link.textContent.trim() })));
    const fold = make("details", { className: "all-places" }, make("summary", {}, "All states and territories"));
    list.replaceWith(fold);
    fold.append(list);
    form.prepend(make("div", { className: "ask" }, label, make("button", { type: "submit" }, "Go")), status, names);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = input.value.trim().toLowerCase();
      const begun = [...places.keys()].filter((name) => typed && name.startsWith(typed));
      const link = places.get(typed) ?? (begun.length === 1 ? places.get(begun[0]) : undefined);
      if (link) link.click();
      else status.textContent = "No such place in the list: type the name of a state, district or territory.";
    });
    input.addEventListener("change", () => places.has(input.value.trim().toLowerCase()) && form.requestSubmit());
  }

  const words = (text) => text.toLowerCase().match(/[\p{L}\p{N}.§-]+/gu) ?? [];

  // Every word of the query must begin a word of the entry; titles weigh more than sections, sections more than text.
  function rank(index, query) {
    const asked = words(query);
    if (!asked.length) return [];
    const score = (entry) => asked.reduce((sum, word) => {
      const hits = (text, weight) => weight * Math.log1p(words(text).filter((w) => w.startsWith(word)).length);
      const points = hits(entry.title, 4) + hits(entry.section ?? "", 6) + hits(entry.text, 1);
      return sum === null || !points ? null : sum + points;
    }, 0);
    return index.map((entry) => ({ entry, points: score(entry) })).filter((hit) => hit.points !== null)
      .sort((a, b) => b.points - a.points).slice(0, 20).map((hit) => hit.entry);
  }

  function extract(text, query) {
    const low = text.toLowerCase();
    const at = Math.max(0, Math.min(...words(query).map((word) => low.indexOf(word)).filter((i) => i >= 0), text.length));
    const from = at > 60 && at < text.length ? text.indexOf(" ", at - 50) + 1 : 0;
    return `${from ? "… " : ""}${text.slice(from, from + 150).trim()}${from + 150 < text.length ? " …" : ""}`;
  }

  function search() {
    if (!document.querySelector(".search-button")) return;
    const input = make("input", { type: "text", enterKeyHint: "go", placeholder: "Search the book", ariaLabel: "Search the book", autocomplete: "off" });
    const status = make("p", { className: "status", role: "status" });
    const hits = make("ol");
    const close = make("button", { type: "button", className: "tool", textContent: "Close" });
    const dialog = make("dialog", { className: "search", ariaLabel: "Search the book" },
      make("div", { className: "ask" }, input, close), status, hits);
    document.body.append(dialog);
    const show = () => {
      const query = input.value.trim();
      const found = window.searchIndex ? rank(window.searchIndex, query) : [];
      status.textContent = !query ? "" : found.length ? `${found.length} found` : "Nothing found";
      hits.replaceChildren(...found.map((entry) => make("li", {}, make("a", { href: root + entry.url },
        make("strong", {}, entry.section && entry.section !== entry.title ? `${entry.title} › ${entry.section}` : entry.title),
        make("span", {}, extract(entry.text, query))))));
    };
    const open = () => {
      if (!dialog.open) dialog.showModal();
      input.select();
      if (window.searchIndex || document.querySelector("script[data-search]")) return;
      const script = make("script", { src: `${root}assets/search.js`, onload: show });
      script.dataset.search = "";
      document.head.append(script);
    };
    input.addEventListener("input", show);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => (event.target === dialog || event.target.closest("a")) && dialog.close());
    dialog.addEventListener("keydown", (event) => {
      const links = all("a", hits);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (event.key === "Enter" && event.target === input && links.length) links[0].click();
      if (!step || !links.length) return;
      event.preventDefault();
      (links[links.indexOf(document.activeElement) + step] ?? input).focus();
    });
    all(".search-button").forEach((button) => button.addEventListener("click", open));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") { event.preventDefault(); open(); }
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const add of [themeButton, menu, follow, copyButtons, scrollBoxes, sortable, search, anchors]) add();
    all("form.find-state").forEach(findState);
  });
})();
