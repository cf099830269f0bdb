// The token is the fragment of the address, which is never sent to a server as part
// of one. It moves into the form and out of the address bar and the history. The tab
// keeps it while somebody with an account signs in, until the form is sent.
const KEY = location.pathname;
const field = document.getElementById("id_token");

const token = location.hash.slice(1);
if (token) {
  sessionStorage.setItem(KEY, token);
  history.replaceState(null, "", location.pathname);
}
field.value ||= sessionStorage.getItem(KEY) ?? "";
field.form.addEventListener("submit", () => sessionStorage.removeItem(KEY));
