// Counts holds and rests, sets and sides. Never needed: each number stands in the text.

const READY = 3;

/** The parts of one exercise in order: {word, seconds, side, time, times}. */
export function partsOf(pace) {
  const parts = [];
  pace.repetitions.forEach((times, set) => {
    if (set && pace.rest_between_sets) {
      parts.push({ word: "rest", seconds: pace.rest_between_sets });
    }
    for (let side = 0; side < pace.sides; side += 1) {
      for (let time = 1; time <= times; time += 1) {
        const where = pace.sides === 2 ? ["left", "right"][side] : "";
        parts.push({ word: "hold", seconds: pace.hold, side: where, time, times });
        const isLast = time === times;
        if (pace.rest && !isLast) parts.push({ word: "rest", seconds: pace.rest });
      }
    }
  });
  return [{ word: "ready", seconds: READY }, ...parts];
}

let audio;

function beep() {
  audio ??= new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.value = 0.2;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.15);
}

class Timer {
  constructor(box) {
    this.box = box;
    this.words = box.dataset;
    this.parts = partsOf(JSON.parse(box.querySelector("script").textContent));
    this.button = box.querySelector("[data-do=go]");
    this.button.addEventListener("click", () => this.toggle());
    box.querySelector("[data-do=again]").addEventListener("click", () => this.reset());
    box.hidden = false;
    this.reset();
  }

  reset() {
    this.stop();
    this.at = 0;
    this.left = this.parts[0].seconds;
    this.say("");
    this.draw();
  }

  toggle() {
    if (this.ticking) this.stop();
    else this.start();
  }

  start() {
    if (this.at >= this.parts.length) this.reset();
    this.last = performance.now();
    this.ticking = setInterval(() => this.tick(), 200);
    this.button.textContent = this.button.dataset.pause;
    this.tell();
  }

  stop() {
    clearInterval(this.ticking);
    this.ticking = undefined;
    this.button.textContent = this.button.dataset.start;
  }

  tick() {
    const now = performance.now();
    this.left -= (now - this.last) / 1000;
    this.last = now;
    if (this.left <= 0) this.next();
    this.draw();
  }

  next() {
    this.at += 1;
    if (this.box.querySelector("[data-do=sound]").checked) beep();
    const part = this.parts[this.at];
    if (part) {
      this.left = part.seconds;
      this.tell();
    } else {
      this.left = 0;
      this.stop();
      this.say(this.words.done);
    }
  }

  /** Each part is spoken as it begins; the seconds are only seen. */
  tell() {
    const part = this.parts[this.at];
    const side = part.side ? `, ${this.words[part.side]}` : "";
    this.say(this.words[part.word] + side);
    const count = part.times > 1 ? `${part.time} / ${part.times}` : "";
    this.box.querySelector(".next").textContent = count;
  }

  say(text) {
    const place = this.box.querySelector(".now");
    if (place.textContent !== text) place.textContent = text;
  }

  draw() {
    const part = this.parts[this.at];
    const share = part ? Math.max(0, this.left / part.seconds) : 0;
    const circle = this.box.querySelector(".left");
    circle.setAttribute("stroke-dashoffset", String(100 - 100 * share));
    const seconds = Math.max(0, Math.ceil(this.left));
    const text = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    this.box.querySelector("text").textContent = seconds > 90 ? text : String(seconds);
  }
}

export function startTimers() {
  for (const box of document.querySelectorAll("[data-timer]")) new Timer(box);
}
