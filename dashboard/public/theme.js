// Runs before first paint, so that the theme never flashes. A file, not inline: the CSP allows no inline script.
(function () {
  var choice = "system";
  try { choice = localStorage.getItem("theme") || choice; } catch (e) { /* storage is blocked: follow the system */ }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
