/* Names of rows on this page: a row has its key from the first, an id once it is stored. */

// What is kept over a reload has keys of the page before
const PAGE = Math.random().toString(36).slice(2, 8);
let counted = 0;
export const newKey = () => `k${PAGE}${(counted += 1)}`;

export const rowsOf = (state) => state.phases.flatMap((phase) => [phase, ...phase.exercises]);

export class Keys {
  constructor() {
    // Key -> id of the rows that are stored
    this.ids = new Map();
  }

  add(pairs) {
    for (const [key, id] of pairs) this.ids.set(key, id);
  }

  /* Takes the rows of a state that was kept elsewhere. */
  takeOver(state) {
    const stored = rowsOf(state).filter(({ id }) => id);
    this.ids = new Map(stored.map(({ key, id }) => [key, id]));
  }

  /* Takes this for what is stored; rows that are known keep their keys. */
  follow(stored) {
    const keys = this.#byId;
    this.ids = new Map(rowsOf(stored).map(({ id }) => [keys.get(id) ?? newKey(), id]));
  }

  /* Takes the rows of an answer, which has them in the order sent. */
  learn(sent, stored) {
    const rows = rowsOf(stored);
    this.ids = new Map(rowsOf(sent).map(({ key }, at) => [key, rows[at].id]));
  }

  /* Gives keys to rows from elsewhere. */
  known(state) {
    const keys = this.#byId;
    for (const row of rowsOf(state)) row.key ??= keys.get(row.id) ?? newKey();
    return state;
  }

  /* Gives an older state the ids of now; what was taken out and stored so is new when it
     comes back. */
  withIds(state) {
    for (const row of rowsOf(state)) row.id = this.ids.get(row.key);
    return state;
  }

  get #byId() {
    return new Map([...this.ids].map(([key, id]) => [id, key]));
  }
}
