// Comfort only: every page works without this file.
"use strict";

// The first thing to hear and see after a refusal is what to correct.
document.querySelector("[data-focus]")?.focus();

// A second press must not send a form twice.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    const button = form.querySelector(".button");
    if (button.getAttribute("aria-disabled")) event.preventDefault();
    button.setAttribute("aria-disabled", "true");
  });
}
// Coming back with the Back button shows the page as it was left: make it usable again.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] .button")) button.removeAttribute("aria-disabled");
});

// The gateway's form leaves by itself; its button stays for browsers without scripts.
document.querySelector("form[data-submit]")?.submit();

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A page that waits for the bank asks quietly and reloads when there is news; more slowly as time goes by.
const waiting = document.querySelector("[data-watch]");
if (waiting) {
  let pause = 2000;
  const ask = async () => {
    try {
      const answer = await fetch(waiting.dataset.watch, { cache: "no-store" });
      const { step } = await answer.json();
      if (step !== "open" && step !== "checking") return location.replace(location.pathname);
    } catch {
      // No network just now: ask again.
    }
    pause = Math.min(pause * 1.3, 15000);
    setTimeout(ask, pause);
  };
  setTimeout(ask, pause);
}
