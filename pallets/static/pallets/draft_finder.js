// The field that adds an ASIN to the `form` of a draft: type an ASIN, a title or a brand; arrows choose, Enter gives
// what was chosen to `add`, Escape closes. Whatever comes from the server is set as text, never as markup.
function finder(form, add) {
  const input = form.elements.add_asin;
  const list = document.getElementById("draft-found");
  const said = document.getElementById("draft-add-said");
  let timer = 0, asked = 0, found = [], at = -1;
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function point(next) {
    at = found.length ? (next + found.length) % found.length : -1;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    if (at >= 0) {
      input.setAttribute("aria-activedescendant", `draft-found-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function choose(place) {
    const good = found[place];
    close();
    input.value = "";
    said.textContent = "";
    if (good) add(good);
  }

  async function look() {
    const number = ++asked;
    let answer;
    try {
      answer = await (await fetch(`${form.dataset.search}?q=${encodeURIComponent(input.value)}`, { headers: { Accept: "application/json" } })).json();
    } catch { answer = { problems: [{ message: form.dataset.sayUnreachable }] }; }
    if (number !== asked) return;
    found = answer.found || [];
    said.textContent = answer.problems ? answer.problems.map((one) => one.message).join(" ")
      : answer.more ? form.dataset.sayMore : found.length ? "" : form.dataset.sayNothing;
    list.replaceChildren(...found.map((good, place) => {
      const item = document.createElement("li"), code = document.createElement("b"), about = document.createElement("small");
      item.id = `draft-found-${place}`;
      item.setAttribute("role", "option");
      code.textContent = good.code;
      about.textContent = `${good.title} · ${good.brand} · ${good.most.toLocaleString("en-US")} × ${good.pack} · $${Number(good.unit_cost).toFixed(2)}`;
      item.append(code, about);
      item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(place); });
      return item;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    point(found.length ? 0 : -1);
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 200); });
  input.addEventListener("focus", () => { if (list.hidden) look(); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) look(); else point(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); point(at - 1); }
    if (event.key === "Escape") close();
    if (event.key === "Enter") { event.preventDefault(); if (!list.hidden) choose(at); }
  });
}
