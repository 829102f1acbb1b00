// Empty limits are the policy's: show which.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-limits]")) return;
  const limits = JSON.parse(event.target.dataset.limits)[event.target.value] || {};
  for (const [name, shown] of Object.entries(limits)) event.target.form.elements[name].placeholder = shown;
});
