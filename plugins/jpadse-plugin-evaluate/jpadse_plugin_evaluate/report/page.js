"use strict";
const tip = document.getElementById("tip");
document.addEventListener("pointermove", (event) => {
  const text = event.target.getAttribute?.("data-tip");
  tip.style.display = text ? "block" : "none";
  if (!text) return;
  tip.textContent = text.replaceAll("|", "\n");
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.min(event.clientX + 14, innerWidth - box.width - 6) + "px";
  tip.style.top = Math.max(event.clientY - box.height - 10, 6) + "px";
});
for (const button of document.querySelectorAll(".legend button")) {
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(shown));
    for (const curve of document.querySelectorAll(`.curve[data-curve="${button.dataset.curve}"]`)) {
      curve.classList.toggle("off", !shown);
    }
  });
}
for (const exhibit of document.querySelectorAll(".exhibit")) {
  const slider = exhibit.querySelector(".slider");
  const range = exhibit.querySelector("input");
  const reveal = exhibit.querySelector(".controls button");
  range.addEventListener("input", () => slider.style.setProperty("--cut", range.value + "%"));
  slider.addEventListener("pointermove", (event) => {
    const box = slider.getBoundingClientRect();
    range.value = String((100 * (event.clientX - box.left)) / box.width);
    slider.style.setProperty("--cut", range.value + "%");
  });
  reveal.addEventListener("click", () => {
    const on = slider.classList.toggle("reveal");
    reveal.setAttribute("aria-pressed", String(on));
  });
}
