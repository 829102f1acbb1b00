// A draft is edited on its page: what is typed shows at once in row, totals and bar, as an estimate; the server then
// checks and prices it, and packs it when asked to. Whatever comes from the server is set as text, never as markup.
// `finder`, the field that adds an ASIN, is in draft_finder.js, which is loaded before.
for (const form of document.querySelectorAll("form[data-send-once], form.draft, form[data-wait-for-save]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});

const draft = document.querySelector("form.draft");
if (draft) edit(draft);

function edit(form) {
  const body = form.querySelector("tbody");
  const blank = document.getElementById("draft-row");
  const amount = form.elements.amount;
  const firstAmount = amount.defaultValue;
  const WAIT = 250;
  let timer = 0;
  let asked = 0;
  let leaving = false;

  const rows = () => [...body.querySelectorAll("tr.draft-row")];
  const field = (row) => row.querySelector("input");
  const cell = (row, name) => row.querySelector(`[data-name="${name}"]`);
  const tell = (row, name, text) => { const at = cell(row, name); if (at && at.textContent !== text) at.textContent = text; };
  const live = (name) => document.querySelectorAll(`[data-live="${name}"]`);
  const show = (name, text) => live(name).forEach((at) => { if (at.textContent !== text) at.textContent = text; });
  const money = (cents) => (cents < 0 ? "-$" : "$") + (Math.abs(cents) / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const whole = (text) => /^\d{1,7}$/.test(text.trim()) ? Number(text) : null;
  const isChanged = (row) => field(row).value.trim() !== row.dataset.before || (row.classList.contains("is-new") && field(row).value.trim() !== "0");
  const changed = () => rows().filter(isChanged);
  const isDirty = () => changed().length > 0 || amount.value.trim() !== firstAmount || "typed" in form.dataset;

  // What stands in the form at once, without the server: goods to the cent, shipping at the last known price per unit.
  function estimate() {
    let goods = 0, shipping = 0, units = 0, asins = 0;
    for (const row of rows()) {
      const cases = whole(field(row).value) || 0;
      const count = cases * Number(row.dataset.pack);
      const cost = Math.round(count * Number(row.dataset.cost) * 100);
      const ship = Math.round(count * Number(row.dataset.rate > 0 ? row.dataset.rate : row.dataset.high) * 100);
      goods += cost; shipping += ship; units += count; asins += cases ? 1 : 0;
      tell(row, "units", count.toLocaleString("en-US"));
      tell(row, "cost", money(cost));
      tell(row, "shipping", money(ship));
    }
    const credit = Math.round(Number((amount.dataset.credit || "0").replace(/[$,]/g, "")) * 100);
    const most = Math.round(Number(amount.value.replace(/[$,]/g, "")) * 100 || 0) + credit;
    show("goods", money(goods));
    show("shipping", "≈ " + money(shipping));
    show("total", "≈ " + money(goods + shipping));
    show("units", units.toLocaleString("en-US"));
    show("asins", `${asins} ${form.dataset.sayAsins}`);
    balance(most - goods - shipping, most ? (goods + shipping) / most : 1, "≈ ");
    show("state", form.dataset.sayChecking);
  }

  function balance(left, share, about) {
    show("left", about + money(Math.abs(left)));
    show("left-words", left < 0 ? form.dataset.sayOver : form.dataset.sayLeft);
    bar(left < 0, Math.min(share, 1) * 100);
  }

  function bar(isOver, percent) {
    form.querySelector(".draft-bar").classList.toggle("is-over", isOver);
    live("bar").forEach((at) => { at.style.width = `${percent}%`; });
  }

  function mark() {
    for (const row of rows()) {
      const is = isChanged(row);
      row.classList.toggle("is-changed", is);
      const fresh = row.classList.contains("is-new");
      tell(row, "was", fresh ? form.dataset.sayFresh : is ? form.dataset.saySaved.replace("%", row.dataset.before) : "");
    }
    const dirty = isDirty();
    form.querySelector("[data-undo]").hidden = !dirty;
    show("count", dirty ? form.dataset.sayUnsaved : "");
    document.querySelectorAll("[data-saved]").forEach((at) => { at.hidden = dirty; });
    for (const button of document.querySelectorAll("form[data-wait-for-save] button")) {
      button.disabled = dirty;
      button.title = dirty ? form.dataset.sayFirst : "";
    }
  }

  function typed() {
    mark();
    estimate();
    clearTimeout(timer);
    timer = setTimeout(() => recheck(false), WAIT);
  }

  function contents() {
    const data = new URLSearchParams();
    for (const name of ["csrfmiddlewaretoken", "version", "amount", "amount_shown"]) data.set(name, form.elements[name].value);
    for (const row of changed()) data.set(field(row).name, field(row).value);
    return data;
  }

  async function recheck(exact, extra) {
    clearTimeout(timer);
    const number = ++asked;
    const data = contents();
    if (exact) data.set("exact", "1");
    if (extra) data.set(`cases_${extra}`, "1");
    show("state", exact ? form.dataset.sayPacking : form.dataset.sayChecking);
    let answer;
    try {
      const response = await fetch(form.dataset.recheck, { method: "POST", body: data, headers: { Accept: "application/json" } });
      answer = await response.json();
    } catch {
      if (number === asked) show("state", form.dataset.sayUnreachable);
      return null;
    }
    if (number === asked) apply(answer);
    return answer;
  }

  function apply(answer) {
    const told = new Map();
    for (const { field: name, message } of answer.problems) told.set(name, [...(told.get(name) || []), message]);
    const general = [...(told.get("") || []), ...(answer.changed ? [answer.changed] : [])];
    if (!answer.lines) general.push(...[...told].filter(([name]) => name !== "").flatMap(([, words]) => words));
    say(general);
    form.querySelector('[data-name="amount"]').textContent = (told.get("amount") || []).join(" ");
    amount.toggleAttribute("aria-invalid", told.has("amount"));
    for (const row of rows()) {
      const problem = (told.get(field(row).name) || []).join(" ");
      tell(row, "problem", problem);
      row.classList.toggle("is-wrong", problem !== "");
      field(row).toggleAttribute("aria-invalid", problem !== "");
      const line = answer.lines?.[row.dataset.row];
      if (!line || whole(field(row).value) !== line.cases) continue;
      for (const name of ["units", "cost", "shipping", "perUnit", "note"]) tell(row, name, line[name]);
      tell(row, "most", line.most.toLocaleString("en-US"));
      if (Number(line.rate) > 0) row.dataset.rate = line.rate;
    }
    if (answer.totals) totals(answer.totals);
    else show("state", form.dataset.sayFailed);
  }

  function say(general) {
    const at = form.querySelector('[data-name="general"]');
    at.replaceChildren(...general.map((words) => {
      const line = document.createElement("p");
      line.className = "sheet-hint sheet-hint-bad";
      line.textContent = words;
      return line;
    }));
  }

  function totals(sums) {
    const about = sums.exact ? "" : "≈ ";
    show("goods", sums.goods);
    show("shipping", about + sums.shipping);
    show("total", about + sums.total);
    show("units", sums.units);
    show("asins", `${sums.asins} ${form.dataset.sayAsins}`);
    show("worth", sums.worth);
    show("worth-words", `${sums.worth} ${form.dataset.sayWorth}${sums.pooled ? form.dataset.sayPooled : ""}`);
    show("left", about + sums.left);
    show("left-words", sums.over ? form.dataset.sayOver : form.dataset.sayLeft);
    show("difference", sums.difference);
    show("state", sums.exact ? form.dataset.sayExact : form.dataset.sayEstimated);
    bar(sums.over, Number(sums.percent));
    live("fills").forEach((at) => at.replaceChildren(...sums.fills.map((fill) => {
      const meter = document.createElement("span"), part = document.createElement("i");
      meter.className = "meter";
      meter.title = `${fill}%`;
      part.style.width = `${fill}%`;
      meter.append(part);
      return meter;
    })));
  }

  function add(good) {
    const there = rows().find((row) => row.dataset.row === good.code);
    if (there) return focus(there);
    const row = blank.content.firstElementChild.cloneNode(true);
    Object.assign(row.dataset, { row: good.code, before: "0", pack: good.pack, cost: good.unit_cost, rate: "0", high: good.high });
    row.classList.add("is-new");
    const texts = { code: good.code, title: good.title, days: String(good.days), pack: String(good.pack), most: good.most.toLocaleString("en-US") };
    for (const [name, text] of Object.entries(texts)) tell(row, name, text);
    tell(row, "brand", good.estimated ? `${good.brand} · ${form.dataset.sayGuess}` : good.brand);
    tell(row, "unit_cost", `$${Number(good.unit_cost).toFixed(2)}`);
    tell(row, "range", `$${Number(good.low).toFixed(2)} – $${Number(good.high).toFixed(2)}`);
    const input = field(row);
    input.name = `cases_${good.code}`;
    input.value = "1";
    input.setAttribute("aria-label", form.dataset.sayCasesOf.replace("%", good.code));
    cell(row, "problem").id = `problem-${good.code}`;
    input.setAttribute("aria-describedby", `problem-${good.code}`);
    dress(row);
    body.append(row);
    typed();
    return focus(row);
  }

  function focus(row) {
    row.scrollIntoView({ block: "center" });
    field(row).focus();
    field(row).select();
  }

  function dress(row) {
    const out = row.querySelector(".draft-out");
    out.hidden = false;
    out.setAttribute("aria-label", form.dataset.sayTakeOut.replace("%", row.dataset.row));
    out.title = out.getAttribute("aria-label");
  }

  rows().forEach(dress);
  form.querySelector("[data-exact]").hidden = false;
  form.addEventListener("input", (event) => { if (event.target !== form.elements.add_asin) typed(); });
  form.addEventListener("click", (event) => {
    const out = event.target.closest(".draft-out");
    if (out) {
      const row = out.closest("tr");
      if (row.classList.contains("is-new")) row.remove();
      else { field(row).value = field(row).value.trim() === "0" ? row.dataset.before : "0"; field(row).focus(); }
      typed();
    }
    if (event.target.closest("[data-exact]")) recheck(true);
    if (event.target.closest("[data-undo]")) { leaving = true; location.assign(location.pathname); }
  });
  // Enter goes down the column and checks, as in a spreadsheet; Ctrl+Enter saves.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.target === form.elements.add_asin) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) return form.requestSubmit(form.querySelector("[data-save]"));
    const inputs = rows().map(field);
    const next = inputs[inputs.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    if (inputs.includes(event.target) && next) { next.focus(); next.select(); }
    return recheck(false);
  });
  // Only what has changed is sent: a form has at most 1,000 fields.
  form.addEventListener("submit", () => {
    leaving = true;
    for (const row of rows()) field(row).disabled = !isChanged(row);
  });
  addEventListener("pageshow", () => { leaving = false; rows().forEach((row) => { field(row).disabled = false; }); mark(); });
  addEventListener("beforeunload", (event) => { if (isDirty() && !leaving) event.preventDefault(); });
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-add]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await recheck(false, link.dataset.add);
    const good = answer?.lines?.[link.dataset.add]?.good;
    if (good) add(good);
  });
  if ("typed" in form.dataset) {
    typed();
    form.querySelector("[aria-invalid]")?.focus();
  }
  finder(form, add);
}
