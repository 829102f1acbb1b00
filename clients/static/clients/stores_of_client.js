// Where a form asks for a client and a store, the store picker offers the stores of the client that is chosen.
"use strict";

window.addEventListener("DOMContentLoaded", () => {
  const $ = window.django && window.django.jQuery;
  const client = document.getElementById("id_client");
  const store = document.getElementById("id_store");
  if (!$ || !client || !store) return;

  $.ajaxPrefilter((options) => {
    const asked = new URLSearchParams(options.data || "");
    if (asked.get("field_name") !== "store" || !client.value) return;
    asked.set("client", client.value);
    options.data = asked.toString();
  });
  // Another client has other stores.
  $(client).on("change", () => {
    if (store.value) $(store).val(null).trigger("change");
  });
});
