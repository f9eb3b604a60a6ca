// What the page can do beyond reading: a filter, and a button that copies the feed's address. Without it nothing is missing.
"use strict";
(() => {
  const tools = document.querySelector("[data-tools]");
  const stories = [...document.querySelectorAll(".story")];
  if (tools && stories.length > 1) {
    const field = tools.querySelector("input");
    const count = tools.querySelector("[data-count]");
    const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const texts = stories.map((story) => fold(story.textContent));
    const filter = () => {
      const words = fold(field.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      stories.forEach((story, n) => {
        story.hidden = !words.every((word) => texts[n].includes(word));
        shown += story.hidden ? 0 : 1;
      });
      for (const day of document.querySelectorAll(".day")) day.hidden = !day.querySelector(".story:not([hidden])");
      count.textContent = words.length ? `${shown} of ${stories.length} stories` : "";
    };
    field.addEventListener("input", filter);
    tools.hidden = false;
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    button.hidden = false;
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        document.execCommand("copy");
      }
      button.textContent = "Copied";
    });
  }
})();
