// Shows the OpenAPI document; a file of its own, as the pages allow no inline script.
"use strict";

const place = document.getElementById("reference");

SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  docExpansion: "list",
  presets: [SwaggerUIBundle.presets.apis],
  // A request with a key in a page would carry the session of the person as well.
  supportedSubmitMethods: [],
  validatorUrl: null,
});
