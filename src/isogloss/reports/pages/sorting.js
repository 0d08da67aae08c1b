"use strict";
/* A click on the head of a column sorts the tasks by it: their first row decides, and a task's
   rows stay together. A second click turns the order around. */
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const key = (body, column) => {
    const cell = body.rows[0].cells[column];
    return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return b - a;
    if (typeof a === "string" && typeof b === "string") return a.localeCompare(b);
    return typeof a === "number" ? -1 : 1;
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const turned = head.dataset.order === "first";
      heads.forEach((other) => delete other.dataset.order);
      head.dataset.order = turned ? "turned" : "first";
      const bodies = [...table.tBodies].map((body) => [key(body, column), body]);
      bodies.sort((a, b) => compare(a[0], b[0]) * (turned ? -1 : 1));
      table.append(...bodies.map((entry) => entry[1]));
    });
  });
}
