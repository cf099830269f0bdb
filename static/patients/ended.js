// The link has ended: nothing of its program stays on this phone.

import { forget } from "./keep.js";

const page = location.pathname.split("/").slice(0, 3).join("/");
localStorage.removeItem(`waiting:${page}`);
forget();
