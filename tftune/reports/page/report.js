"use strict";
// Hovering, sorting, brushing and the dark theme; figures and tables are there without it.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const made = (tag, properties = {}, parent = document.body) =>
    parent.appendChild(Object.assign(document.createElement(tag), properties));
  const runs = JSON.parse(document.getElementById("trials").textContent);

  // A trial of a run: in a report of several, the run is told by a colour or by what is around.
  const runOf = (element) => {
    if (runs.length === 1) return 0;
    for (let each = element; each && each.closest; each = each.parentNode) {
      const colour = /(?:^| )c-run-(\d+)/.exec(each.getAttribute("class") || "");
      if (colour) return Number(colour[1]);
      if (each.dataset && each.dataset.run) return Number(each.dataset.run);
      if (each.tagName === "FIGURE") break;
    }
    const around = element.closest("[data-run]");
    return around ? Number(around.dataset.run) : 0;
  };
  const idOf = (element) => `${runOf(element)} ${element.dataset.key}`;
  let marks = null;
  const marksOf = () => {
    if (marks) return marks;
    marks = new Map();
    for (const element of all("[data-key]")) {
      const id = idOf(element);
      if (marks.has(id)) marks.get(id).push(element);
      else marks.set(id, [element]);
    }
    return marks;
  };

  // The theme.
  const root = document.documentElement;
  const wished = window.matchMedia("(prefers-color-scheme: dark)");
  const button = made("button", { type: "button", className: "theme" }, document.querySelector("header"));
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : wished.matches);
  const showTheme = () => { button.textContent = isDark() ? "Light theme" : "Dark theme"; };
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  wished.addEventListener("change", showTheme);
  showTheme();

  // Hovering: what a mark tells, its trial's knobs, and the same trial in every view.
  const tip = made("div", { className: "tip", hidden: true });
  const box = made("aside", { className: "trial", hidden: true });
  const hints = new WeakMap();
  const hintOf = (target) => {
    for (let each = target; each && each.tagName !== "svg" && each.closest("svg.chart"); each = each.parentNode) {
      const title = [...each.children].find((child) => child.tagName === "title");
      if (title) {
        // else the browser would show it a second time
        hints.set(each, title.textContent);
        each.setAttribute("aria-label", title.textContent);
        title.remove();
      }
      if (hints.has(each)) return hints.get(each);
    }
    return "";
  };
  const placeTip = (event) => {
    const { width, height } = tip.getBoundingClientRect();
    const left = event.clientX + 14 + width > innerWidth ? event.clientX - width - 10 : event.clientX + 14;
    const top = event.clientY + 16 + height > innerHeight ? event.clientY - height - 10 : event.clientY + 16;
    tip.style.left = `${Math.max(left, 4)}px`;
    tip.style.top = `${Math.max(top, 4)}px`;
  };
  let pointed = null;
  const point = (id) => {
    if (id === pointed) return;
    for (const element of (pointed && marksOf().get(pointed)) || []) element.classList.remove("pointed");
    pointed = id;
    for (const element of (id && marksOf().get(id)) || []) element.classList.add("pointed");
    box.hidden = !id || !fillBox(id);
  };
  const fillBox = (id) => {
    const run = runs[Number(id.split(" ", 1)[0])];
    const key = id.slice(id.indexOf(" ") + 1);
    const told = run && run.trials[key];
    if (!told) return false;
    box.replaceChildren();
    made("strong", { textContent: runs.length > 1 ? `${run.run}, trial ${key}` : `Trial ${key}` }, box);
    const list = made("dl", {}, box);
    const names = ["status", run.objective, ...run.knobs];
    names.forEach((name, place) => {
      if (told[place] === "") return;
      made("dt", { textContent: name }, list);
      made("dd", { textContent: told[place] }, list);
    });
    return true;
  };
  document.addEventListener("pointerover", (event) => {
    const hint = hintOf(event.target);
    tip.hidden = !hint;
    tip.textContent = hint;
    if (hint) placeTip(event);
    const mark = event.target.closest("[data-key]");
    point(mark ? idOf(mark) : null);
  });
  document.addEventListener("pointermove", (event) => { if (!tip.hidden) placeTip(event); });
  root.addEventListener("pointerleave", () => { tip.hidden = true; point(null); });

  // Sorting: numbers as numbers, what is missing last, a third click as it was.
  const numberOf = (text) => {
    const found = /[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?/i.exec(text.replaceAll("\u2212", "-"));
    return found ? Number(found[0].replaceAll(",", "")) : NaN;
  };
  const compare = (numeric) => (one, other) => {
    if (numeric) return one - other;
    return one.localeCompare(other, undefined, { numeric: true, sensitivity: "base" });
  };
  for (const table of all("table")) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    if (rows.length < 2 || table.closest(".beside")) continue;
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const label = made("button", { type: "button" }, head);
      label.append(...[...head.childNodes].filter((node) => node !== label));
      label.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" };
        const order = next[head.getAttribute("aria-sort") || "none"];
        heads.forEach((each) => each.removeAttribute("aria-sort"));
        if (order !== "none") head.setAttribute("aria-sort", order);
        const numeric = head.classList.contains("number");
        const read = (row) => {
          const text = row.cells[column] ? row.cells[column].textContent.trim() : "";
          return numeric ? numberOf(text) : text;
        };
        const missing = (value) => value === "" || Number.isNaN(value);
        const keyed = rows.map((row) => [read(row), row]);
        const full = keyed.filter(([value]) => !missing(value));
        const sign = order === "descending" ? -1 : 1;
        const by = compare(numeric);
        if (order !== "none") full.sort(([one], [other]) => sign * by(one, other));
        const last = keyed.filter(([value]) => missing(value));
        body.append(...(order === "none" ? rows : [...full, ...last].map(([, row]) => row)));
      });
    });
  }

  // Brushing: ranges on axes of parallel coordinates choose trials; all others are dimmed.
  const bar = made("div", { className: "marked", hidden: true, role: "status" });
  const count = made("span", {}, bar);
  const clear = made("button", { type: "button", textContent: "Clear" }, bar);
  const charts = [];
  const dim = (chosen) => {
    document.body.classList.toggle("brushing", chosen !== null);
    for (const [id, elements] of marksOf()) {
      const dimmed = chosen !== null && !chosen.has(id);
      for (const element of elements) element.classList.toggle("dimmed", dimmed);
    }
    bar.hidden = chosen === null;
    if (chosen === null) return;
    const total = charts.reduce((sum, chart) => sum + chart.lines.length, 0);
    const every = runs.reduce((sum, run) => sum + Object.keys(run.trials).length, 0);
    const of = total < every ? `the ${total.toLocaleString("en")} trials drawn here are` : `${total.toLocaleString("en")} trials`;
    count.textContent = `${chosen.size.toLocaleString("en")} of ${of} marked`;
  };
  let waiting = false;
  const update = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const active = charts.filter((chart) => chart.axes.some((axis) => axis.range));
      dim(active.length ? new Set(active.flatMap((chart) => chart.chosen())) : null);
    });
  };
  const clearAll = () => {
    for (const chart of charts) for (const axis of chart.axes) axis.select(null);
  };
  clear.addEventListener("click", clearAll);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    clearAll();
    tip.hidden = true;
    point(null);
  });

  class Axis {
    constructor(node, index, chart) {
      Object.assign(this, { node, index, chart, range: null, brush: null });
      const boxes = all("line, path, rect", node).map((each) => each.getBBox());
      const tallest = boxes.reduce((one, other) => (other.height > one.height ? other : one), node.getBBox());
      const line = boxes.length ? boxes.reduce((one, other) => (other.height > one.height ? other : one)) : tallest;
      this.x = line.x + line.width / 2;
      this.top = line.y;
      this.height = line.height || 1;
      this.hit = this.rectangle("hit", 30, this.top - 8, this.height + 16);
      const label = node.querySelector(".label");
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", `Axis ${label ? label.textContent : index + 1}: arrow keys choose a range of trials, Escape clears`);
      this.hit.addEventListener("pointerdown", (event) => this.begin(event));
      node.addEventListener("keydown", (event) => this.press(event));
    }
    rectangle(kind, width, y, height) {
      const rect = document.createElementNS(SVG, "rect");
      rect.setAttribute("class", kind);
      for (const [name, value] of Object.entries({ x: this.x - width / 2, y, width, height })) rect.setAttribute(name, value);
      return this.node.appendChild(rect);
    }
    at(event) {
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.node.getScreenCTM().inverse());
      return Math.min(Math.max((this.top + this.height - place.y) / this.height, 0), 1);
    }
    begin(event) {
      if (event.button > 0) return;
      event.preventDefault();
      const from = this.at(event);
      const startY = event.clientY;
      const before = this.range;
      let moved = false;
      this.hit.setPointerCapture(event.pointerId);
      const move = (next) => {
        moved = moved || Math.abs(next.clientY - startY) > 3;
        const to = this.at(next);
        if (moved) this.select([Math.min(from, to), Math.max(from, to)]);
      };
      const end = () => {
        this.hit.removeEventListener("pointermove", move);
        if (moved) return;
        const inside = before && from >= before[0] && from <= before[1];
        this.select(inside ? null : this.around(from));
      };
      this.hit.addEventListener("pointermove", move);
      this.hit.addEventListener("pointerup", end, { once: true });
      this.hit.addEventListener("pointercancel", end, { once: true });
    }
    around(position) {
      const values = this.chart.lines.map((line) => line.values[this.index]).filter((value) => !Number.isNaN(value));
      if (!values.length) return null;
      const nearest = values.reduce((one, other) => (Math.abs(other - position) < Math.abs(one - position) ? other : one));
      return [nearest - 0.03, nearest + 0.03];
    }
    press(event) {
      const step = { ArrowUp: 0.05, ArrowDown: -0.05 }[event.key];
      if (!step) return;
      event.preventDefault();
      const [low, high] = this.range || (step > 0 ? [-0.05, 0.2] : [0.8, 1.05]);
      const shift = Math.min(Math.max(step, -low), 1 - high);
      this.select([low + (this.range ? shift : step), high + (this.range ? shift : step)]);
    }
    select(range) {
      this.range = range;
      if (this.brush) this.brush.remove();
      this.brush = null;
      if (range) {
        const [low, high] = [Math.max(range[0], 0), Math.min(range[1], 1)];
        this.brush = this.rectangle("brush", 14, this.top + (1 - high) * this.height, Math.max((high - low) * this.height, 2));
      }
      update();
    }
  }
  class Parallel {
    constructor(svg) {
      svg.setAttribute("role", "group"); // its axes can be reached now
      this.lines = all("[data-values]", svg).map((line) => ({
        id: idOf(line),
        values: line.dataset.values.split(",").map((value) => (value === "" ? NaN : Number(value))),
      }));
      this.axes = all(".parallel-axis", svg).map((node) => new Axis(node, Number(node.dataset.axis), this));
    }
    chosen() {
      const active = this.axes.filter((axis) => axis.range);
      const holds = (line) => active.every(({ index, range }) => line.values[index] >= range[0] - 1e-9 && line.values[index] <= range[1] + 1e-9);
      return this.lines.filter(holds).map((line) => line.id);
    }
  }
  for (const svg of all("svg.parallel")) charts.push(new Parallel(svg));
})();
