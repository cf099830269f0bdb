// Nothing stays of what the pages before kept in this tab.

import { eraseAll } from "./journal.js";

eraseAll();
