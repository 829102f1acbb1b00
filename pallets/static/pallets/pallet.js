// Build steps without a reload: every step is on the page already, one of them shown. Print prints them all.
const stage = document.querySelector(".stage");
const shown = () => stage.querySelector(".step.is-now");
function show(number) {
  const next = document.getElementById(`step-${number}`);
  if (!next) return false;
  shown().classList.remove("is-now");
  next.classList.add("is-now");
  for (const link of stage.querySelectorAll(".step-list a")) {
    if (link.dataset.step === String(number)) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
  }
  return true;
}
stage?.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-step]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (!show(link.dataset.step)) return;
  event.preventDefault();
  history.replaceState(null, "", link.href);
  const same = shown().querySelector(`[rel="${link.rel}"]`);
  if (link.rel) (same || shown().querySelector("a[rel]")).focus();
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
