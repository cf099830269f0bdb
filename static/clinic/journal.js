// What is typed and not stored yet, kept over a reload and a new sign-in.
//
// Browsers write the storage of a tab to the device's disk, so it is sealed under a key
// that the server hands to the person who is signed in and to nobody else. The key stays
// in the memory of the page; no script can read it out again. Without https a browser
// offers no cipher: then nothing is kept.

const PREFIX = "journal:";
const CIPHER = "AES-GCM";
const NONCE_BYTES = 12;

const textOf = (bytes) => btoa(Array.from(bytes, (one) => String.fromCharCode(one)).join(""));
const bytesOf = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));

export const canKeep = Boolean(globalThis.crypto?.subtle);

/** Take away what this tab holds, of whomever. */
export function eraseAll() {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
  }
}

export class Journal {
  #keys = [];
  #name = "";
  #latest = null;
  #turn = null;

  /** Unlock what the owner keeps of one thing; `keys` are the server's, newest first. */
  async unlock(thing, { owner, keys }) {
    const imported = (key) =>
      crypto.subtle.importKey("raw", bytesOf(key), CIPHER, false, ["encrypt", "decrypt"]);
    this.#name = `${PREFIX}${owner}:${thing}`;
    this.#keys = await Promise.all(keys.map(imported));
  }

  /** Keep the value. Of several in a row the latest is sure to be written. */
  write(value) {
    if (!this.#keys.length) return;
    this.#latest = JSON.stringify(value);
    this.#turn ??= this.#writeLatest();
  }

  /** Return what is kept, null if nothing is or no key opens it. */
  async read() {
    const stored = sessionStorage.getItem(this.#name);
    if (!stored) return null;
    for (const key of this.#keys) {
      const text = await this.#opened(key, bytesOf(stored)).catch(() => null);
      if (text) return JSON.parse(text);
    }
    this.erase();
    return null;
  }

  erase() {
    this.#latest = null;
    sessionStorage.removeItem(this.#name);
  }

  async #writeLatest() {
    let written = null;
    while (this.#latest !== written) {
      written = this.#latest;
      const sealed = await this.#sealed(written);
      // Erased meanwhile
      if (this.#latest === null) break;
      try {
        sessionStorage.setItem(this.#name, sealed);
      } catch {
        // Without room nothing is kept; saving goes on.
      }
    }
    this.#turn = null;
  }

  /* What is sealed under one name opens under no other. */
  #cipher(nonce) {
    const additionalData = new TextEncoder().encode(this.#name);
    return { name: CIPHER, iv: nonce, additionalData };
  }

  async #sealed(text) {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const plain = new TextEncoder().encode(text);
    const sealed = await crypto.subtle.encrypt(this.#cipher(nonce), this.#keys[0], plain);
    return textOf([...nonce, ...new Uint8Array(sealed)]);
  }

  async #opened(key, sealed) {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const rest = sealed.subarray(NONCE_BYTES);
    const plain = await crypto.subtle.decrypt(this.#cipher(nonce), key, rest);
    return new TextDecoder().decode(plain);
  }
}
