// Opens one program without a network, for as long as its link lasts.
// What it may keep was put there by keep.js, after the patient agreed to it.

const PAGE = new URL(registration.scope).pathname;
const NAME = `kept:${PAGE}`;
const PATIENCE = 4000;

const stored = (path) => caches.match(path, { cacheName: NAME });

/** Whether the link's end has come, by this device's own clock. */
async function isOver() {
  const state = await stored(`${PAGE}/state`);
  return !state || Date.now() >= (await state.json()).until;
}

async function erase() {
  await caches.delete(NAME);
  await registration.unregister();
}

/** Any answer of the server; one that no longer knows the link ends all. */
async function contact(request) {
  const answer = await fetch(request);
  if (answer.status === 404) await erase();
  return answer;
}

function late() {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error("late")), PATIENCE);
  });
}

async function visit(event, copy) {
  const ended = await stored(`${PAGE}/ended`);
  if (await isOver()) await erase();
  const online = contact(event.request);
  // An answer that comes late still counts as contact.
  event.waitUntil(online.catch(() => {}));
  try {
    return await Promise.race([online, late()]);
  } catch {
    return (await stored(copy)) ?? ended ?? Response.error();
  }
}

const COPIES = { [PAGE]: `${PAGE}/offline`, [`${PAGE}/diary`]: `${PAGE}/offline-diary` };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (origin !== location.origin) return;
  const copy = COPIES[pathname];
  if (copy && event.request.mode === "navigate" && event.request.method === "GET") {
    event.respondWith(visit(event, copy));
  } else if (copy) {
    event.respondWith(contact(event.request));
  } else if (pathname.startsWith("/static/")) {
    event.respondWith(
      stored(event.request).then((file) => file ?? fetch(event.request)),
    );
  }
});
