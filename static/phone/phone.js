// Sends without leaving the page and looks for pushed messages. Without it the phone is a form and a page.
(() => {
  "use strict";
  const screen = document.getElementById("screen");
  const compose = document.getElementById("compose");
  if (!screen || !compose) return;
  const LOOK_EVERY_MS = 2000;
  let busy = false;

  const seen = () => screen.querySelector(".bubbles").dataset.seen;

  // The end of the talk, or the beginning of a last message that is longer than the screen.
  function toEnd() {
    screen.scrollTop = screen.scrollHeight;
    const latest = screen.querySelector("#latest");
    if (!latest) return;
    const hidden = screen.getBoundingClientRect().top + 12 - latest.getBoundingClientRect().top;
    if (hidden > 0) screen.scrollTop -= hidden;
  }

  function show(html) {
    screen.innerHTML = html;
    screen.querySelectorAll(".bubble:not(:last-child)").forEach((bubble) => { bubble.style.animation = "none"; });
    toEnd();
  }

  async function look() {
    if (busy || document.hidden) return;
    try {
      const answer = await fetch(`${screen.dataset.source}?seen=${encodeURIComponent(seen())}`);
      if (answer.status === 200 && !busy) show(await answer.text());
    } catch {
      // The portal is away; the next look may find it again.
    }
  }

  function bubble(kind, text) {
    const item = document.createElement("li");
    item.className = `bubble ${kind}`;
    const said = document.createElement("span");
    said.className = "said";
    said.textContent = text;
    item.append(said);
    return item;
  }

  function waiting() {
    const item = bubble("theirs typing", "");
    item.replaceChildren(...[0, 1, 2].map(() => document.createElement("i")));
    return item;
  }

  async function send(body, text) {
    busy = true;
    screen.querySelector(".answers").replaceChildren();
    const bubbles = screen.querySelector(".bubbles");
    bubbles.append(bubble("mine", text), waiting());
    toEnd();
    try {
      await fetch(compose.action || location.href, { method: "POST", body, redirect: "manual" });
    } catch {
      // What was not sent is missing from the next look.
    }
    busy = false;
    bubbles.dataset.seen = "";
    await look();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const taps = form.classList.contains("choices");
    if (form !== compose && !taps && !form.classList.contains("answers")) return;
    event.preventDefault();
    if (busy) return;
    const body = new FormData(taps ? form : compose);
    if (taps) {
      body.set("tap", event.submitter.value);
      send(body, event.submitter.firstChild.textContent.trim());
      return;
    }
    const text = form === compose ? compose.elements.text.value : event.submitter.value;
    if (form === compose) compose.reset();
    body.set("text", text);
    if (text.trim()) send(body, text);
  });

  toEnd();
  setInterval(look, LOOK_EVERY_MS);
})();
