// The token is the fragment of the address, which is never sent to a server as part
// of one. It moves into the form and out of the address bar and the history.
const token = location.hash.slice(1);
if (token) {
  document.getElementById("id_token").value = token;
  history.replaceState(null, "", location.pathname);
}
