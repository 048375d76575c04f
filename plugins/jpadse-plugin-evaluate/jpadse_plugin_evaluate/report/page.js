"use strict";
const tip = document.getElementById("tip");
const REACH = 7; // pixels from the pointer, within which points of several curves are told together
const MOST = 6;
function away(circle, event) {
  const box = circle.getBoundingClientRect();
  return Math.hypot(box.left + box.width / 2 - event.clientX, box.top + box.height / 2 - event.clientY);
}
function tips(event) {
  const chart = event.target.closest?.(".charts svg");
  if (!chart) return [event.target.closest?.("[data-tip]")].filter(Boolean);
  const near = [...chart.querySelectorAll(".curve:not(.off) circle")].map((circle) => [away(circle, event), circle]);
  return near.filter(([far]) => far <= REACH).sort((a, b) => a[0] - b[0]).slice(0, MOST).map(([, circle]) => circle);
}
document.addEventListener("pointermove", (event) => {
  const found = tips(event);
  tip.style.display = found.length ? "block" : "none";
  if (!found.length) return;
  const end = found.length > 1 ? ", " : "\n";
  tip.style.left = "0";
  tip.textContent = found.map((element) => element.dataset.tip.replaceAll("|", end)).join("\n");
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(Math.min(event.clientX + 14, document.documentElement.clientWidth - box.width - 6), 6) + "px";
  tip.style.top = Math.max(event.clientY - box.height - 10, 6) + "px";
});
function show(button, shown) {
  button.setAttribute("aria-pressed", String(shown));
  for (const curve of document.querySelectorAll(`.curve[data-curve="${button.dataset.curve}"]`)) {
    curve.classList.toggle("off", !shown);
  }
}
const names = document.querySelectorAll(".legend button[data-curve]");
for (const button of names) {
  button.addEventListener("click", () => show(button, button.getAttribute("aria-pressed") === "false"));
}
for (const button of document.querySelectorAll(".legend button[data-all]")) {
  button.addEventListener("click", () => names.forEach((name) => show(name, button.dataset.all === "true")));
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
