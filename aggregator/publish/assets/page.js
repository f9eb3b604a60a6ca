// What the page can do beyond reading: a filter, and a button that copies the feed's address. Without it nothing is missing.
"use strict";
(() => {
  const tools = document.querySelector("[data-tools]");
  const stories = [...document.querySelectorAll(".story")];
  if (tools && stories.length > 1) {
    const field = tools.querySelector("input");
    const count = tools.querySelector("[data-count]");
    const nothing = document.querySelector("[data-nothing]");
    const days = [...document.querySelectorAll(".day")];
    const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const texts = stories.map((story) => fold(story.textContent));
    const filter = () => {
      const words = fold(field.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      stories.forEach((story, n) => {
        story.hidden = !words.every((word) => texts[n].includes(word));
        shown += story.hidden ? 0 : 1;
      });
      for (const day of days) day.hidden = !day.querySelector(".story:not([hidden])");
      if (nothing) nothing.hidden = shown > 0;
      count.textContent = words.length ? `${shown} of ${stories.length} stories` : "";
    };
    field.addEventListener("input", filter);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && field.value) {
        field.value = "";
        filter();
      }
    });
    tools.hidden = false;
    if (field.value) filter(); // a reload kept it
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const copied = document.querySelector("[data-copied]");
    const label = button.textContent;
    button.hidden = false;
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        field.select();
        document.execCommand("copy");
      }
      button.textContent = "Copied";
      if (copied) copied.textContent = "The address is copied.";
      setTimeout(() => {
        button.textContent = label;
        if (copied) copied.textContent = "";
      }, 4000);
    });
  }
})();
