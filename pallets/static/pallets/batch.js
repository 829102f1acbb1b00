// A slider tells its value in the <output> that names it; a box with data-all ticks all others of its form.
document.addEventListener("input", (event) => {
  const told = document.querySelector(`output[for="${event.target.id}"]`);
  if (told) told.value = event.target.value;
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-all]")) return;
  for (const box of event.target.form.querySelectorAll('input[name="carts"]')) box.checked = event.target.checked;
});
